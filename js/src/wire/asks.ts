/** What a page asks the kernel, by kind; the records are made from `rnnviz_widget/scene/asks.py`. */
import type {
  AskCheck,
  AskChoice,
  AskClasses,
  AskModules,
  AskPreview,
  AskRandomised,
  AskStrips,
  AskSwaps,
  AskTarget,
  AskText,
  CHOICES,
} from "./generated";
import type { Target } from "./scene";

export type Choice = (typeof CHOICES)[number];

interface AskOfKind extends Readonly<Record<Choice, AskChoice>> {
  readonly text: AskText;
  readonly target: AskTarget & { readonly target: Target };
  readonly preview: AskPreview & { readonly target: Target | null };
  readonly classes: AskClasses;
  readonly strips: AskStrips;
  readonly swaps: AskSwaps;
  readonly check: AskCheck;
  readonly modules: AskModules;
  readonly randomised: AskRandomised;
}

export type AskKind = keyof AskOfKind;

/** An ask as it is sent; its serial distinguishes it from others of its kind, and is returned with the reply. */
export type Ask<Kind extends AskKind> = AskOfKind[Kind];

/** An ask without its serial. */
export type AskFields<Kind extends AskKind> = Omit<Ask<Kind>, "serial">;

/** The newest ask of each kind: what the trait `_ask` holds. */
export type Asks = { readonly [Kind in AskKind]?: Ask<Kind> };

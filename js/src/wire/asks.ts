/** What a page asks the kernel, by kind; the records are made from `rnnviz_widget/scene/asks.py`. */
import type {
  AskClasses,
  AskMeasure,
  AskPreview,
  AskQuantity,
  AskStrips,
  AskTarget,
  AskText,
} from "./generated";
import type { Target } from "./scene";

interface AskOfKind {
  readonly text: AskText;
  readonly target: AskTarget & { readonly target: Target };
  readonly measure: AskMeasure;
  readonly of: AskQuantity;
  readonly preview: AskPreview & { readonly target: Target | null };
  readonly classes: AskClasses;
  readonly strips: AskStrips;
}

export type AskKind = keyof AskOfKind;

/** An ask as it travels; its serial tells it from others of its kind, and comes back with the reply. */
export type Ask<Kind extends AskKind> = AskOfKind[Kind];

/** What is asked for, without the serial. */
export type AskFields<Kind extends AskKind> = Omit<Ask<Kind>, "serial">;

/** The newest ask of each kind: what the trait `_ask` holds. */
export type Asks = { readonly [Kind in AskKind]?: Ask<Kind> };

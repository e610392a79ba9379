/** What a page asks the kernel, by kind; the records are made from `rnnviz_widget/scene/asks.py`. */
import { type AskRecords, CHOICES } from "./generated";
import type { Target } from "./scene";

export type Choice = (typeof CHOICES)[number];

/** The asks that the scene of another epoch answers, but for the text. */
export const BEGINNINGS = ["target", "unit", "intervention", "undo", ...CHOICES] as const;
export type Beginning = (typeof BEGINNINGS)[number];

interface AskOfKind extends Omit<AskRecords, "target" | "preview"> {
  readonly target: AskRecords["target"] & { readonly target: Target };
  readonly preview: AskRecords["preview"] & { readonly target: Target | null };
}

export type AskKind = keyof AskOfKind;

/** An ask as it is sent; its serial distinguishes it from others of its kind, and is returned with the reply. */
export type Ask<Kind extends AskKind> = AskOfKind[Kind];

/** An ask without its serial. */
export type AskFields<Kind extends AskKind> = Omit<Ask<Kind>, "serial">;

/** The newest ask of each kind: what the trait `_ask` holds. */
export type Asks = { readonly [Kind in AskKind]?: Ask<Kind> };

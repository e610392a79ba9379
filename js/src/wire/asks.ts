/** What a page asks the kernel, by kind. The Python side of this contract is `rnnviz_widget/scene/asks.py`. */
import type { Target } from "./scene";

export interface AskFields {
  /** Read another text and explain a character of it; a new scene answers it. */
  readonly text: { readonly text: string; readonly position: number };
  /** Explain something else; a new scene answers it. */
  readonly target: { readonly target: Target };
  /** Measure otherwise; a new scene answers it. */
  readonly measure: { readonly measure: string };
  /** Explain another class at one character while the reader looks at it; null: at nothing any more. */
  readonly preview: { readonly position: number; readonly target: Target | null };
  /** Find the likeliest classes whose names begin so. */
  readonly classes: { readonly prefix: string };
  /** Tell how likely all classes are at every character that is shown, or no more. */
  readonly strips: { readonly wanted: boolean };
}

export type AskKind = keyof AskFields;

/** An ask as it travels; its serial tells it from others of its kind, and comes back with the reply. */
export type Ask<Kind extends AskKind> = AskFields[Kind] & { readonly serial: number };

/** The newest ask of each kind: what the trait `_ask` holds. */
export type Asks = { readonly [Kind in AskKind]?: Ask<Kind> };

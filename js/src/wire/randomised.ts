/** The reply with rows of random weights and of random classes. */
import type { Fields } from "./fields";
import {
  decodeRandomisedMessage,
  type ExplainedClass,
  type Failure,
  type RandomisedRow,
} from "./generated";
import { answered, type Row, type Shapes } from "./rows";

/** One model's row, or why there is none. */
export interface RandomisedFacet {
  readonly target: ExplainedClass | null;
  readonly outcome: Row | Failure;
  /** Rank correlation with the model's own row; NaN: not defined. */
  readonly correlation: number;
  /** The same over what is expected at each distance; NaN: not known. */
  readonly overExpected: number;
  /** The mean share at the distance of each input; null: not known. */
  readonly expected: Float64Array | null;
}

export interface Randomised {
  readonly epoch: number;
  readonly position: number;
  readonly weights: readonly RandomisedFacet[];
  readonly classes: readonly RandomisedFacet[];
}

export function decodeRandomised(raw: Fields, shapes: Shapes): Randomised {
  const { epoch, position, weights, classes } = decodeRandomisedMessage(raw);
  return { epoch, position, weights: facets(weights, shapes), classes: facets(classes, shapes) };
}

function facets(sent: readonly RandomisedRow[], shapes: Shapes): RandomisedFacet[] {
  const rows = answered(
    sent.map(({ outcome }) => outcome),
    shapes,
  );
  return sent.map(({ target, correlation, overExpected, expected }, i) => ({
    target,
    outcome: rows[i]?.outcome ?? { error: "" },
    correlation: correlation ?? Number.NaN,
    overExpected: overExpected ?? Number.NaN,
    expected: expected.length > 0 ? expected : null,
  }));
}

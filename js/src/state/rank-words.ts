/** A rank correlation of two rows in words; `picture/rank_words.py` must write the same. */
import numbers from "../../../rnnviz_widget/picture/numbers.json";
import {
  no_correlation,
  other_picture,
  over_expected,
  partly_similar_picture,
  random_class,
  random_weights,
  rather_than,
  same_picture,
  similar_picture,
} from "../../../rnnviz_widget/picture/wording.json";
import { fill } from "../core/fill";
import { visible } from "../core/format";
import type { ExplainedClass } from "../wire";

/** The least correlation of each. */
const LEVELS: readonly (readonly [least: number, words: string])[] = [
  [numbers.same_picture, same_picture],
  [numbers.similar_picture, similar_picture],
  [numbers.partly_similar_picture, partly_similar_picture],
  [Number.NEGATIVE_INFINITY, other_picture],
];

/** What a model with random weights shows; `r` and `over` are NaN where they are not known. */
export function randomWeightsWords(name: string, r: number, over: number): string {
  if (Number.isNaN(r)) return `${name}: ${no_correlation}`;
  return fill(random_weights, { name, ...values(r, over) });
}

/** What a model shows for a random class, or a pair of classes. */
export function randomClassWords(
  { name, rival }: Pick<ExplainedClass, "name" | "rival">,
  r: number,
  over: number,
): string {
  const one = visible(name);
  const target =
    rival === null ? one : fill(rather_than, { target: one, rival: visible(rival.name) });
  if (Number.isNaN(r)) return `${target}: ${no_correlation}`;
  return fill(random_class, { target, ...values(r, over) });
}

export function isSamePicture(r: number): boolean {
  return r >= numbers.same_picture;
}

function values(r: number, over: number) {
  const picture = LEVELS.find(([least]) => r >= least)?.[1] ?? other_picture;
  const beside = Number.isNaN(over) ? "" : fill(over_expected, { r: hundredths(over) });
  return { picture, r: hundredths(r), over: beside };
}

/** "0.85", "−0.20". */
function hundredths(value: number): string {
  return (Number(value.toFixed(2)) + 0).toFixed(2).replace("-", "−");
}

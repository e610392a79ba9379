/** A rank correlation of two rows in words; `picture/rank_words.py` must write the same. */
import numbers from "../../../rnnviz_widget/picture/numbers.json";
import {
  as_it_is,
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

/** Rank correlations of two rows; NaN where they are not defined, or not known. */
export interface RankCorrelation {
  readonly correlation: number;
  /** Over what is expected at each distance. */
  readonly overExpected: number;
}

/** What a model with random weights shows; `byOver`: what is over the expected is drawn. */
export function randomWeightsWords(name: string, of: RankCorrelation, byOver: boolean): string {
  return sentence(random_weights, name, of, byOver, { name });
}

/** What a model shows for a random class, or a pair of classes. */
export function randomClassWords(
  { name, rival }: Pick<ExplainedClass, "name" | "rival">,
  of: RankCorrelation,
  byOver: boolean,
): string {
  const one = visible(name);
  const target =
    rival === null ? one : fill(rather_than, { target: one, rival: visible(rival.name) });
  return sentence(random_class, target, of, byOver, { target });
}

/** Whether two pictures are nearly the same; null: that is not known. */
export function isSamePicture(of: RankCorrelation, byOver: boolean): boolean | null {
  const shown = byOver ? of.overExpected : of.correlation;
  return Number.isNaN(shown) ? null : shown >= numbers.same_picture;
}

function sentence(
  which: string,
  subject: string,
  { correlation, overExpected }: RankCorrelation,
  byOver: boolean,
  values: Readonly<Record<string, string>>,
): string {
  const [first, second] = byOver ? [overExpected, correlation] : [correlation, overExpected];
  if (Number.isNaN(first)) return `${subject}: ${no_correlation}`;
  const picture = LEVELS.find(([least]) => first >= least)?.[1] ?? other_picture;
  const known = fill(byOver ? as_it_is : over_expected, { r: hundredths(second) });
  const beside = Number.isNaN(second) ? "" : known;
  return fill(which, { ...values, picture, r: hundredths(first), beside });
}

/** "0.85", "−0.20". */
function hundredths(value: number): string {
  return (Number(value.toFixed(2)) + 0).toFixed(2).replace("-", "−");
}

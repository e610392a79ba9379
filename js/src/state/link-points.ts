/** One link over the checkpoints of a training, and the prediction that it belongs to: numbers and words. */
import { amount, ordinal, percent, visible } from "../core/format";
import type { FacetLinkCurves } from "../wire/generated";
import type { Place } from "./curve";

/** What is known of a link at one checkpoint; NaN, 0 and "": not known. */
export interface LinkPoint {
  /** The link's share of its row, signed. */
  readonly share: number;
  readonly probability: number;
  readonly rank: number;
  readonly target: string;
}

/** The link from input `t` at each checkpoint; its share is 0 where the output does not read that input. */
export function linkPoints(curves: FacetLinkCurves, t: number): LinkPoint[] {
  const { inputs, scores, probability, rank, target } = curves;
  return target.map((name, k) => {
    let sum = 0;
    for (let at = k * inputs; at < (k + 1) * inputs; at++) sum += Math.abs(scores[at] ?? 0);
    const own = t < inputs ? (scores[k * inputs + t] ?? 0) : 0;
    return {
      share: sum > 0 ? own / sum : sum,
      probability: probability[k] ?? Number.NaN,
      rank: rank[k] ?? 0,
      target: name,
    };
  });
}

/** What is drawn of one number: the checkpoints at which it is known. */
export function knownPlaces(points: readonly LinkPoint[], of: "share" | "probability"): Place[] {
  return points.flatMap((point, k) => (Number.isNaN(point[of]) ? [] : [[k, point[of]] as const]));
}

export function shareWords(share: number): string {
  return `${share < 0 ? "−" : ""}${percent(Math.abs(share))}`;
}

/** "45.1 %, 1st"; for a model of one number that number with its unit. */
export function predictionWords({ probability, rank }: LinkPoint, unit: string | null): string {
  const number = amount(probability, unit);
  return rank > 0 ? `${number}, ${ordinal(rank)}` : number;
}

/** A checkpoint in words. */
export function linkPointWords(
  point: LinkPoint | undefined,
  label: string,
  unit: string | null,
): string {
  if (point === undefined || Number.isNaN(point.share)) return `${label}: not read`;
  const { target } = point;
  const what = unit !== null || target === "" ? "" : `“${visible(target)}” `;
  return `${label}: ${shareWords(point.share)} of the row; ${what}${predictionWords(point, unit)}`;
}

/**
 * The first checkpoint from which on the link keeps half or more of the largest share that it ever has; null: it has that from
 * the first one on, or never a share.
 */
export function appearsAt(points: readonly LinkPoint[]): number | null {
  const sizes = points.map(({ share }) => Math.abs(share));
  const half = Math.max(0, ...sizes.filter((size) => !Number.isNaN(size))) / 2;
  if (half === 0) return null;
  let first = points.length;
  for (let k = points.length - 1; k >= 0; k--) {
    const size = sizes[k] ?? Number.NaN;
    if (Number.isNaN(size)) continue;
    if (size < half) break;
    first = k;
  }
  return first > 0 && first < points.length ? first : null;
}

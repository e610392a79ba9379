/** Scales, which turn numbers into parts of full colour: their labels, and where two of them disagree. */
import { expected_times, log_decades } from "../../../rnnviz_widget/picture/numbers.json";
import scales from "../../../rnnviz_widget/picture/scales.json";
import {
  at_most,
  cut_away,
  row_largest,
  times_expected,
  up_to,
} from "../../../rnnviz_widget/picture/wording.json";
import { niceCap } from "./color";
import { fill } from "./fill";
import { roundPercent } from "./format";

export type ScaleName = keyof typeof scales;
export const SCALES = Object.keys(scales) as ScaleName[];

const ofEach = (part: "label" | "title") =>
  Object.fromEntries(SCALES.map((name) => [name, scales[name][part]])) as Record<ScaleName, string>;

/** The label of each scale, and its purpose. */
export const SCALE_LABELS = ofEach("label");
export const SCALE_TITLES = ofEach("title");

/** One model's row. */
export interface Shares {
  /** The share drawn at each character, signed. */
  readonly shares: Float64Array;
  /** The largest magnitude among them. */
  readonly largest: number;
  /** The magnitude of each token's share, divided evenly over its characters; sums over characters are taken from these. */
  readonly weights: Float64Array;
  /** How much of what it shows a character counts for: 1 / k if k characters show the same number. */
  readonly counts: Float64Array;
  /** The sum of magnitudes over the row, in the measure's unit. */
  readonly total: number;
  /** What is drawn at each character on the mean at that lag; null: not known. */
  readonly expected: Float64Array | null;
}

export interface Scaling {
  readonly name: ScaleName;
  /** Maps a share of a facet at a character to a part of full colour, -1 to 1. */
  part(facet: number, share: number, p: number): number;
  /** What no and full colour stand for. */
  readonly low: string;
  readonly high: string;
  /** Whether some cell exceeds full colour. */
  readonly clipped: boolean;
  /** The share at full colour, if it is the same for all facets. */
  readonly cap: number | null;
  /** The share, or the number in the measure's unit, at full colour; 0 if each facet has its own, or it never changes. */
  readonly full: number;
  /** What sparsemax cuts off, in words, or "". */
  readonly cut: string;
}

/**
 * `facets` has null where there is no complete row. `published` squares unless `squared`; `sharpness` is b of
 * sparsemax(b |C| / max |C|); where full colour is the same for all facets, it stands for `atLeast` or more.
 */
export function makeScaling(
  name: ScaleName,
  facets: readonly (Shares | null)[],
  { squared = false, sharpness = 4, atLeast = 0 } = {},
): Scaling {
  const largest = facets.flatMap((facet) => (facet === null ? [] : [facet.largest]));
  const cap = Math.max(atLeast, niceCap(largest));
  const clipped = largest.some((share) => share > cap * (1 + 1e-5));
  const ofRow = (facet: number, share: number) => {
    const own = facets[facet]?.largest ?? 0;
    return own > 0 ? share / own : 0;
  };
  const plain = { name, low: "0", high: row_largest, clipped: false, cap: null, full: 0, cut: "" };
  switch (name) {
    case "row":
      return { ...plain, part: ofRow };
    case "published": {
      const power = squared ? 1 : 2;
      const part = (facet: number, share: number) => {
        const ratio = ofRow(facet, share);
        return Math.sign(ratio) * Math.abs(ratio) ** power;
      };
      return { ...plain, part };
    }
    case "one": {
      const most = Math.max(atLeast, ...facets.map((f) => (f === null ? 0 : f.largest * f.total)));
      const part = (facet: number, share: number) =>
        most > 0 ? (share * (facets[facet]?.total ?? 0)) / most : 0;
      return { ...plain, high: brief(most), full: most, part };
    }
    case "expected": {
      const times = (facet: Shares | null | undefined, share: number, p: number) => {
        const expected = facet?.expected?.[p] ?? 0;
        return expected > 0 ? share / expected : 0;
      };
      const above = facets.some((one) =>
        one?.shares.some(
          (share, p) => Math.abs(times(one, share, p)) > expected_times * (1 + 1e-5),
        ),
      );
      const part = (facet: number, share: number, p: number) =>
        Math.max(-1, Math.min(1, times(facets[facet], share, p) / expected_times));
      const high = fill(times_expected, { times: String(expected_times) });
      return { ...plain, part, high, clipped: above };
    }
    case "log": {
      const part = (_: number, share: number) => {
        const decades = Math.log10(Math.abs(share) / cap);
        return Math.sign(share) * Math.min(1, Math.max(0, 1 + decades / log_decades));
      };
      const low = fill(at_most, { value: roundPercent(cap / 10 ** log_decades) });
      return { ...plain, part, low, high: roundPercent(cap), clipped, cap, full: cap };
    }
    case "sparsemax": {
      const cuts = facets.map((f) => (f === null ? 0 : threshold(f, sharpness)));
      const part = (facet: number, share: number) => {
        const cut = cuts[facet] ?? 0;
        const ratio = ofRow(facet, share);
        return (Math.sign(ratio) * Math.max(0, Math.abs(ratio) - cut)) / (1 - cut || 1);
      };
      const known = cuts.filter((_, i) => facets[i] !== null);
      return { ...plain, part, cut: cutAway(known) };
    }
    default: {
      const part = (_: number, share: number) => Math.max(-1, Math.min(1, share / cap));
      return { ...plain, part, high: roundPercent(cap), clipped, cap, full: cap };
    }
  }
}

/**
 * What sparsemax cuts off, as a part of the row's largest: numbers up to that part get no colour.
 * With z = b |C| / max |C| it is tau(z) / b of sparsemax(z) = max(z - tau, 0), which sums to 1 (Martins and
 * Astudillo, 2016).
 */
export function threshold(
  { shares, largest, counts }: Pick<Shares, "shares" | "largest" | "counts">,
  sharpness: number,
): number {
  if (largest === 0) return 0;
  const sizes = Float64Array.from(shares, (share) => (sharpness * Math.abs(share)) / largest);
  const order = Array.from(sizes, (_, p) => p).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
  let [sum, count, tau] = [0, 0, 0];
  for (const p of order) {
    const [z, one] = [sizes[p] ?? 0, counts[p] ?? 1];
    sum += one * z;
    count += one;
    if (1 + count * z <= sum) break;
    tau = (sum - 1) / count;
  }
  return Math.max(0, tau / sharpness);
}

/** What sparsemax cuts off from the rows, in words. */
function cutAway(cuts: readonly number[]): string {
  if (cuts.length === 0) return "";
  const [least, most] = [roundPercent(Math.min(...cuts)), roundPercent(Math.max(...cuts))];
  return fill(cut_away, { cut: least === most ? least : fill(up_to, { least, most }) });
}

function brief(value: number): string {
  return value === 0 ? "0" : String(Number(value.toPrecision(3)));
}

/** The first character, and the one after the last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export function sameSpan(one: Span | null, other: Span | null): boolean {
  return one?.start === other?.start && one?.end === other?.end;
}

/** How much a facet relies on a span: its share there, or, by another scale, the mean of its colours there. */
export function leaning(scaling: Scaling, facet: number, { shares }: Shares, span: Span): number {
  let sum = 0;
  for (let p = span.start; p < span.end; p++)
    sum += Math.abs(scaling.part(facet, shares[p] ?? 0, p));
  return sum / Math.max(1, span.end - span.start);
}

export function shareOn({ weights }: Pick<Shares, "weights">, { start, end }: Span): number {
  let sum = 0;
  for (let p = start; p < end; p++) sum += weights[p] ?? 0;
  return Math.min(1, sum);
}

/** Two facets that two scales rank differently: by each scale another one relies more on a span. */
export interface Reversal {
  /** The facet that relies more on it by share, then the one by the other scale. */
  readonly byShare: number;
  readonly byOther: number;
  readonly other: Scaling;
  /** How much each relies on it, by share and by the other scale. */
  readonly shares: readonly [number, number];
  readonly parts: readonly [number, number];
}

/** The smallest differences that count, in share and in part of full colour. */
const SHARE_APART = 0.02;
const PART_APART = 0.05;

/** The clearest reversal between shares and another scale on a span, if there is one. */
export function reversalOn(
  facets: readonly (Shares | null)[],
  other: Scaling,
  span: Span,
): Reversal | null {
  let best: Reversal | null = null;
  let clearest = 0;
  const found = facets.map((facet, i) =>
    facet === null ? null : { share: shareOn(facet, span), part: leaning(other, i, facet, span) },
  );
  found.forEach((a, i) => {
    found.forEach((b, j) => {
      if (a === null || b === null) return;
      const [more, less] = [a.share - b.share, b.part - a.part];
      if (more < SHARE_APART || less < PART_APART || more * less <= clearest) return;
      clearest = more * less;
      best = {
        byShare: i,
        byOther: j,
        other,
        shares: [a.share, b.share],
        parts: [a.part, b.part],
      };
    });
  });
  return best;
}

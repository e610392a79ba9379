/** From rows of connectivity to steps of colour, by one of the scales, once all rows at the position shown are complete. */
import { STEPS, stepOf } from "../core/color";
import { makeScaling, type ScaleName, type Scaling } from "../core/scales";
import type { Words } from "../core/words";
import { type Facet, ROW_STEPS, type Row } from "../wire";
import { isPart, isRow, type Outcome } from "./row-store";

/** In place of a step: an input there is still being computed. */
export const COMPUTING = STEPS + 1;

export interface FacetHeat {
  /**
   * The share drawn at each character, signed; NaN where it is still being computed: the sum of the shares
   * of all tokens that span the character, or the sum over its word.
   */
  readonly shares: Float64Array;
  readonly largest: number;
  /** The share of each token, signed. */
  readonly tokens: Float64Array;
  /** The magnitude of each token's share, divided evenly over its characters; sums over characters are taken from these. */
  readonly weights: Float64Array;
  /** How much of what it shows a character counts for: 1 / k if k characters show the same number. */
  readonly counts: Float64Array;
  /** The sum of magnitudes over the row, in the measure's unit. */
  readonly total: number;
  /** The share of tokens without characters, such as a start symbol. */
  readonly elsewhere: number;
  /** The number of inputs that are there, if not all are. */
  readonly part: { readonly known: number; readonly of: number } | null;
  /** What is drawn there on the mean at that lag; null: not known. */
  readonly expected: Float64Array | null;
}

export interface Heat {
  /** Null while a row is incomplete: then full colour is each facet's own largest. */
  readonly scaling: Scaling | null;
  /** The share at full colour and whether some cell exceeds it, if the scale has one share for all facets. */
  readonly cap: number | null;
  readonly clipped: boolean;
  /** Whether there are rows, and all of them are zero. */
  readonly zero: boolean;
  readonly facets: readonly (FacetHeat | null)[];
}

export interface DrawOptions {
  readonly scale: ScaleName;
  /** b of sparsemax. */
  readonly sharpness: number;
  /** Whether the measure is already a square. */
  readonly squared: boolean;
  /** The words, if numbers are summed over words. */
  readonly words: Words | null;
  /** The share of the row that is to be expected on a token of each facet; null: not known. */
  readonly expected?: readonly (((t: number) => number) | null)[];
  /** What full colour stands for at least, where it is the same for all facets. */
  readonly atLeast?: number;
}

const PLAIN: DrawOptions = { scale: "share", sharpness: 4, squared: false, words: null };

export function makeHeat(
  facets: readonly Facet[],
  outcomes: readonly (Outcome | undefined)[],
  length: number,
  options: DrawOptions = PLAIN,
): Heat {
  const heats = facets.map((facet, i) => {
    const row = outcomes[i];
    if (!isRow(row)) return null;
    return facetHeat(facet, row, length, options.words, options.expected?.[i] ?? null);
  });
  if (outcomes.some(isPart))
    return { scaling: null, cap: null, clipped: false, zero: false, facets: heats };
  const drawn = heats.filter((heat) => heat !== null);
  const waits = options.scale === "expected" && drawn.some(({ expected }) => expected === null);
  const scaling = makeScaling(waits ? "share" : options.scale, heats, options);
  const zero = drawn.length > 0 && drawn.every((heat) => heat.largest === 0);
  return { scaling, cap: scaling.cap, clipped: scaling.clipped, zero, facets: heats };
}

function facetHeat(
  facet: Facet,
  row: Row,
  length: number,
  words: Words | null,
  expectedOn: ((t: number) => number) | null,
): FacetHeat {
  const { from, values } = row;
  const weights = new Float64Array(length);
  const tokens = new Float64Array(from + values.length);
  const unit = row.total > 0 ? row.peak / row.total / ROW_STEPS : 0;
  let elsewhere = 0;
  for (let t = 0; t < tokens.length; t++) {
    const share = t < from ? Number.NaN : (values[t - from] ?? 0) * unit;
    tokens[t] = share;
    const start = facet.starts[t] ?? 0;
    const end = Math.min(facet.ends[t] ?? 0, length);
    if (start >= end && t >= from) elsewhere += Math.abs(share);
    for (let p = start; p < end; p++) {
      weights[p] = (weights[p] ?? 0) + Math.abs(share / (end - start));
    }
  }
  const summed = from === 0 ? words : null;
  const shares = drawnOf(tokens, facet, length, summed);
  const expected =
    expectedOn &&
    drawnOf(
      tokens.map((_, t) => expectedOn(t)),
      facet,
      length,
      summed,
    );
  let largest = 0;
  for (const share of shares) largest = Math.max(largest, Math.abs(share) || 0);
  const part = from > 0 ? { known: values.length, of: from + values.length } : null;
  const counts = words === null ? tokenCounts(facet, length) : wordCounts(words, length);
  const { total } = row;
  return { shares, largest, tokens, weights, counts, total, elsewhere, part, expected };
}

/** What is drawn at each character: the shares of its tokens, or the sum over its word. */
function drawnOf(
  shares: Float64Array,
  { starts, ends }: Facet,
  length: number,
  words: Words | null,
): Float64Array {
  const drawn = new Float64Array(length);
  const parts = words === null ? null : new Float64Array(length);
  for (let t = 0; t < shares.length; t++) {
    const share = shares[t] ?? 0;
    const start = starts[t] ?? 0;
    const end = Math.min(ends[t] ?? 0, length);
    // Several tokens may share a character, which shows the sum of their shares.
    for (let p = start; p < end; p++) {
      drawn[p] = (drawn[p] ?? 0) + share;
      if (parts !== null) parts[p] = (parts[p] ?? 0) + share / (end - start);
    }
  }
  if (words !== null && parts !== null) gather(drawn, parts, words);
  return drawn;
}

/** Gives every character of a word the word's share: each token once, divided over the words that it spans. */
function gather(shares: Float64Array, parts: Float64Array, { ends }: Words): void {
  for (let start = 0; start < shares.length; ) {
    const end = Math.max(start + 1, ends[start] ?? 0);
    let sum = 0;
    for (let p = start; p < end; p++) sum += parts[p] ?? 0;
    // Rounded to thousandths of the peak, sums may slightly exceed 1.
    shares.fill(Math.max(-1, Math.min(1, sum)), start, end);
    start = end;
  }
}

function wordCounts({ starts, ends }: Words, length: number): Float64Array {
  return Float64Array.from({ length }, (_, p) => 1 / ((ends[p] ?? 0) - (starts[p] ?? 0)));
}

/** 1 at a character that no token spans. */
export function tokenCounts({ starts, ends, tokenAt }: Facet, length: number): Float64Array {
  return Float64Array.from({ length }, (_, p) => {
    const t = tokenAt[p] ?? 0;
    const [start, end] = [starts[t] ?? 0, Math.min(ends[t] ?? 0, length)];
    return start <= p && p < end ? 1 / (end - start) : 1;
  });
}

/** The step of colour of each character of a facet; `unknown` is that of the ones not known yet. */
export function heatSteps(
  heat: FacetHeat,
  index: number,
  scaling: Scaling | null,
  unknown: number = COMPUTING,
): Int8Array {
  const { shares, largest } = heat;
  const steps = new Int8Array(shares.length);
  for (let p = 0; p < shares.length; p++) {
    const share = shares[p] ?? 0;
    if (Number.isNaN(share)) steps[p] = unknown;
    else if (share !== 0) {
      const part = scaling === null ? share / (largest || 1) : scaling.part(index, share, p);
      steps[p] = stepOf(part);
    }
  }
  return steps;
}

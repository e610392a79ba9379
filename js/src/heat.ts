/** From rows of connectivity to steps of colour, by one of the scales, once all rows of the position shown are whole. */
import { STEPS } from "./color";
import { isPart, isRow, type Outcome } from "./rows";
import { makeScaling, type ScaleName, type Scaling } from "./scale";
import { type Facet, ROW_STEPS, type Row } from "./wire";
import type { Words } from "./words";

/** Instead of a step: an input there is still being computed. */
export const COMPUTING = STEPS + 1;

export interface FacetHeat {
  /** Share of the row, or of its part, that falls on each character, signed; NaN where it is still being computed. */
  readonly shares: Float64Array;
  readonly largest: number;
  /** The share of each character by itself, whatever `shares` are summed over. */
  readonly characters: Float64Array;
  /** The sum of magnitudes that the shares are of, in the measure's unit. */
  readonly total: number;
  /** Share that falls on tokens without characters, such as a start symbol. */
  readonly elsewhere: number;
  /** How many of the inputs are there while not all are. */
  readonly part: { readonly known: number; readonly of: number } | null;
}

export interface Heat {
  /** Null while a row is not whole: then each facet is full at its own strongest. */
  readonly scaling: Scaling | null;
  /** The share of full colour and whether some cell is stronger, where the scale has one share for all facets. */
  readonly cap: number | null;
  readonly clipped: boolean;
  /** True where there are rows and all of them are zero. */
  readonly zero: boolean;
  readonly facets: readonly (FacetHeat | null)[];
}

export interface Look {
  readonly scale: ScaleName;
  /** b of sparsemax. */
  readonly sharpness: number;
  /** Whether the measure is a square already. */
  readonly squared: boolean;
  /** Where numbers are summed over words. */
  readonly words: Words | null;
}

const PLAIN: Look = { scale: "share", sharpness: 4, squared: false, words: null };

export function makeHeat(
  facets: readonly Facet[],
  outcomes: readonly (Outcome | undefined)[],
  length: number,
  look: Look = PLAIN,
): Heat {
  const heats = facets.map((facet, i) => {
    const row = outcomes[i];
    return isRow(row) ? facetHeat(facet, row, length, look.words) : null;
  });
  if (outcomes.some(isPart))
    return { scaling: null, cap: null, clipped: false, zero: false, facets: heats };
  const scaling = makeScaling(look.scale, heats, look);
  const drawn = heats.filter((heat) => heat !== null);
  const zero = drawn.length > 0 && drawn.every((heat) => heat.largest === 0);
  return { scaling, cap: scaling.cap, clipped: scaling.clipped, zero, facets: heats };
}

function facetHeat(facet: Facet, row: Row, length: number, words: Words | null): FacetHeat {
  const shares = new Float64Array(length);
  const unit = row.total > 0 ? row.peak / row.total / ROW_STEPS : 0;
  const { from, values } = row;
  let elsewhere = 0;
  for (let t = 0; t < from + values.length; t++) {
    const share = t < from ? Number.NaN : (values[t - from] ?? 0) * unit;
    const start = facet.starts[t] ?? 0;
    const end = Math.min(facet.ends[t] ?? 0, length);
    if (start >= end && t >= from) elsewhere += Math.abs(share);
    // Several tokens may share a character; it carries what falls on any of them.
    for (let p = start; p < end; p++) shares[p] = (shares[p] ?? 0) + share;
  }
  const characters = words === null ? shares : shares.slice();
  if (words !== null && from === 0) gather(shares, words);
  let largest = 0;
  for (const share of shares) largest = Math.max(largest, Math.abs(share) || 0);
  const part = from > 0 ? { known: values.length, of: from + values.length } : null;
  return { shares, largest, characters, total: row.total, elsewhere, part };
}

/** Gives every character of a word what falls on the word. */
function gather(shares: Float64Array, { ends }: Words): void {
  for (let start = 0; start < shares.length; ) {
    const end = Math.max(start + 1, ends[start] ?? 0);
    let sum = 0;
    for (let p = start; p < end; p++) sum += shares[p] ?? 0;
    shares.fill(sum, start, end);
    start = end;
  }
}

/** The step of colour of each character of a facet. */
export function heatSteps(heat: FacetHeat, index: number, scaling: Scaling | null): Int8Array {
  const { shares, largest } = heat;
  const steps = new Int8Array(shares.length);
  for (let p = 0; p < shares.length; p++) {
    const share = shares[p] ?? 0;
    if (Number.isNaN(share)) steps[p] = COMPUTING;
    else if (share !== 0) {
      const part = scaling === null ? share / (largest || 1) : scaling.part(index, share);
      steps[p] = Math.sign(part) * Math.round(Math.min(1, Math.abs(part)) * STEPS);
    }
  }
  return steps;
}

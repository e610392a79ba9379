/** From rows of connectivity to steps of colour: one scale for all facets of the position shown, once all are whole. */
import { heatStep, niceCap, STEPS } from "./color";
import { isPart, isRow, type Outcome } from "./rows";
import { type Facet, ROW_STEPS, type Row } from "./wire";

/** Instead of a step: an input there is still being computed. */
export const COMPUTING = STEPS + 1;

export interface FacetHeat {
  /** Share of the row, or of its part, that falls on each character, signed; NaN where it is still being computed. */
  readonly shares: Float64Array;
  readonly largest: number;
  /** Share that falls on tokens without characters, such as a start symbol. */
  readonly elsewhere: number;
  /** How many of the inputs are there while not all are. */
  readonly part: { readonly known: number; readonly of: number } | null;
}

export interface Heat {
  /** The share of full colour. Null while a row is not whole: then each facet is full at its own strongest. */
  readonly cap: number | null;
  /** True where some cell is stronger than that. */
  readonly clipped: boolean;
  /** True where there are rows and all of them are zero. */
  readonly zero: boolean;
  readonly facets: readonly (FacetHeat | null)[];
}

export function makeHeat(
  facets: readonly Facet[],
  outcomes: readonly (Outcome | undefined)[],
  length: number,
): Heat {
  const heats = facets.map((facet, i) => {
    const row = outcomes[i];
    return isRow(row) ? facetHeat(facet, row, length) : null;
  });
  const largest = heats.flatMap((heat) => (heat === null ? [] : [heat.largest]));
  if (outcomes.some(isPart)) return { cap: null, clipped: false, zero: false, facets: heats };
  const cap = niceCap(largest);
  return {
    cap,
    clipped: largest.some((share) => share > cap * (1 + 1e-5)),
    zero: largest.length > 0 && largest.every((share) => share === 0),
    facets: heats,
  };
}

function facetHeat(facet: Facet, row: Row, length: number): FacetHeat {
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
  let largest = 0;
  for (const share of shares) largest = Math.max(largest, Math.abs(share) || 0);
  const part = from > 0 ? { known: values.length, of: from + values.length } : null;
  return { shares, largest, elsewhere, part };
}

export function heatSteps({ shares, largest }: FacetHeat, cap: number | null): Int8Array {
  const full = cap ?? (largest || 1);
  return Int8Array.from(shares, (share) =>
    Number.isNaN(share) ? COMPUTING : heatStep(share, full),
  );
}

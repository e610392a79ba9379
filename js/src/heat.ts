/** From rows of connectivity to steps of colour: one scale for all facets of the position shown. */
import { heatStep, niceCap } from "./color";
import type { Outcome } from "./rows";
import type { Facet, Row } from "./wire";

export interface FacetHeat {
  /** Share of the row that falls on each character, signed. */
  readonly shares: Float64Array;
  readonly largest: number;
  /** Share that falls on tokens without characters, such as a start symbol. */
  readonly elsewhere: number;
}

export interface Heat {
  /** The share of full colour. */
  readonly cap: number;
  /** True where some cell is stronger than that. */
  readonly clipped: boolean;
  /** True where there are rows and all of them are zero. */
  readonly zero: boolean;
  readonly facets: readonly (FacetHeat | null)[];
}

export function isRow(outcome: Outcome | undefined): outcome is Row {
  return outcome !== undefined && !("error" in outcome);
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
  const unit = row.total > 0 ? row.peak / row.total / 1000 : 0;
  let elsewhere = 0;
  for (let t = 0; t < row.values.length; t++) {
    const share = (row.values[t] ?? 0) * unit;
    const start = facet.starts[t] ?? 0;
    const end = Math.min(facet.ends[t] ?? 0, length);
    if (start >= end) elsewhere += Math.abs(share);
    // Several tokens may share a character; it carries what falls on any of them.
    for (let p = start; p < end; p++) shares[p] = (shares[p] ?? 0) + share;
  }
  let largest = 0;
  for (const share of shares) largest = Math.max(largest, Math.abs(share));
  return { shares, largest, elsewhere };
}

export function heatSteps({ shares }: FacetHeat, cap: number): Int8Array {
  return Int8Array.from(shares, (share) => heatStep(share, cap));
}

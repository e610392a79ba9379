/** Influence: how much of each output's row lies on an input, or on a span of inputs. */

import { makeScaling, type Span } from "../core/scales";
import type { Facet } from "../wire";
import { type DrawOptions, type FacetHeat, type Heat, tokenCounts } from "./heat";

/** The share of output `s`'s row on input `t`, signed; undefined if the page lacks the row. */
export type ShareOf = (facet: number, s: number, t: number) => number | undefined;

/** The inputs whose influence is drawn: those in a span, or those that span the character `at`, where the pointer is. */
export interface Inputs extends Span {
  readonly at: number | null;
}

export interface Influence extends Heat {
  /** The inputs, in words. */
  readonly of: Inputs;
  /** The number of outputs, over all models, for which it is known, and of all. */
  readonly known: number;
  readonly outputs: number;
}

export function influenceOf(
  facets: readonly Facet[],
  span: Inputs,
  length: number,
  shareOf: ShareOf,
  { scale, sharpness, squared }: DrawOptions,
): Influence {
  let [known, outputs] = [0, 0];
  const heats = facets.map((facet, i): FacetHeat => {
    const shares = new Float64Array(length);
    const inputs = partsIn(facet, span);
    let largest = 0;
    for (let s = 0; s < facet.tokens; s++) {
      const read = inputs.filter(({ t }) => facet.reads.reads(s, t));
      if (read.length === 0) continue;
      let share = 0;
      for (const { t, part } of read) share += part * (shareOf(i, s, t) ?? Number.NaN);
      outputs += 1;
      if (!Number.isNaN(share)) known += 1;
      largest = Math.max(largest, Math.abs(share) || 0);
      const end = Math.min(facet.ends[s] ?? 0, length);
      for (let p = facet.starts[s] ?? 0; p < end; p++) shares[p] = share;
    }
    const weights = shares.map(Math.abs);
    const counts = tokenCounts(facet, length);
    const tokens = new Float64Array();
    const rest = { total: 1, elsewhere: 0, part: null, expected: null };
    return { shares, largest, tokens, weights, counts, ...rest };
  });
  // Shares of different outputs have no other common unit, and no lag in common.
  const own = scale === "one" || scale === "expected" ? "share" : scale;
  const scaling = makeScaling(own, heats, { sharpness, squared });
  const zero = known > 0 && heats.every((heat) => heat.largest === 0);
  return {
    scaling,
    cap: scaling.cap,
    clipped: scaling.clipped,
    zero,
    facets: heats,
    of: span,
    known,
    outputs,
  };
}

/** The tokens whose influence it is. */
export function tokensIn(facet: Facet, span: Inputs): number[] {
  return partsIn(facet, span).map(({ t }) => t);
}

/** The tokens of the inputs, and the part of each that counts: of a span, the part of its characters inside. */
function partsIn({ starts, ends, tokens }: Facet, span: Inputs): { t: number; part: number }[] {
  const found = [];
  for (let t = 0; t < tokens; t++) {
    const [start, end] = [starts[t] ?? 0, ends[t] ?? 0];
    const inside = Math.min(end, span.end) - Math.max(start, span.start);
    if (span.at === null && inside > 0) found.push({ t, part: inside / (end - start) });
    else if (span.at !== null && start <= span.at && span.at < end) found.push({ t, part: 1 });
  }
  return found;
}

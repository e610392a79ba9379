/** The other way round: how much of each output lies on an input, or on a span of them: the life of that memory. */

import { makeScaling, type Span } from "../core/scales";
import type { Facet } from "../wire";
import { type DrawOptions, type FacetHeat, type Heat, tokenCounts } from "./heat";

/** The share of output `s` that lies on input `t`, signed; undefined where its row is not here. */
export type ShareOf = (facet: number, s: number, t: number) => number | undefined;

/** The inputs whose influence is drawn: what lies in a span, or all that hold the character `at`, which the reader points at. */
export interface Inputs extends Span {
  readonly at: number | null;
}

export interface Influence extends Heat {
  /** Whose influence it is. */
  readonly of: Inputs;
  /** Of how many outputs, over all models, it is known, and how many there are. */
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
  // Shares of several outputs have no common unit but themselves, and no lag in common.
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

/** The tokens of some inputs, and how much of each is meant: of a span, what part of its characters lies in it. */
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

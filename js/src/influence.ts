/** The other way round: how much of each output lies on an input, or on a span of them: the life of that memory. */
import type { FacetHeat, Heat, Look } from "./heat";
import { makeScaling, type Span } from "./scale";
import type { Facet } from "./wire";

/** The share of output `s` that lies on input `t`, signed; undefined where its row is not here. */
export type ShareOf = (facet: number, s: number, t: number) => number | undefined;

export interface Influence extends Heat {
  /** The characters whose influence it is. */
  readonly of: Span;
  /** Of how many outputs, over all models, it is known, and how many there are. */
  readonly known: number;
  readonly outputs: number;
}

export function influenceOf(
  facets: readonly Facet[],
  span: Span,
  length: number,
  shareOf: ShareOf,
  { scale, sharpness, squared }: Look,
): Influence {
  let [known, outputs] = [0, 0];
  const heats = facets.map((facet, i): FacetHeat => {
    const shares = new Float64Array(length);
    const first = facet.tokenAt[span.start] ?? 0;
    const last = facet.tokenAt[span.end - 1] ?? first;
    let largest = 0;
    for (let s = facet.causal ? first : 0; s < facet.tokens; s++) {
      let share = 0;
      for (let t = first; t <= last; t++) {
        if (t <= s || !facet.causal) share += shareOf(i, s, t) ?? Number.NaN;
      }
      outputs += 1;
      if (!Number.isNaN(share)) known += 1;
      largest = Math.max(largest, Math.abs(share) || 0);
      const end = Math.min(facet.ends[s] ?? 0, length);
      for (let p = facet.starts[s] ?? 0; p < end; p++) shares[p] = share;
    }
    return { shares, largest, characters: shares, total: 1, elsewhere: 0, part: null };
  });
  // Shares of several outputs have no common unit but themselves.
  const scaling = makeScaling(scale === "one" ? "share" : scale, heats, { sharpness, squared });
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

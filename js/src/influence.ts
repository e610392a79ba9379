/** The other way round: how much of each output lies on one input, which is the life of that memory. */
import type { FacetHeat, Heat, Look } from "./heat";
import { makeScaling } from "./scale";
import type { Facet } from "./wire";

/** The share of output `s` that lies on input `t`, signed; undefined where its row is not here. */
export type ShareOf = (facet: number, s: number, t: number) => number | undefined;

export interface Influence extends Heat {
  /** Of how many outputs, over all models, it is known, and how many there are. */
  readonly known: number;
  readonly of: number;
}

export function influenceOf(
  facets: readonly Facet[],
  position: number,
  length: number,
  shareOf: ShareOf,
  { scale, sharpness, squared }: Look,
): Influence {
  let [known, of] = [0, 0];
  const heats = facets.map((facet, i): FacetHeat => {
    const shares = new Float64Array(length);
    const t = facet.tokenAt[position] ?? 0;
    let largest = 0;
    for (let s = facet.causal ? t : 0; s < facet.tokens; s++) {
      const share = shareOf(i, s, t) ?? Number.NaN;
      of += 1;
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
  return { scaling, cap: scaling.cap, clipped: scaling.clipped, zero, facets: heats, known, of };
}

/** The reply to a search for the places where selected units are on. */
import { type Fields, WireError } from "./fields";
import {
  decodeFoundMatches,
  type FacetMatches,
  type Failure,
  type FoundMatches,
} from "./generated";

/** The units of one model that are on at the selected characters, and where else they are. */
export interface FacetSearch extends Omit<FacetMatches, "units" | "low"> {
  /** Their numbers in the layer. */
  readonly units: readonly number[];
  /** Whether each is on low there; else it is on high. */
  readonly low: readonly boolean[];
}

export interface SearchReply extends Omit<FoundMatches, "facets"> {
  /** None while it is searched. */
  readonly facets: readonly (FacetSearch | Failure)[];
}

/** `models`: how many there are. */
export function decodeSearchReply(raw: Fields, models: number): SearchReply {
  const found = decodeFoundMatches(raw);
  const { facets } = found;
  if (facets.length !== 0 && facets.length !== models) {
    throw new WireError(`There are matches of ${facets.length} models.`);
  }
  return { ...found, facets: facets.map((one) => ("error" in one ? one : facetSearch(one))) };
}

function facetSearch({ units, low, ...sent }: FacetMatches): FacetSearch {
  if (low.byteLength < Math.ceil(units.length / 8)) {
    throw new WireError(`The sides of ${8 * low.byteLength} units are told.`);
  }
  for (const { start, after, context, contextStart } of sent.matches) {
    const end = contextStart + [...context].length;
    if (contextStart > start || start >= after || after > end) {
      throw new WireError(`A match at ${start} has the characters ${contextStart} to ${end}.`);
    }
  }
  const isLow = (n: number) => ((low.getUint8(n >> 3) >> (n & 7)) & 1) === 1;
  return { ...sent, units: [...units], low: [...units].map((_, n) => isLow(n)) };
}

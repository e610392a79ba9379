/** Means over all rows of a facet, which are read in time slices, so that hovers stay fast. */

import type { Words } from "../core/words";
import type { Row, Scene } from "../wire";
import { LagMeans } from "./lag-means";
import { type Memory, meanMemory, memoryOf } from "./memory";

/** How long a slice may last, in milliseconds. */
const SLICE = 6;

/** Means over all outputs of one facet. */
export interface TextMeans {
  /** Null where every row is zero. */
  readonly memory: Memory | null;
  readonly lags: LagMeans;
}

/** Calls `found` with the means of a facet, or null if not all of its rows are there. */
export function readTextMeans(
  { facets }: Scene,
  words: Words,
  rowOf: (facet: number, s: number) => Row | undefined,
  found: (facet: number, means: TextMeans | null) => void,
  signal: AbortSignal,
): void {
  let [facet, s] = [0, 0];
  let all: Memory[] = [];
  let lags = new LagMeans(facets[0]?.tokens ?? 0);
  const next = (means: TextMeans | null) => {
    found(facet, means);
    [facet, s, all] = [facet + 1, 0, []];
    lags = new LagMeans(facets[facet]?.tokens ?? 0);
  };
  const slice = () => {
    const end = performance.now() + SLICE;
    while (!signal.aborted && performance.now() < end) {
      const one = facets[facet];
      if (one === undefined) return;
      // With one output for the whole text there is nothing to average.
      if (one.oneOutput) {
        next(null);
        continue;
      }
      const row = s < one.tokens ? rowOf(facet, s) : undefined;
      if (row === undefined) {
        // All rows were read, or one is missing: then there is no mean over the text.
        next(s === one.tokens ? { memory: meanMemory(all), lags } : null);
        continue;
      }
      const memory = memoryOf(one, row, s, words);
      if (memory !== null) all.push(memory);
      lags.add(s, row);
      s += 1;
    }
    if (!signal.aborted) setTimeout(slice, 0);
  };
  setTimeout(slice, 0);
}

/** Memory figures over the whole text: all rows of each facet, in time slices, so that hovers stay fast. */

import type { Words } from "../core/words";
import type { Row, Scene } from "../wire";
import { type Memory, meanMemory, memoryOf } from "./memory";

/** How long a slice may last, in milliseconds. */
const SLICE = 6;

/** Calls `found` with the means of a facet, or null if not all of its rows are there. */
export function readMemory(
  { facets }: Scene,
  words: Words,
  rowOf: (facet: number, s: number) => Row | undefined,
  found: (facet: number, mean: Memory | null) => void,
  signal: AbortSignal,
): void {
  let [facet, s] = [0, 0];
  let all: Memory[] = [];
  const slice = () => {
    const end = performance.now() + SLICE;
    while (!signal.aborted && performance.now() < end) {
      const one = facets[facet];
      if (one === undefined) return;
      // With one output for the whole text there is nothing to average.
      if (one.oneOutput) {
        found(facet, null);
        [facet, s, all] = [facet + 1, 0, []];
        continue;
      }
      const row = s < one.tokens ? rowOf(facet, s) : undefined;
      if (row === undefined) {
        // All rows were read, or one is missing: then there is no mean over the text.
        found(facet, s === one.tokens ? meanMemory(all) : null);
        [facet, s, all] = [facet + 1, 0, []];
        continue;
      }
      const memory = memoryOf(one, row, s, words);
      if (memory !== null) all.push(memory);
      s += 1;
    }
    if (!signal.aborted) setTimeout(slice, 0);
  };
  setTimeout(slice, 0);
}

/** Memory figures of one row of connectivity, as `rnnviz_widget/memory.py` computes them. */

import type { Words } from "../core/words";
import type { Facet, Row } from "../wire";

/** Where the bars of the profile begin, in characters back; each ends where the next begins. */
export const LAGS = [0, 1, 3, 6, 11, 21, 41] as const;

export interface Memory {
  /** The reach: the mean distance of inputs, weighted by their shares, in characters. */
  readonly reach: number;
  /** The effective number of characters: exp of the entropy of the shares. */
  readonly effective: number;
  /** The share before the current word; NaN with one output for the whole text, which has no current word. */
  readonly before: number;
  /** The distance in characters at or beyond which half of the row lies. */
  readonly half: number;
  /** The share at each stretch of LAGS. */
  readonly profile: readonly number[];
}

/** The token from which distances are measured, for the output shown at a position. */
export function standsAt({ oneOutput, tokens, tokenAt }: Facet, position: number): number {
  return oneOutput ? tokens - 1 : (tokenAt[position] ?? 0);
}

/** The figures of a complete row of output `s`; null for a row of zeros, which has no shares. */
export function memoryOf(facet: Facet, { values }: Row, s: number, words: Words): Memory | null {
  const { starts, ends } = facet;
  let total = 0;
  for (const value of values) total += Math.abs(value);
  if (total === 0) return null;
  const own = starts[s] ?? 0;
  const last = Math.min(Math.max((ends[s] ?? 0) - 1, own), words.starts.length - 1);
  const word = words.starts[last] ?? 0;
  const profile = LAGS.map(() => 0);
  // A token's share is divided evenly over its characters; several tokens may share a character.
  const weights = new Float64Array(words.starts.length);
  let [reach, entropy, before] = [0, 0, 0];
  for (let t = 0; t < values.length; t++) {
    const p = Math.abs(values[t] ?? 0) / total;
    if (p === 0) continue;
    const start = starts[t] ?? 0;
    const end = ends[t] ?? 0;
    const distance = Math.abs(own - start);
    reach += p * distance;
    if (end <= word) before += p;
    else if (start < word) before += (p * (word - start)) / (end - start);
    if (end <= start) entropy -= p * Math.log(p);
    for (let c = start; c < end; c++) weights[c] = (weights[c] ?? 0) + p / (end - start);
    let bar = 0;
    while (distance >= (LAGS[bar + 1] ?? Number.POSITIVE_INFINITY)) bar += 1;
    profile[bar] = (profile[bar] ?? 0) + p;
  }
  for (const weight of weights) if (weight > 0) entropy -= weight * Math.log(weight);
  const half = halfway(starts, s, values) ?? 0;
  const inWord = facet.oneOutput ? Number.NaN : before;
  return { reach, effective: Math.exp(entropy), before: inWord, half, profile };
}

/** The distance of token starts at or beyond which half of output `s`'s row lies; null for a row of zeros. */
export function halfway(starts: Int32Array, s: number, values: ArrayLike<number>): number | null {
  const away = starts.map((start) => Math.abs(start - (starts[s] ?? 0)));
  const masses = new Float64Array(away.reduce((one, other) => Math.max(one, other), 0) + 1);
  let total = 0;
  for (let t = 0; t < values.length; t++) {
    const [mass, distance] = [Math.abs(values[t] ?? 0), away[t] ?? 0];
    masses[distance] = (masses[distance] ?? 0) + mass;
    total += mass;
  }
  let beyond = 0;
  for (let distance = masses.length - 1; distance >= 0; distance--) {
    beyond += masses[distance] ?? 0;
    if (total > 0 && beyond >= total * (0.5 - 1e-9)) return distance;
  }
  return null;
}

/** The means over outputs; null if there are none. */
export function meanMemory(all: readonly Memory[]): Memory | null {
  if (all.length === 0) return null;
  const mean = (of: (memory: Memory) => number) =>
    all.reduce((sum, memory) => sum + of(memory), 0) / all.length;
  return {
    reach: mean(({ reach }) => reach),
    effective: mean(({ effective }) => effective),
    before: mean(({ before }) => before),
    half: mean(({ half }) => half),
    profile: LAGS.map((_, i) => mean(({ profile }) => profile[i] ?? 0)),
  };
}

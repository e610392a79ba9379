/** Maps of states as the page uses them: decoded, and refused where their parts do not fit each other. */
import { WireError } from "./fields";
import { decodeStateMaps, type FacetMap, type Failure, type StateMaps } from "./generated";
import { shorts } from "./states";

/** The points of one model in a plane; see `FacetMap`. */
export interface PointMap extends Omit<FacetMap, "positions"> {
  /** How many there are: one for each step in each layer. */
  readonly count: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** The characters of the corpus. */
  readonly further: readonly string[];
}

export interface PointMaps extends Omit<StateMaps, "facets"> {
  readonly facets: readonly (PointMap | Failure)[];
}

/** `facets` has the number of tokens of each. */
export function decodePointMaps(
  raw: Parameters<typeof decodeStateMaps>[0],
  facets: readonly { readonly tokens: number }[],
): PointMaps {
  const found = decodeStateMaps(raw);
  if (found.facets.length !== facets.length) {
    throw new WireError(`There are maps of ${found.facets.length} models.`);
  }
  const maps = found.facets.map((one, i) =>
    "error" in one ? one : pointMap(one, facets[i]?.tokens ?? 0),
  );
  return { ...found, facets: maps };
}

function pointMap({ positions, ...sent }: FacetMap, tokens: number): PointMap {
  const { layers, steps, near, names, quantum, center } = sent;
  const count = layers.length * steps;
  const whole = shorts(positions);
  const further = Array.from(sent.corpus);
  if (whole.length !== 2 * count || count === 0) {
    throw new WireError(`${whole.length} coordinates are sent of ${count} points.`);
  }
  if (sent.tokens !== tokens || sent.own > steps || sent.source >= sent.sources.length) {
    throw new WireError(`The map is of ${sent.tokens} tokens and ${steps} steps.`);
  }
  for (const [what, numbers, below] of [
    ["step", sent.ofTokens, steps],
    ["symbol", sent.symbol, names.length],
    ["class", sent.predicted, names.length],
    ["true class", sent.truth, names.length],
    ["point", near.of, count],
    ["near point", near.points, count],
    ["text", sent.starts, further.length + 1],
  ] as const) {
    for (const one of numbers) {
      if (one >= below) throw new WireError(`The map names the ${what} ${one} of ${below}.`);
    }
  }
  const x = new Float32Array(count);
  const y = new Float32Array(count);
  const [x0 = 0, y0 = 0] = center;
  for (let n = 0; n < count; n++) {
    x[n] = x0 + quantum * (whole[2 * n] ?? 0);
    y[n] = y0 + quantum * (whole[2 * n + 1] ?? 0);
  }
  return { ...sent, count, x, y, further };
}

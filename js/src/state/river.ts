/** The bands of a river: what each layer carries at each step, one upon the other; pure arithmetic. */

/** What is drawn of one layer at each step, as parts of the whole: from, to. */
export type Band = readonly (readonly [number, number])[];

export interface River {
  readonly bands: readonly Band[];
  /** The lowest and the highest edge of any band. */
  readonly low: number;
  readonly high: number;
}

/** Shares above zero stand on one another, those below zero hang from one another. */
export function riverOf(layers: readonly { readonly shares: Float64Array }[]): River {
  const steps = layers[0]?.shares.length ?? 0;
  const up = new Float64Array(steps);
  const down = new Float64Array(steps);
  const bands = layers.map(({ shares }) =>
    Array.from({ length: steps }, (_, u): readonly [number, number] => {
      const share = shares[u] ?? 0;
      const edge = share < 0 ? down : up;
      const from = edge[u] ?? 0;
      edge[u] = from + share;
      return [from, from + share];
    }),
  );
  return { bands, low: Math.min(0, ...down), high: Math.max(1, ...up) };
}

/** The outline of a band as an SVG path, in a box of this size: a step of one width for each step of the route. */
export function bandPath(band: Band, { low, high }: River, width: number, height: number): string {
  const x = (u: number) => ((u * width) / Math.max(1, band.length)).toFixed(2);
  const y = (part: number) => ((height * (high - part)) / (high - low || 1)).toFixed(2);
  const over = band.map(([, to], u) => `${x(u)},${y(to)} ${x(u + 1)},${y(to)}`);
  const back = band.map(([from], u) => `${x(u + 1)},${y(from)} ${x(u)},${y(from)}`).reverse();
  return band.length === 0 ? "" : `M${over.join(" L")} L${back.join(" L")} Z`;
}

/** Curves: points along an axis, and the scales that they are drawn on. */

/** A point of a curve: where it is on the axis, and the number there. */
export type Place = readonly [x: number, value: number];

export interface ChartScale {
  readonly low: number;
  readonly high: number;
  readonly logarithmic: boolean;
  /** From 0 at the lower end to 1 at the upper. */
  at(value: number): number;
}

export function scaleBetween(low: number, high: number, logarithmic = false): ChartScale {
  const of = logarithmic ? Math.log : (value: number) => value;
  const span = of(high) - of(low);
  return {
    low,
    high,
    logarithmic,
    at: (value) => (span > 0 ? (of(value) - of(low)) / span : 0.5),
  };
}

/** A scale of all these numbers, with 0 on it. */
export function scaleWithZero(values: readonly number[]): ChartScale {
  return scaleBetween(Math.min(0, ...values), Math.max(0, ...values));
}

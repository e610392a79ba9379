/** Windows of units' states as the kernel sends them. */
import { bytes, floats } from "./messages";

export interface WindowOptions {
  readonly layers?: readonly string[];
  readonly layer?: number;
  /** Step after step, in steps of 0.0001. */
  readonly values: readonly (readonly number[])[];
  readonly order?: readonly number[];
  readonly start?: number;
  readonly curveOf?: number | null;
  readonly curve?: readonly number[];
  readonly route?: object | null;
}

export const LAYERS = ["hidden of layer 0 of lstm", "forget of layer 0 of lstm"];

export const shorts = (values: readonly number[]) =>
  bytes(new Uint8Array(Int16Array.from(values).buffer));

const small = (values: readonly number[]) => bytes(Uint8Array.from(values));

/** One model's window; ranges are those of these values. */
export function windowOf({
  layers = LAYERS,
  layer = 0,
  values,
  start = 0,
  curveOf = null,
  curve = [],
  route = null,
  ...options
}: WindowOptions) {
  const units = values[0]?.length ?? 0;
  const index = Array.from({ length: units }, (_, unit) => unit);
  const over = (reduce: (column: number[]) => number) =>
    floats(
      index.map((unit) => {
        const column = values.map((step) => step[unit] ?? 0).filter((one) => one > -(1 << 15));
        return reduce(column.map((one) => one / 1e4));
      }),
    );
  return {
    layers: layers.map((name) => `|${name}`).join(""),
    layer,
    of: units,
    units,
    quantum: floats(index.map(() => 1e-4)),
    low: over((column) => Math.min(...column)),
    high: over((column) => Math.max(...column)),
    mean: over((column) => column.reduce((sum, one) => sum + one, 0) / column.length),
    index: small(index),
    order: small(options.order ?? index),
    start,
    values: shorts(values.flat()),
    curve_of: curveOf,
    curve: shorts(curve),
    route,
    route_error: null,
  };
}

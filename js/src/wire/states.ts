/** The reply with the states of the models' units, in a window of the text. */
import { type Fields, WireError } from "./fields";
import { decodeStatesWindow, type FacetStates, type Failure, type StatesWindow } from "./generated";

/** What stands for a state that is not finite. */
export const NOT_FINITE = -(1 << 15);

/** The states of one model's layer in a window of its steps, as multiples of each unit's quantum. */
export interface LayerWindow extends Omit<FacetStates, "values" | "curve"> {
  /** Step after step. */
  readonly values: Int16Array;
  /** Of `curveOf`, at all steps; null: of no unit. */
  readonly curve: Int16Array | null;
}

export interface UnitWindows extends Omit<StatesWindow, "facets"> {
  readonly facets: readonly (LayerWindow | Failure)[];
}

/** `tokens` has the number of steps of each facet. */
export function decodeUnitWindows(
  raw: Fields,
  facets: readonly { readonly tokens: number }[],
): UnitWindows {
  const found = decodeStatesWindow(raw);
  if (found.facets.length !== facets.length) {
    throw new WireError(`There are states of ${found.facets.length} models.`);
  }
  const windows = found.facets.map((one, i) =>
    "error" in one ? one : layerWindow(one, facets[i]?.tokens ?? 0),
  );
  return { ...found, facets: windows };
}

function layerWindow(sent: FacetStates, tokens: number): LayerWindow {
  const { quantum, layer, layers, start, curveOf, order } = sent;
  const units = quantum.length;
  const values = shorts(sent.values);
  const steps = units === 0 ? 0 : values.length / units;
  if (!Number.isInteger(steps) || start + steps > tokens) {
    throw new WireError(`There are ${values.length} states of ${units} units from ${start} on.`);
  }
  if (layer >= layers.length) throw new WireError(`There is no layer ${layer}.`);
  if (order.some((unit) => unit < 0 || unit >= units) || new Set(order).size !== units) {
    throw new WireError("The order names a unit twice, or one that there is not.");
  }
  if (curveOf === null) return { ...sent, values, curve: null };
  const curve = shorts(sent.curve);
  if (curveOf >= units || curve.length !== tokens) {
    throw new WireError(`The curve of unit ${curveOf} has ${curve.length} states.`);
  }
  return { ...sent, values, curve };
}

export function shorts(bytes: DataView): Int16Array {
  if (bytes.byteLength % 2 !== 0) throw new WireError(`States have ${bytes.byteLength} bytes.`);
  const found = new Int16Array(bytes.byteLength / 2);
  for (let i = 0; i < found.length; i++) found[i] = bytes.getInt16(2 * i, true);
  return found;
}

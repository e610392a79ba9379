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

/** `models` have the number of steps of each. */
export function decodeUnitWindows(
  raw: Fields,
  models: readonly { readonly tokens: number }[],
): UnitWindows {
  const found = decodeStatesWindow(raw);
  if (found.facets.length !== found.models.length) {
    throw new WireError(`${found.models.length} strips have ${found.facets.length} states.`);
  }
  const facets = found.facets.map((one, i) => {
    const model = models[found.models[i] ?? -1];
    if (model === undefined) throw new WireError(`There is no model ${found.models[i]}.`);
    return "error" in one ? one : layerWindow(one, model.tokens);
  });
  return { ...found, facets };
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

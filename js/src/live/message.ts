/** A model as it is included in a live page, decoded and checked; `rnnviz_widget/share/live.py` packs it. */
import { decodeLiveModel, LIVE_VERSION, type LiveLayer, type LiveModel, WireError } from "../wire";
import { type Fields, isFields } from "../wire/fields";
import { crc32 } from "./bytes";
import { CELLS, type Cell, isCell } from "./cells";

/** The most that a size may be: a damaged one must not take the page's memory. */
const LARGEST = 2 ** 24;
const MEASURES = ["norm", "squared", "embedding_norm", "grad_x_input"];

export interface LayerShape extends LiveLayer {
  readonly cell: Cell;
  /** The size of its inputs. */
  readonly inputs: number;
}

/** Plain data, which can be posted to a worker. */
export interface ModelSpec extends Omit<LiveModel, "version" | "target" | "layers" | "check"> {
  /** What is explained; a number is a class. */
  readonly target: "truth" | "top" | number;
  readonly layers: readonly LayerShape[];
}

const DAMAGED = "Save the page again, or get it anew: it was cut off or changed on its way.";

function damaged(what: string): WireError {
  return new WireError(`the model sent with this page can't be read: ${what}. ${DAMAGED}`);
}

/** The number of states of a layer: h, and its memories. */
export function statesOf({ cell, depth }: LayerShape): number {
  return 1 + depth * (CELLS[cell].memories ?? 0);
}

/** The number of weights in W_ih and in W_hh of each level. */
export function matricesOf({ cell, inputs, units, depth }: LayerShape): [number, number][] {
  const [atInput, atState] = CELLS[cell].gates;
  return Array.from({ length: depth }, (_, level) => [
    atInput * units * (level === 0 ? inputs : units),
    atState * units * units,
  ]);
}

/** The number of biases of one level. */
export function biasOf({ cell, units }: LayerShape): number {
  return CELLS[cell].biases * units;
}

export function decodeModel(raw: unknown): ModelSpec {
  if (!isFields(raw)) throw damaged("it is missing");
  if (raw["version"] !== LIVE_VERSION) {
    throw new WireError(
      `the model sent with this page is of version ${String(raw["version"])} and this page ` +
        `reads version ${LIVE_VERSION}. Save the page again with one rnnviz_widget.`,
    );
  }
  const model = decoded(raw);
  const outputs = model.outputs.length > 0 ? model.outputs : model.inputs;
  const spec: ModelSpec = {
    ...model,
    outputs,
    target: targetOf(model.target, outputs.length),
    layers: layersOf(model),
    weights: inBufferOfItsOwn(model.weights),
    numbers: inBufferOfItsOwn(model.numbers),
  };
  const { unknown, inputs, measure } = spec;
  if (inputs.length === 0) throw damaged("inputs is empty");
  if (unknown !== null && !inputs.includes(unknown)) throw damaged("unknown is no input");
  if (!MEASURES.includes(measure.name)) throw damaged(`measure is ${measure.name}`);
  checkSizes(spec);
  if (crc32(spec.weights, spec.numbers) !== model.check) {
    throw damaged("its weights do not fit their checksum");
  }
  return spec;
}

function decoded(raw: Fields): LiveModel {
  try {
    return decodeLiveModel(raw);
  } catch (error) {
    if (error instanceof WireError) throw damaged(error.message.replace(/\.$/, ""));
    throw error;
  }
}

/** The number of weights in half, 8-bit and single precision. */
export function sizesOf({ precision, inputs, outputs, size, layers }: ModelSpec) {
  const head = outputs.length * (layers.at(-1)?.units ?? 0);
  const small = precision === "int8" ? head : 0;
  let half = inputs.length * size + head - small;
  let single = outputs.length + (small > 0 ? outputs.length : 0);
  for (const layer of layers) {
    for (const [atInput, atState] of matricesOf(layer)) half += atInput + atState;
    single += layer.depth * biasOf(layer) + statesOf(layer) * layer.units;
  }
  return { half, small, single };
}

function checkSizes(spec: ModelSpec): void {
  const { half, small, single } = sizesOf(spec);
  for (const [what, came, expected] of [
    ["weights", spec.weights.byteLength, 2 * half + small],
    ["numbers", spec.numbers.byteLength, 4 * single],
  ] as const) {
    if (came !== expected) throw damaged(`${what} has ${came} bytes, not ${expected}`);
  }
}

function layersOf({ layers, size }: LiveModel): LayerShape[] {
  if (layers.length === 0) throw damaged("it has no layers");
  let inputs = checkSize(size, "size");
  return layers.map(({ cell, units, depth }): LayerShape => {
    if (!isCell(cell)) throw damaged(`cell is none of ${Object.keys(CELLS).join(", ")}`);
    const layer = {
      cell,
      inputs,
      units: checkSize(units, "units"),
      depth: checkSize(depth, "depth"),
    };
    if (depth !== 1 && !CELLS[cell].nested) throw damaged(`a ${cell} has a depth of ${depth}`);
    inputs = units;
    return layer;
  });
}

function checkSize(value: number, what: string): number {
  if (value >= 1 && value <= LARGEST) return value;
  throw damaged(`${what} is not a size`);
}

function targetOf(raw: unknown, classes: number): ModelSpec["target"] {
  if (raw === "truth" || raw === "top") return raw;
  if (typeof raw === "number" && Number.isInteger(raw) && raw >= 0 && raw < classes) return raw;
  throw damaged("target is no class");
}

/** Copies bytes to a buffer of their own, which can be posted without the bytes around them. */
function inBufferOfItsOwn(bytes: DataView): DataView {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) return bytes;
  return new DataView(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
}

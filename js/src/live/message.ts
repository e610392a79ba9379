/** A model as it is sent along with a page, decoded and checked. The Python side is `rnnviz_widget/share/live.py`. */
import { type Measure, WireError } from "../wire";
import type { Fields } from "../wire/fields";
import { crc32 } from "./bytes";
import { CELLS, type Cell } from "./cells";

const VERSION = 1;

export interface LayerShape {
  readonly cell: Cell;
  /** The size of what it reads, and of what it makes. */
  readonly inputs: number;
  readonly units: number;
  /** Levels of nesting; 1 but for a nested LSTM. */
  readonly depth: number;
}

/** Plain data, so that it can be posted to a worker. */
export interface ModelSpec {
  readonly name: string;
  readonly precision: "int8" | "half";
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The symbol that is fed for unknown ones. */
  readonly unknown: string | null;
  readonly truth: "word" | "next" | "none";
  /** Why there is no truth where `truth` is "none". */
  readonly noTruth: string;
  /** What is explained; a number is a class. */
  readonly target: "truth" | "top" | number;
  readonly measure: Measure;
  /** Components of the embedding. */
  readonly size: number;
  readonly layers: readonly LayerShape[];
  readonly weights: DataView;
  readonly numbers: DataView;
}

const DAMAGED = "Save the page again, or get it anew: it was cut off or changed on its way.";

function damaged(what: string): WireError {
  return new WireError(`the model sent with this page can't be read: ${what}. ${DAMAGED}`);
}

/** How many states a layer has: h, and its memories. */
export function statesOf({ cell, depth }: LayerShape): number {
  return 1 + depth * (CELLS[cell].memories ?? 0);
}

/** How many numbers W_ih and W_hh of each level have. */
export function matricesOf({ cell, inputs, units, depth }: LayerShape): [number, number][] {
  const [atInput, atState] = CELLS[cell].gates;
  return Array.from({ length: depth }, (_, level) => [
    atInput * units * (level === 0 ? inputs : units),
    atState * units * units,
  ]);
}

/** How many biases a level has. */
export function biasOf({ cell, units }: LayerShape): number {
  return CELLS[cell].biases * units;
}

export function decodeModel(raw: unknown): ModelSpec {
  const fields = fieldsOf(raw, "it");
  if (fields["version"] !== VERSION) {
    throw new WireError(
      `the model sent with this page is of version ${String(fields["version"])} and this page ` +
        `reads version ${VERSION}. Save the page again with one rnnviz_widget.`,
    );
  }
  const inputs = textsOf(fields["inputs"], "inputs");
  const outputs = fields["outputs"] === null ? inputs : textsOf(fields["outputs"], "outputs");
  const size = count(fields["size"], "size");
  const spec: ModelSpec = {
    name: text(fields["name"], "name"),
    precision: oneOf(fields["precision"], ["int8", "half"], "precision"),
    inputs,
    outputs,
    unknown: fields["unknown"] === null ? null : text(fields["unknown"], "unknown"),
    truth: oneOf(fields["truth"], ["word", "next", "none"], "truth"),
    noTruth: text(fields["no_truth"], "no_truth"),
    target: targetOf(fields["target"], outputs.length),
    measure: measureOf(fieldsOf(fields["measure"], "measure")),
    size,
    layers: layersOf(fields["layers"], size),
    weights: bytes(fields["weights"], "weights"),
    numbers: bytes(fields["numbers"], "numbers"),
  };
  if (spec.unknown !== null && !inputs.includes(spec.unknown)) throw damaged("unknown is no input");
  checkSizes(spec);
  if (crc32(spec.weights, spec.numbers) !== fields["check"]) {
    throw damaged("its weights do not fit their checksum");
  }
  return spec;
}

/** How many numbers there are in half, 8-bit and single precision. */
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

function layersOf(raw: unknown, size: number): LayerShape[] {
  let inputs = size;
  const layers = listOf(raw, "layers").map((item): LayerShape => {
    const fields = fieldsOf(item, "a layer");
    const cell = oneOf(fields["cell"], Object.keys(CELLS) as Cell[], "cell");
    const depth = count(fields["depth"], "depth");
    const layer = { cell, inputs, units: count(fields["units"], "units"), depth };
    if (depth !== 1 && !CELLS[cell].nested) throw damaged(`a ${cell} has a depth of ${depth}`);
    inputs = layer.units;
    return layer;
  });
  if (layers.length === 0) throw damaged("it has no layers");
  return layers;
}

function measureOf(fields: Fields): Measure {
  const name = oneOf(
    fields["name"],
    ["norm", "squared", "embedding_norm", "grad_x_input"],
    "measure",
  );
  return { name, signed: fields["signed"] === true, label: text(fields["label"], "label") };
}

function targetOf(raw: unknown, classes: number): ModelSpec["target"] {
  if (raw === "truth" || raw === "top") return raw;
  if (typeof raw === "number" && Number.isInteger(raw) && raw >= 0 && raw < classes) return raw;
  throw damaged("target is no class");
}

function fieldsOf(raw: unknown, what: string): Fields {
  if (typeof raw === "object" && raw !== null) return raw as Fields;
  throw damaged(`${what} is missing`);
}

function listOf(raw: unknown, what: string): readonly unknown[] {
  if (Array.isArray(raw)) return raw;
  throw damaged(`${what} is not a list`);
}

function textsOf(raw: unknown, what: string): string[] {
  const texts = listOf(raw, what).map((item) => text(item, what));
  if (texts.length === 0) throw damaged(`${what} is empty`);
  return texts;
}

function text(raw: unknown, what: string): string {
  if (typeof raw === "string") return raw;
  throw damaged(`${what} is not text`);
}

function count(raw: unknown, what: string): number {
  if (typeof raw === "number" && Number.isInteger(raw) && raw >= 1 && raw <= 2 ** 24) return raw;
  throw damaged(`${what} is not a size`);
}

function oneOf<T extends string>(raw: unknown, known: readonly T[], what: string): T {
  const found = known.find((one) => one === raw);
  if (found !== undefined) return found;
  throw damaged(`${what} is ${JSON.stringify(raw)?.slice(0, 40)}`);
}

/** Bytes at the start of a buffer of their own, which can be posted elsewhere without what lies around them. */
function bytes(raw: unknown, what: string): DataView {
  if (raw instanceof ArrayBuffer) return new DataView(raw);
  if (!ArrayBuffer.isView(raw)) throw damaged(`${what} is not bytes`);
  const { buffer, byteOffset, byteLength } = raw;
  if (byteLength === buffer.byteLength && buffer instanceof ArrayBuffer)
    return new DataView(buffer);
  return new DataView(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
}

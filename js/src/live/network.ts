/** A whole model: embedding, recurrent layers and head, forward over a text and backward from a number of one class. */
import type { Measure } from "../wire";
import { readHalves, readSingles } from "./bytes";
import { Gru } from "./gru";
import { at, type Layer, type LevelWeights, TokenBuffer } from "./layer";
import { Lstm } from "./lstm";
import { biasOf, type LayerShape, type ModelSpec, shapesOf, sizesOf, statesOf } from "./message";
import type { Load, Matrix } from "./products";
import { Rnn } from "./rnn";

/** How many tokens pass through a layer at a time, so that its weights stay in the cache. */
const TOGETHER = 64;

export class Network {
  readonly size: number;
  readonly classes: number;
  readonly embedding: Float32Array;
  readonly #layers: readonly Layer[];
  readonly #units: number;
  readonly #head: Matrix;
  /** The head's rows, with which gradients begin. */
  readonly #weight: Float32Array;
  readonly #bias: Float32Array;
  /** The top layer's outputs. */
  readonly #hidden: TokenBuffer;

  constructor(spec: ModelSpec, load: Load) {
    const { weights, numbers } = unpack(spec);
    this.size = spec.size;
    this.classes = spec.outputs.length;
    this.embedding = weights(spec.inputs.length * spec.size);
    this.#layers = spec.layers.map((shape) => {
      const levels: LevelWeights[] = [];
      const [sizes, bias] = [shapesOf(shape).map(([rows, cols]) => rows * cols), biasOf(shape)];
      for (let n = 0; n < sizes.length; n += 2) {
        const [wIh, wHh] = [weights(sizes[n] ?? 0), weights(sizes[n + 1] ?? 0)];
        levels.push({ wIh, wHh, bias: numbers(bias) });
      }
      return layerOf(shape, levels, numbers(statesOf(shape) * shape.units), load);
    });
    this.#units = spec.layers.at(-1)?.units ?? 0;
    this.#bias = numbers(this.classes);
    this.#weight =
      spec.precision === "half"
        ? weights(this.classes * this.#units)
        : eighths(spec, numbers(this.classes), this.#units);
    this.#head = load(this.classes, this.#units, this.#weight);
    this.#hidden = new TokenBuffer(this.#units);
  }

  /** Reads the tokens from `first` on; those before were read already. */
  read(ids: readonly number[], first: number): void {
    this.#hidden.room(ids.length);
    for (let from = first; from < ids.length; from += TOGETHER) {
      const some = ids.slice(from, from + TOGETHER);
      let x: Float32Array = new Float32Array(some.length * this.size);
      for (const [n, id] of some.entries()) {
        x.set(this.embedding.subarray(id * this.size, (id + 1) * this.size), n * this.size);
      }
      for (const layer of this.#layers) x = layer.read(from, some.length, x);
      this.#hidden.of(from, some.length).set(x);
    }
  }

  /** The logits at some tokens, (N, V). */
  logits(tokens: readonly number[]): Float32Array {
    const hidden = new Float32Array(tokens.length * this.#units);
    tokens.forEach((t, n) => {
      hidden.set(this.#hidden.of(t), n * this.#units);
    });
    const logits = this.#head.times(hidden, tokens.length);
    for (let n = 0; n < logits.length; n += this.classes) {
      for (let k = 0; k < this.classes; k++) logits[n + k] = at(logits, n + k) + at(this.#bias, k);
    }
    return logits;
  }

  /** The gradient of what is explained of a class at token s, at the embedded tokens 0 to s: (s + 1, D). */
  gradient(s: number, target: number, of: Measure["of"] = "logit"): Float32Array {
    const found = new Float32Array((s + 1) * this.size);
    for (const layer of this.#layers) layer.begin();
    for (let end = s + 1; end > 0; end -= TOGETHER) {
      const first = Math.max(0, end - TOGETHER);
      let above: Float32Array = new Float32Array((end - first) * this.#units);
      if (end === s + 1) {
        above.set(this.#begin(s, target, of), (s - first) * this.#units);
      }
      for (const layer of [...this.#layers].reverse()) {
        above = layer.back(first, end - first, above);
      }
      found.set(above, first * this.size);
    }
    return found;
  }

  /** Where that gradient begins: at what the head reads, (H); rnnviz_widget/engines/explained.py. */
  #begin(s: number, target: number, of: Measure["of"]): Float64Array {
    const { length } = this.#hidden.of(s);
    const row = Float64Array.from(this.#weight.subarray(target * length, (target + 1) * length));
    if (of === null || of === "logit") return row;
    // The softmax of zeros weighs all classes alike, as a mean does.
    const logits = of === "centred" ? new Float32Array(this.classes) : this.logits([s]);
    const largest = logits.reduce((most, logit) => Math.max(most, logit));
    const parts = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
    const sum = parts.reduce((total, part) => total + part);
    parts.forEach((part, k) => {
      for (let h = 0; h < length; h++) {
        row[h] = (row[h] as number) - (part / sum) * at(this.#weight, k * length + h);
      }
    });
    return row;
  }
}

function layerOf(
  shape: LayerShape,
  levels: LevelWeights[],
  starts: Float32Array,
  load: Load,
): Layer {
  const { cell, inputs, units } = shape;
  if (cell === "lstm" || cell === "nested-lstm") {
    return new Lstm(load, inputs, units, levels, starts, cell === "nested-lstm");
  }
  const level = levels[0] as LevelWeights;
  if (cell === "gru") return new Gru(load, inputs, units, level, starts);
  return new Rnn(load, inputs, units, level, starts, cell === "rnn-relu");
}

/** Reads the two byte arrays of weights, one after the other. */
function unpack({ weights, numbers }: ModelSpec) {
  let [half, single] = [0, 0];
  return {
    weights(count: number): Float32Array {
      half += 2 * count;
      return readHalves(weights, half - 2 * count, count);
    },
    numbers(count: number): Float32Array {
      single += 4 * count;
      return readSingles(numbers, single - 4 * count, count);
    },
  };
}

/** The 8-bit head: each row's integers times its scale. */
function eighths(spec: ModelSpec, scales: Float32Array, units: number): Float32Array {
  const from = 2 * sizesOf(spec).half;
  const steps = new Int8Array(spec.weights.buffer, spec.weights.byteOffset + from);
  const weights = new Float32Array(steps.length);
  for (let row = 0, n = 0; row < scales.length; row++) {
    const scale = at(scales, row);
    for (const end = n + units; n < end; n++) weights[n] = (steps[n] as number) * scale;
  }
  return weights;
}

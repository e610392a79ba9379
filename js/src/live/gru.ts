/**
 * Gated recurrent units, with torch's gates r, z, n and q = W_hn h' + b_hn; derivation in
 * rnnviz_widget/engines/sweep/cells/gru.py: h = (1 - z) n + z h', n = tanh(a_n + r q).
 */
import { at, type Layer, type LevelWeights, sigmoid, TokenBuffer, tanh } from "./layer";
import { type Load, type Matrix, transposed } from "./products";

export class Gru implements Layer {
  readonly #wIh: Matrix;
  readonly #wHh: Matrix;
  readonly #toInput: Matrix;
  readonly #toState: Matrix;
  readonly #bias: Float32Array;
  readonly #made: TokenBuffer;
  /** The factors of a gradient g at h: to r, z, n, q, and directly to h'. */
  readonly #factors: TokenBuffer;
  #carried: Float32Array;

  constructor(
    load: Load,
    inputs: number,
    private readonly units: number,
    { wIh, wHh, bias }: LevelWeights,
    private readonly start: Float32Array,
  ) {
    this.#wIh = load(3 * units, inputs, wIh);
    this.#wHh = load(3 * units, units, wHh);
    this.#toInput = load(inputs, 3 * units, transposed(wIh, 3 * units, inputs));
    this.#toState = load(units, 3 * units, transposed(wHh, 3 * units, units));
    this.#bias = bias;
    this.#made = new TokenBuffer(units);
    this.#factors = new TokenBuffer(5 * units);
    this.#carried = new Float32Array(units);
  }

  read(first: number, count: number, x: Float32Array): Float32Array {
    const { units } = this;
    const bias = this.#bias;
    this.#made.room(first + count);
    this.#factors.room(first + count);
    const sums = this.#wIh.times(x, count);
    let h = first === 0 ? this.start : this.#made.of(first - 1);
    for (let n = 0; n < count; n++) {
      const made = this.#made.of(first + n);
      const factors = this.#factors.of(first + n);
      const own = this.#wHh.times(h, 1);
      const from = 3 * n * units;
      for (let j = 0; j < units; j++) {
        const [jz, jn] = [units + j, 2 * units + j];
        const r = sigmoid(at(sums, from + j) + at(own, j) + at(bias, j));
        const z = sigmoid(at(sums, from + jz) + at(own, jz) + at(bias, jz));
        const q = at(own, jn) + at(bias, 3 * units + j);
        const new_ = tanh(at(sums, from + jn) + at(bias, jn) + r * q);
        made[j] = (1 - z) * new_ + z * at(h, j);
        const toN = (1 - z) * (1 - new_ * new_);
        factors[j] = toN * q * r * (1 - r);
        factors[jz] = (at(h, j) - new_) * z * (1 - z);
        factors[jn] = toN;
        factors[3 * units + j] = toN * r;
        factors[4 * units + j] = z;
      }
      h = made;
    }
    return this.#made.of(first, count);
  }

  begin(): void {
    this.#carried = new Float32Array(this.units);
  }

  back(first: number, count: number, above: Float32Array): Float32Array {
    const { units } = this;
    const gates = new Float32Array(3 * count * units);
    const own = new Float32Array(3 * units);
    for (let n = count - 1; n >= 0; n--) {
      const factors = this.#factors.of(first + n);
      const past = new Float32Array(units);
      const from = 3 * n * units;
      for (let j = 0; j < units; j++) {
        const [jz, jn] = [units + j, 2 * units + j];
        const g = at(this.#carried, j) + at(above, n * units + j);
        gates[from + j] = own[j] = g * at(factors, j);
        gates[from + jz] = own[jz] = g * at(factors, jz);
        gates[from + jn] = g * at(factors, jn);
        own[jn] = g * at(factors, 3 * units + j);
        past[j] = g * at(factors, 4 * units + j);
      }
      this.#carried = this.#toState.times(own, 1);
      for (let j = 0; j < units; j++) this.#carried[j] = at(this.#carried, j) + at(past, j);
    }
    return this.#toInput.times(gates, count);
  }
}

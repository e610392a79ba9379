/**
 * Minimal gated recurrent units: h = (1 - z) h' + z c, with z = sigmoid(W_z x + b_z) and c = W_h x + b_h;
 * rnnviz_widget/models/min_gru.py. No gate reads the state, so all products are with the input weights.
 */
import { at, type Layer, type LevelWeights, sigmoid, TokenBuffer } from "./layer";
import { type Load, type Matrix, transposed } from "./products";

export class MinGru implements Layer {
  readonly #wIh: Matrix;
  readonly #toInput: Matrix;
  readonly #bias: Float32Array;
  readonly #made: TokenBuffer;
  /** What a gradient g at h is multiplied with on its way to z, to c, and to h'. */
  readonly #factors: TokenBuffer;
  #carried: Float32Array;

  constructor(
    load: Load,
    inputs: number,
    private readonly units: number,
    { wIh, bias }: LevelWeights,
    private readonly start: Float32Array,
  ) {
    this.#wIh = load(2 * units, inputs, wIh);
    this.#toInput = load(inputs, 2 * units, transposed(wIh, 2 * units, inputs));
    this.#bias = bias;
    this.#made = new TokenBuffer(units);
    this.#factors = new TokenBuffer(3 * units);
    this.#carried = new Float32Array(units);
  }

  read(first: number, count: number, x: Float32Array): Float32Array {
    const { units } = this;
    this.#made.room(first + count);
    this.#factors.room(first + count);
    const sums = this.#wIh.times(x, count);
    let h = first === 0 ? this.start : this.#made.of(first - 1);
    for (let n = 0; n < count; n++) {
      const made = this.#made.of(first + n);
      const factors = this.#factors.of(first + n);
      const from = 2 * n * units;
      for (let j = 0; j < units; j++) {
        const z = sigmoid(at(sums, from + j) + at(this.#bias, j));
        const candidate = at(sums, from + units + j) + at(this.#bias, units + j);
        made[j] = (1 - z) * at(h, j) + z * candidate;
        factors[j] = (candidate - at(h, j)) * z * (1 - z);
        factors[units + j] = z;
        factors[2 * units + j] = 1 - z;
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
    const gates = new Float32Array(2 * count * units);
    for (let n = count - 1; n >= 0; n--) {
      const factors = this.#factors.of(first + n);
      const from = 2 * n * units;
      for (let j = 0; j < units; j++) {
        const g = at(this.#carried, j) + at(above, n * units + j);
        gates[from + j] = g * at(factors, j);
        gates[from + units + j] = g * at(factors, units + j);
        this.#carried[j] = g * at(factors, 2 * units + j);
      }
    }
    return this.#toInput.times(gates, count);
  }
}

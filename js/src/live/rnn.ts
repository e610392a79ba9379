/** Plain recurrent layers: h = f(W_ih x + W_hh h' + b), f = tanh or relu; rnnviz_widget/engines/sweep/cells/rnn.py. */
import { at, type Layer, type LevelWeights, TokenBuffer, tanh } from "./layer";
import { type Load, type Matrix, transposed } from "./products";

export class Rnn implements Layer {
  readonly #wIh: Matrix;
  readonly #wHh: Matrix;
  readonly #toInput: Matrix;
  readonly #toState: Matrix;
  readonly #bias: Float32Array;
  readonly #made: TokenBuffer;
  #carried: Float32Array;

  constructor(
    load: Load,
    inputs: number,
    private readonly units: number,
    { wIh, wHh, bias }: LevelWeights,
    private readonly start: Float32Array,
    private readonly relu: boolean,
  ) {
    this.#wIh = load(units, inputs, wIh);
    this.#wHh = load(units, units, wHh);
    this.#toInput = load(inputs, units, transposed(wIh, units, inputs));
    this.#toState = load(units, units, transposed(wHh, units, units));
    this.#bias = bias;
    this.#made = new TokenBuffer(units);
    this.#carried = new Float32Array(units);
  }

  read(first: number, count: number, x: Float32Array): Float32Array {
    const { units, relu } = this;
    this.#made.room(first + count);
    const sums = this.#wIh.times(x, count);
    let h = first === 0 ? this.start : this.#made.of(first - 1);
    for (let n = 0; n < count; n++) {
      const made = this.#made.of(first + n);
      const own = this.#wHh.times(h, 1);
      for (let j = 0; j < units; j++) {
        const sum = at(sums, n * units + j) + at(own, j) + at(this.#bias, j);
        made[j] = relu ? Math.max(0, sum) : tanh(sum);
      }
      h = made;
    }
    return this.#made.of(first, count);
  }

  begin(): void {
    this.#carried = new Float32Array(this.units);
  }

  back(first: number, count: number, above: Float32Array): Float32Array {
    const { units, relu } = this;
    const gates = new Float32Array(count * units);
    for (let n = count - 1; n >= 0; n--) {
      const made = this.#made.of(first + n);
      const from = n * units;
      for (let j = 0; j < units; j++) {
        const h = at(made, j);
        const slope = relu ? (h > 0 ? 1 : 0) : 1 - h * h;
        gates[from + j] = (at(this.#carried, j) + at(above, from + j)) * slope;
      }
      this.#carried = this.#toState.times(gates.subarray(from, from + units), 1);
    }
    return this.#toInput.times(gates, count);
  }
}

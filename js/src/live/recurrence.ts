/** Layers whose only state is h: they run one cell's equations forward and backward through a text. */
import { at, type Layer, type LevelWeights, TokenBuffer } from "./layer";
import { type Load, type Matrix, transposed } from "./products";

export interface StepNumbers {
  readonly units: number;
  /** W_ih x, gate after gate, without biases. */
  readonly sums: Float32Array;
  /** W_hh h', likewise; empty where no gate reads the state. */
  readonly own: Float32Array;
  readonly bias: Float32Array;
  /** The state before the step. */
  readonly h: Float32Array;
  /** Receives the state after it. */
  readonly made: Float32Array;
  /**
   * Receives the factors of a gradient at h on its way to the gates at the input, to the gates at the state, and to h'
   * past the gates: `units` numbers each.
   */
  readonly factors: Float32Array;
}

/** The equations of a cell: one step forward. */
export type CellStep = (numbers: StepNumbers) => void;

/** How many gates read the input, and how many the state. */
export type GateCounts = readonly [atInput: number, atState: number];

export class Recurrence implements Layer {
  readonly #wIh: Matrix;
  readonly #toInput: Matrix;
  /** W_hh and its transpose. */
  readonly #state: readonly [Matrix, Matrix] | null;
  readonly #made: TokenBuffer;
  readonly #factors: TokenBuffer;
  #carried: Float32Array;

  constructor(
    load: Load,
    inputs: number,
    private readonly units: number,
    private readonly gates: GateCounts,
    private readonly weights: LevelWeights,
    private readonly start: Float32Array,
    private readonly step: CellStep,
  ) {
    const [atInput, atState] = [gates[0] * units, gates[1] * units];
    const { wIh, wHh } = weights;
    this.#wIh = load(atInput, inputs, wIh);
    this.#toInput = load(inputs, atInput, transposed(wIh, atInput, inputs));
    this.#state =
      atState === 0
        ? null
        : [load(atState, units, wHh), load(units, atState, transposed(wHh, atState, units))];
    this.#made = new TokenBuffer(units);
    this.#factors = new TokenBuffer(atInput + atState + units);
    this.#carried = new Float32Array(units);
  }

  read(first: number, count: number, x: Float32Array): Float32Array {
    const { units, step } = this;
    const { bias } = this.weights;
    const width = this.gates[0] * units;
    this.#made.room(first + count);
    this.#factors.room(first + count);
    const all = this.#wIh.times(x, count);
    let h = first === 0 ? this.start : this.#made.of(first - 1);
    for (let n = 0; n < count; n++) {
      const [made, factors] = [this.#made.of(first + n), this.#factors.of(first + n)];
      const sums = all.subarray(n * width, (n + 1) * width);
      const own = this.#state?.[0].times(h, 1) ?? new Float32Array(0);
      step({ units, sums, own, bias, h, made, factors });
      h = made;
    }
    return this.#made.of(first, count);
  }

  begin(): void {
    this.#carried = new Float32Array(this.units);
  }

  back(first: number, count: number, above: Float32Array): Float32Array {
    const { units } = this;
    const [atInput, atState] = [this.gates[0] * units, this.gates[1] * units];
    const gates = new Float32Array(count * atInput);
    const own = new Float32Array(atState);
    for (let n = count - 1; n >= 0; n--) {
      const factors = this.#factors.of(first + n);
      const past = new Float32Array(units);
      for (let j = 0; j < units; j++) {
        const g = at(this.#carried, j) + at(above, n * units + j);
        for (let i = j; i < atInput; i += units) gates[n * atInput + i] = g * at(factors, i);
        for (let i = j; i < atState; i += units) own[i] = g * at(factors, atInput + i);
        past[j] = g * at(factors, atInput + atState + j);
      }
      const through = this.#state?.[1].times(own, 1);
      this.#carried = through ? past.map((each, j) => each + at(through, j)) : past;
    }
    return this.#toInput.times(gates, count);
  }
}

/**
 * LSTMs of any depth of nesting; rnnviz_widget/engines/sweep/cells/lstm.py has the equations and derivatives.
 * Level n reads u and v (the outermost: x and h') and outputs h_n = o tanh(c); the next level reads i g and f c', and its
 * output is c, except at the innermost level, where c = f c' + i g.
 */
import { at, type Layer, type LevelWeights, sigmoid, TokenBuffer, tanh } from "./layer";
import { type Load, type Matrix, transposed } from "./products";

/** A level's products, the numbers it keeps for each token, and the gradients it carries backwards. */
interface Own {
  /** The weights: of [u, v], (4H, 2H), at inner levels; of h', (4H, H), at the outermost. */
  readonly forth: Matrix;
  readonly back: Matrix;
  readonly bias: Float32Array;
  readonly memory: TokenBuffer;
  readonly start: Float32Array;
  /** Factors: to the gates i, f, g, o; from h_n to the memory; from the memory to the one before it. */
  readonly factors: TokenBuffer;
  carried: Float32Array;
}

export class Lstm implements Layer {
  readonly #wIh: Matrix;
  readonly #toInput: Matrix;
  readonly #levels: readonly Own[];
  readonly #made: TokenBuffer;
  #carried: Float32Array;

  /** `starts` holds h and each level's memory; in a nested LSTM the outermost g has no tanh. */
  constructor(
    load: Load,
    inputs: number,
    private readonly units: number,
    levels: readonly LevelWeights[],
    private readonly starts: Float32Array,
    private readonly nested: boolean,
  ) {
    const wIh = levels[0]?.wIh ?? new Float32Array(0);
    this.#wIh = load(4 * units, inputs, wIh);
    this.#toInput = load(inputs, 4 * units, transposed(wIh, 4 * units, inputs));
    this.#levels = levels.map(({ wIh: u, wHh: v, bias }, n) => {
      const [weights, width] = n === 0 ? [v, units] : [beside(u, v, units), 2 * units];
      return {
        forth: load(4 * units, width, weights),
        back: load(width, 4 * units, transposed(weights, 4 * units, width)),
        bias,
        memory: new TokenBuffer(units),
        start: starts.subarray((n + 1) * units, (n + 2) * units),
        factors: new TokenBuffer(6 * units),
        carried: new Float32Array(units),
      };
    });
    this.#made = new TokenBuffer(units);
    this.#carried = new Float32Array(units);
  }

  read(first: number, count: number, x: Float32Array): Float32Array {
    const { units } = this;
    this.#made.room(first + count);
    for (const level of this.#levels) {
      level.memory.room(first + count);
      level.factors.room(first + count);
    }
    const sums = this.#wIh.times(x, count);
    let h = first === 0 ? this.starts.subarray(0, units) : this.#made.of(first - 1);
    for (let n = 0; n < count; n++) {
      const at_x = sums.subarray(4 * n * units, 4 * (n + 1) * units);
      this.#step(first + n, at_x, h);
      h = this.#made.of(first + n);
    }
    return this.#made.of(first, count);
  }

  #step(t: number, atX: Float32Array, h: Float32Array): void {
    const { units } = this;
    const levels = this.#levels;
    const opened: Float32Array[] = [];
    let reads = h;
    levels.forEach((level, n) => {
      const gates = level.forth.times(reads, 1);
      const before = t === 0 ? level.start : level.memory.of(t - 1);
      const linear = this.nested && n === 0;
      reads = new Float32Array(2 * units);
      for (let j = 0; j < 4 * units; j++) {
        const sum = at(gates, j) + at(level.bias, j) + (n === 0 ? at(atX, j) : 0);
        const isG = j >= 2 * units && j < 3 * units;
        gates[j] = !isG ? sigmoid(sum) : linear ? sum : tanh(sum);
      }
      for (let j = 0; j < units; j++) {
        reads[j] = at(gates, j) * at(gates, 2 * units + j);
        reads[units + j] = at(gates, units + j) * at(before, j);
      }
      opened.push(gates);
    });
    let inner = new Float32Array(units);
    for (let j = 0; j < units; j++) inner[j] = at(reads, j) + at(reads, units + j);
    for (let n = levels.length - 1; n >= 0; n--) {
      inner = this.#close(t, n, opened[n] as Float32Array, inner);
    }
    this.#made.of(t).set(inner);
  }

  /** Keeps a level's memory with the level's factors, and returns the level's output. */
  #close(t: number, n: number, gates: Float32Array, memory: Float32Array) {
    const { units } = this;
    const level = this.#levels[n] as Own;
    const before = t === 0 ? level.start : level.memory.of(t - 1);
    const factors = level.factors.of(t);
    const linear = this.nested && n === 0;
    const made = new Float32Array(units);
    level.memory.of(t).set(memory);
    for (let j = 0; j < units; j++) {
      const [i, f] = [at(gates, j), at(gates, units + j)];
      const [g, o] = [at(gates, 2 * units + j), at(gates, 3 * units + j)];
      const squashed = tanh(at(memory, j));
      made[j] = o * squashed;
      factors[j] = g * i * (1 - i);
      factors[units + j] = at(before, j) * f * (1 - f);
      factors[2 * units + j] = linear ? i : i * (1 - g * g);
      factors[3 * units + j] = squashed * o * (1 - o);
      factors[4 * units + j] = o * (1 - squashed * squashed);
      factors[5 * units + j] = f;
    }
    return made;
  }

  begin(): void {
    this.#carried = new Float32Array(this.units);
    for (const level of this.#levels) level.carried = new Float32Array(this.units);
  }

  back(first: number, count: number, above: Float32Array): Float32Array {
    const { units } = this;
    const gates = new Float32Array(4 * count * units);
    for (let n = count - 1; n >= 0; n--) {
      const e = new Float32Array(units);
      for (let j = 0; j < units; j++) e[j] = at(this.#carried, j) + at(above, n * units + j);
      gates.set(this.#stepBack(first + n, e), 4 * n * units);
    }
    return this.#toInput.times(gates, count);
  }

  /** From the gradient at h to that at the outermost gates; updates the gradients at the states. */
  #stepBack(t: number, atH: Float32Array): Float32Array {
    const { units } = this;
    const levels = this.#levels;
    // The gradient at each level's output; a level's memory is the next level's output.
    const atMade = [atH];
    levels.forEach(({ factors, carried }, n) => {
      const e = atMade[n] as Float32Array;
      const toMemory = factors.of(t);
      atMade.push(e.map((each, j) => at(carried, j) + each * at(toMemory, 4 * units + j)));
    });
    let [atU, atV] = [atMade[levels.length], atMade[levels.length]] as [Float32Array, Float32Array];
    let gates = new Float32Array(0);
    for (let n = levels.length - 1; n >= 0; n--) {
      const level = levels[n] as Own;
      const e = atMade[n] as Float32Array;
      const factors = level.factors.of(t);
      gates = new Float32Array(4 * units);
      for (let j = 0; j < units; j++) {
        const [u, v] = [at(atU, j), at(atV, j)];
        gates[j] = u * at(factors, j);
        gates[units + j] = v * at(factors, units + j);
        gates[2 * units + j] = u * at(factors, 2 * units + j);
        gates[3 * units + j] = at(e, j) * at(factors, 3 * units + j);
        level.carried[j] = v * at(factors, 5 * units + j);
      }
      const carried = level.back.times(gates, 1);
      if (n > 0) [atU, atV] = [carried.subarray(0, units), carried.subarray(units)];
      else this.#carried = carried;
    }
    return gates;
  }
}

/** [u, v] of (4H, H) each, row by row. */
function beside(u: Float32Array, v: Float32Array, units: number): Float32Array {
  const both = new Float32Array(u.length + v.length);
  for (let r = 0; r < 4 * units; r++) {
    both.set(u.subarray(r * units, (r + 1) * units), 2 * r * units);
    both.set(v.subarray(r * units, (r + 1) * units), (2 * r + 1) * units);
  }
  return both;
}

/** The interface of a recurrent layer that reads a text, and what the cells share. */

export interface Layer {
  /** Reads tokens `first` to `first + count - 1`, replacing all from `first` on; returns its outputs, (count, H). */
  read(first: number, count: number, x: Float32Array): Float32Array;
  /** Begins to carry one row backwards. */
  begin(): void;
  /**
   * Carries the row from the state after token `first + count - 1` to the one before `first`.
   * `above` is the gradient at the layer's outputs, (count, H); returns that at its inputs, (count, D).
   */
  back(first: number, count: number, above: Float32Array): Float32Array;
}

/** The weights of one level of a layer. */
export interface LevelWeights {
  readonly wIh: Float32Array;
  readonly wHh: Float32Array;
  readonly bias: Float32Array;
}

export const at = (values: Float32Array, index: number): number => values[index] as number;

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** tanh, several times as fast as Math.tanh, exact to 1e-16. */
export const tanh = (x: number): number => 1 - 2 / (1 + Math.exp(2 * x));

/** Numbers kept for each token, in an array that grows. */
export class TokenBuffer {
  values = new Float32Array(0);

  constructor(readonly width: number) {}

  room(tokens: number): void {
    if (this.values.length >= tokens * this.width) return;
    const larger = new Float32Array(Math.ceil(1.5 * tokens) * this.width);
    larger.set(this.values);
    this.values = larger;
  }

  /** The numbers of tokens `first` to `first + count - 1`. */
  of(first: number, count = 1): Float32Array {
    return this.values.subarray(first * this.width, (first + count) * this.width);
  }
}

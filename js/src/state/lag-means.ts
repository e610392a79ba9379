/** What share of a row is to be expected at a lag: the mean over the rows of a text; `picture/lag_means.py`. */
import { ROW_STEPS, type Row } from "../wire";

export class LagMeans {
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;

  constructor(private readonly outputs: number) {
    this.#sums = new Float64Array(2 * outputs);
    this.#counts = new Float64Array(2 * outputs);
  }

  /** Counts the whole row of output `s`; one of zeros has no shares. */
  add(s: number, { values, peak, total }: Row): void {
    if (total === 0) return;
    const unit = peak / total / ROW_STEPS;
    for (let t = 0; t < values.length; t++) {
      const k = s - t + this.outputs;
      this.#sums[k] = (this.#sums[k] ?? 0) + Math.abs(values[t] ?? 0) * unit;
      this.#counts[k] = (this.#counts[k] ?? 0) + 1;
    }
  }

  /** The mean share as many tokens before output `s` as input `t` lies. */
  at(s: number, t: number): number {
    const k = s - t + this.outputs;
    const count = this.#counts[k] ?? 0;
    return count > 0 ? (this.#sums[k] ?? 0) / count : 0;
  }
}

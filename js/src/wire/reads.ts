/** Which tokens each output reads; the others are hatched. As `rnnviz_widget/scene/reads.py`. */
import type { Bound, ReadsMessage } from "./generated";

export class Reads {
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  readonly #skipped: ReadonlySet<number>;
  /** Whether no output reads a token after its own. */
  readonly causal: boolean;
  /** Whether no output reads a token before its own, and some read later ones. */
  readonly backward: boolean;
  /** Whether each output reads all tokens, as far as known. */
  readonly whole: boolean;

  constructor({ first, last, skipped }: ReadsMessage, tokens: number) {
    this.#first = tokensOf(first, tokens);
    this.#last = tokensOf(last, tokens);
    this.#skipped = new Set(skipped);
    this.causal = this.#last.every((t, s) => t <= s);
    this.backward = !this.causal && this.#first.every((t, s) => t >= s);
    this.whole =
      skipped.length === 0 &&
      this.#first.every((t) => t <= 0) &&
      this.#last.every((t) => t >= tokens - 1);
  }

  /** Whether output `s` reads token `t`. What an output at a skipped token skips is not known. */
  reads(s: number, t: number): boolean {
    const passed = this.#skipped.has(t) && !this.#skipped.has(s);
    return (this.#first[s] ?? 0) <= t && t <= (this.#last[s] ?? 0) && !passed;
  }

  /** Whether output `s` reads any of these tokens. */
  readsAny(s: number, tokens: readonly number[]): boolean {
    return tokens.some((t) => this.reads(s, t));
  }
}

/** A token for each output s: s + offset, limited to the range from low to high. */
function tokensOf([offset, low, high]: Bound, tokens: number): Int32Array {
  return Int32Array.from({ length: tokens }, (_, s) => Math.min(Math.max(s + offset, low), high));
}

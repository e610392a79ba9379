/** Words for who does not see the picture: said once the keyboard rests, so that not every step is. */
import { make, mark, onAbort, write } from "../core/dom";
import type { After } from "../state/shown-position";

/** In milliseconds. */
const REST = 350;

export class SpokenAtRest {
  readonly el = make("div", "spoken");
  #end: (() => void) | null = null;

  constructor(
    private readonly after: After,
    signal: AbortSignal,
  ) {
    mark(this.el, "role", "status");
    onAbort(signal, () => this.#end?.());
  }

  say(words: string): void {
    this.#end?.();
    this.#end = this.after(REST, () => write(this.el, words));
  }
}

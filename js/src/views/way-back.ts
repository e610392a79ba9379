/** Says that the text of a match is shown, with the way back to the reader's own. */
import { listen, make, makeButton, write } from "../core/dom";
import type { VisitedMatch } from "../wire/generated";

export class WayBack {
  readonly el = make("div", "way-back");
  readonly #words = make("span", "way-back-words");
  readonly #button = makeButton("button", "");

  constructor(back: () => void, signal: AbortSignal) {
    listen(this.#button, "click", back, signal);
    this.el.append(this.#words, this.#button);
    this.el.hidden = true;
  }

  /** Null: the reader's own text is shown. `corpus`: what the corpus is called. */
  show(visited: VisitedMatch | null, corpus: string): void {
    this.el.hidden = visited === null;
    if (visited === null) return;
    write(this.#words, `This is text ${visited.text + 1} of ${corpus}.`);
    write(this.#button, `← back to “${visited.left}…”`);
  }
}

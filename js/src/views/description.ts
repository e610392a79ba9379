/** The picture in words, ready to be copied. */
import { listen, make, makeButton, write } from "../core/dom";

/** How long "copied" is shown, in milliseconds. */
const COPIED_FOR = 2000;

export class Description {
  readonly el: HTMLElement;
  readonly #words: HTMLElement;
  readonly #copy = makeButton("button copy", "copy", "Copy these words");

  constructor(text: string, signal: AbortSignal) {
    this.#words = make("p", "words", text);
    this.el = make("div", "in-words", this.#words, this.#copy);
    listen(this.#copy, "click", () => void this.#copied(), signal);
  }

  show(text: string): void {
    write(this.#words, text);
  }

  async #copied(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.#words.textContent ?? "");
      write(this.#copy, "copied");
    } catch {
      // A page from disk, or in a frame, may not use the clipboard: select the text for the reader.
      getSelection()?.selectAllChildren(this.#words);
      write(this.#copy, "selected: copy it by key");
    }
    setTimeout(() => write(this.#copy, "copy"), COPIED_FOR);
  }
}

/** The picture in words: folded away until asked for, and ready to be copied. */
import { make, write } from "../core/dom";

/** How long it is said that the words were copied. */
const SAID = 2000;

export class Description {
  readonly el: HTMLDetailsElement;
  readonly #words = make("p", "words");
  readonly #copy = make("button", "button copy", "copy");

  constructor(signal: AbortSignal) {
    const summary = make("summary", "in-words-summary", "in words");
    this.el = make("details", "in-words", summary, this.#words, this.#copy);
    for (const el of [summary, this.#copy]) el.dataset["lmSuppressShortcuts"] = "true";
    this.#copy.type = "button";
    this.#copy.title = "Copy these words";
    this.#copy.addEventListener("click", () => void this.#copied(), { signal });
    // What folds and unfolds by a key is no business of the host.
    this.el.addEventListener(
      "keydown",
      (event) => event.key !== "Escape" && event.stopPropagation(),
      {
        signal,
      },
    );
  }

  show(words: string): void {
    write(this.#words, words);
  }

  async #copied(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.#words.textContent ?? "");
      write(this.#copy, "copied");
    } catch {
      // A page from disk, or in a frame, may not write there: the reader can.
      getSelection()?.selectAllChildren(this.#words);
      write(this.#copy, "selected: copy it by key");
    }
    setTimeout(() => write(this.#copy, "copy"), SAID);
  }
}

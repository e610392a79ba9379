/** The picture in words: shown at once, to copy, and read aloud after a debounce. */
import { make, mark, onAbort, write } from "../core/dom";
import { Description } from "./description";
import { Fold, type OpenParts } from "./fold";

/** How long the position must rest before the picture is read aloud (debounce), in milliseconds. */
const REST = 400;

export class Announcer {
  /** The live region for screen readers. */
  readonly spoken = make("div", "spoken");
  readonly fold: Fold<Description>;
  #text = () => "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(opened: OpenParts, signal: AbortSignal) {
    this.fold = new Fold(
      "words",
      opened,
      "in words",
      "The picture in words, with its true numbers, to copy",
      () => new Description(this.#text(), signal),
      signal,
    );
    mark(this.spoken, "aria-live", "polite");
    onAbort(signal, () => clearTimeout(this.#timer));
    this.fold.restore();
  }

  /** `text` returns the picture in words, when they are needed; `more` what is only read aloud, at that time. */
  announce(text: () => string, more: () => readonly string[]): void {
    clearTimeout(this.#timer);
    this.#text = text;
    this.fold.part?.show(text());
    this.#timer = setTimeout(() => {
      const sentences = [text(), ...more()].filter((one) => one !== "");
      write(this.spoken, sentences.join(" "));
    }, REST);
  }
}

/** The picture in words: to unfold and copy at once, and read out when the reader rests. */
import { make, mark, write } from "../core/dom";
import { Description } from "./description";
import { Fold, type OpenParts } from "./fold";

/** How long the reader rests before the picture is read out. */
const REST = 400;

export class Announcer {
  /** What a screen reader hears. */
  readonly spoken = make("div", "spoken");
  readonly fold: Fold<Description>;
  #text = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(opened: OpenParts, signal: AbortSignal) {
    this.fold = new Fold(
      "words",
      opened,
      "in words",
      "The picture in words, with its true numbers, to copy",
      () => new Description(this.#text, signal),
      signal,
    );
    mark(this.spoken, "aria-live", "polite");
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
    this.fold.restore();
  }

  /** `more` is what is only read out, as it is by then. */
  announce(text: string, more: () => readonly string[]): void {
    clearTimeout(this.#timer);
    this.#text = text;
    this.fold.part?.show(text);
    this.#timer = setTimeout(() => {
      const sentences = [text, ...more()].filter((one) => one !== "");
      write(this.spoken, sentences.join(" "));
    }, REST);
  }
}

/** The picture in words: to unfold and copy at once, and read out when the reader rests. */
import { make, write } from "../core/dom";
import { Description } from "./description";

/** How long the reader rests before the picture is read out. */
const SPEAKING = 400;

export class Announcer {
  /** What a screen reader hears. */
  readonly spoken = make("div", "spoken");
  readonly description: Description;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(signal: AbortSignal) {
    this.description = new Description(signal);
    this.spoken.setAttribute("aria-live", "polite");
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** `more` is what is only read out, as it is by then. */
  say(words: string, more: () => readonly string[]): void {
    clearTimeout(this.#timer);
    this.description.show(words);
    this.#timer = setTimeout(() => {
      const said = [words, ...more()].filter((one) => one !== "");
      write(this.spoken, said.join(" "));
    }, SPEAKING);
  }
}

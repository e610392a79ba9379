/** The sheet that tells what keys, pointer and finger do; folded away until asked for. */
import { make, mark } from "../core/dom";

const SHEET = [
  ["← → ↑ ↓", "walk through the text; with Ctrl or Alt by words, Home and End to its ends"],
  ["Enter or click", "pin the character, so that the picture stays; again to release it"],
  ["Shift + arrows, or drag", "brush a span and read its share; double-click a word to brush it"],
  ["Esc", "forget the brushed span, then release the pin"],
  ["hold Shift", "what an input, or the brushed span, influenced, while the pointer is here"],
  ["P", "walk through the text by itself, or stop"],
  ["?", "open or close this sheet"],
  ["finger", "tap to read and again to pin; slide along a line; slide while pinned to brush"],
] as const;

/** What there is to do with predictions, where another class can be explained. */
const TARGETS = [
  ["click a prediction", "explain it; with Shift: why it rather than the one explained now"],
] as const;

export class Help {
  readonly el: HTMLElement;
  readonly button = make("button", "button help-button", "keys");

  constructor(choosable: boolean, signal: AbortSignal) {
    const rows = [...SHEET, ...(choosable ? TARGETS : [])];
    this.el = make(
      "dl",
      "help",
      ...rows.flatMap(([key, what]) => [
        make("dt", "help-key", key),
        make("dd", "help-what", what),
      ]),
    );
    this.button.type = "button";
    this.button.title = "What keys, pointer and finger do";
    this.button.dataset["lmSuppressShortcuts"] = "true";
    this.button.addEventListener("click", () => this.toggle(), { signal });
    this.#show(false);
  }

  toggle(): void {
    this.#show(this.el.hidden !== false);
  }

  #show(open: boolean): void {
    this.el.hidden = !open;
    mark(this.button, "aria-expanded", String(open));
  }
}

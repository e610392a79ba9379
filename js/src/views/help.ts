/** The help sheet: what keys, pointer and touch do. */
import { make } from "../core/dom";

const SHEET = [
  ["← → ↑ ↓", "walk through the text; with Ctrl or Alt by words, Home and End to its ends"],
  ["Enter or click", "pin the character, so that the picture stays; again to release it"],
  ["Shift + arrows, or drag", "brush a span and read its share; double-click a word to brush it"],
  ["Esc", "forget the brushed span, then release the pin, then close the controls"],
  ["hold Shift", "what an input, or the brushed span, influenced, while the pointer is here"],
  ["C", "open the controls, or go to them; Esc closes them"],
  ["E", "edit the text, or close the editor"],
  ["P", "walk through the text by itself, or stop"],
  ["?", "open or close this sheet"],
  ["finger", "tap to read and again to pin; slide along a line; slide while pinned to brush"],
] as const;

/** What the reader can do with predictions, if another class can be explained. */
const TARGETS = [
  ["click a prediction", "explain it; with Shift: why it rather than the one explained now"],
] as const;

export class Help {
  readonly el: HTMLElement;

  constructor(
    can: { readonly choose: boolean; readonly edit: boolean },
    instruments: readonly (readonly [string, string])[],
  ) {
    const sheet = SHEET.filter(([key]) => can.edit || key !== "E");
    const rows = [...sheet, ...instruments, ...(can.choose ? TARGETS : [])];
    this.el = make(
      "dl",
      "help",
      ...rows.flatMap(([key, what]) => [
        make("dt", "help-key", key),
        make("dd", "help-what", what),
      ]),
    );
  }
}

/** The text field: as high as its text, with marks behind it; changes by program can be undone like typing. */
import { make, mark } from "../core/dom";
import type { TextChange } from "./apply-suggestion";

export class TextField {
  readonly el: HTMLElement;
  readonly #behind = make("span", "field-behind");
  /** Characters that no model has a symbol for. */
  #strange = new Set<string>();

  constructor(readonly input: HTMLTextAreaElement) {
    // Both lie in one cell, which is as high as the text behind: so they wrap alike and scroll together.
    this.el = make("span", "field", make("span", "field-cell", this.#behind, input));
    input.rows = 1;
    input.spellcheck = false;
    input.autocomplete = "off";
    input.autocapitalize = "off";
    input.dir = this.#behind.dir = "auto";
    mark(this.#behind, "aria-hidden", "true");
  }

  get text(): string {
    return this.input.value;
  }

  /** Replaces the text; typing before that can't be undone any more. */
  set text(text: string) {
    this.input.value = text;
    this.draw();
  }

  /** The number of characters before the caret, or before the end of a selection, such as after an undo. */
  get caret(): number {
    return Array.from(this.text.slice(0, this.input.selectionEnd)).length;
  }

  set caret(characters: number) {
    const at = Array.from(this.text).slice(0, characters).join("").length;
    this.input.setSelectionRange(at, at);
  }

  get selects(): boolean {
    return this.input.selectionStart !== this.input.selectionEnd;
  }

  /** Whether the caret is on the last line. */
  get onLastLine(): boolean {
    return this.#top(this.input.selectionEnd) === this.#top(this.text.length);
  }

  /** The place of the character after a caret position, measured in the text behind. */
  #top(at: number): number {
    const texts = document.createTreeWalker(this.#behind, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    let left = at;
    for (let node = texts.nextNode() as Text | null; node; node = texts.nextNode() as Text | null) {
      if (left < node.length) {
        range.setStart(node, left);
        range.setEnd(node, left + 1);
        break;
      }
      left -= node.length;
    }
    return range.getBoundingClientRect().top;
  }

  /** Changes the text as if by typing; the caret is then after the inserted text. */
  change({ start, end, text }: TextChange): void {
    const { input } = this;
    const changed = this.text.slice(0, start) + text + this.text.slice(end);
    input.focus();
    input.setSelectionRange(start, end);
    // The only way to keep the browser's undo; if it is missing, set the text without undo.
    const done = document.execCommand(text === "" ? "delete" : "insertText", false, text);
    if (done && this.text === changed) return;
    input.value = changed;
    input.setSelectionRange(start + text.length, start + text.length);
    input.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText" }));
  }

  /** Marks these characters, and equal ones that are typed later. */
  mark(positions: readonly number[]): void {
    const characters = Array.from(this.text);
    this.#strange = new Set(positions.flatMap((p) => characters[p] ?? []));
    this.draw();
  }

  /** Updates the text behind to the field's text. */
  draw(): void {
    const nodes: (Node | string)[] = [];
    let plain = "";
    for (const character of this.#strange.size > 0 ? Array.from(this.text) : [this.text]) {
      if (!this.#strange.has(character)) {
        plain += character;
        continue;
      }
      const mark = make("span", "strange", character);
      // A line break has no width to underline.
      if (character === "\n") mark.dataset["break"] = "true";
      nodes.push(plain, mark);
      plain = "";
    }
    // An empty last line must have its height, too.
    this.#behind.replaceChildren(...nodes, `${plain}\u200b`);
  }
}

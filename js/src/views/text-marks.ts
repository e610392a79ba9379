/** The marks on a text beside its colours: the character shown, its token, an awaited one, and the brushed span. */
import { toggle } from "../core/dom";
import type { Span } from "../core/scales";

export class TextMarks {
  /** The character shown, and its whole token. */
  #selected: readonly [HTMLElement | undefined, readonly HTMLElement[]] = [undefined, []];
  #pending: HTMLElement | undefined;
  #brushed: readonly HTMLElement[] = [];
  #brush: Span | null = null;

  constructor(private spans: readonly HTMLElement[]) {}

  /** The characters are others, of which some may have these marks. */
  setSpans(spans: readonly HTMLElement[]): void {
    this.expect(null);
    this.spans = spans;
    this.brush(this.#brush);
  }

  /** Underlines a character and its whole token. */
  select(position: number, start: number | undefined, end: number | undefined): void {
    this.#markSelected(false);
    const own = this.spans[position];
    const mates = this.spans.slice(start, end);
    this.#selected = [own, mates];
    this.#markSelected(true);
  }

  #markSelected(on: boolean): void {
    const [own, mates] = this.#selected;
    toggle(own, "selected", on);
    for (const span of mates) toggle(span, "mate", on);
  }

  /** Outlines a character whose rows are awaited. */
  expect(position: number | null): void {
    toggle(this.#pending, "pending", false);
    this.#pending = position === null ? undefined : this.spans[position];
    toggle(this.#pending, "pending", true);
  }

  brush(brush: Span | null): void {
    this.#markBrushed(false);
    this.#brushed = brush === null ? [] : this.spans.slice(brush.start, brush.end);
    this.#brush = brush;
    this.#markBrushed(true);
  }

  #markBrushed(on: boolean): void {
    const spans = this.#brushed;
    toggle(spans[0], "brushed-first", on);
    toggle(spans.at(-1), "brushed-last", on);
    for (const span of spans) toggle(span, "brushed", on);
  }
}

/** The marks on a text beside its colours: the character shown, its token, an awaited one, and the brushed span. */
import type { Span } from "../core/scales";

export class TextMarks {
  #selected: readonly HTMLElement[] = [];
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
    for (const span of this.#selected) span.classList.remove("rnnviz-selected", "rnnviz-mate");
    const own = this.spans[position];
    const mates = this.spans.slice(start, end);
    for (const span of mates) span.classList.add("rnnviz-mate");
    own?.classList.add("rnnviz-selected");
    this.#selected = own === undefined ? mates : [own, ...mates];
  }

  /** Outlines a character whose rows are awaited. */
  expect(position: number | null): void {
    this.#pending?.classList.remove("rnnviz-pending");
    this.#pending = position === null ? undefined : this.spans[position];
    this.#pending?.classList.add("rnnviz-pending");
  }

  brush(brush: Span | null): void {
    const before = this.#brushed;
    before[0]?.classList.remove("rnnviz-brushed-first");
    before.at(-1)?.classList.remove("rnnviz-brushed-last");
    const now = brush === null ? [] : this.spans.slice(brush.start, brush.end);
    for (const span of before) span.classList.remove("rnnviz-brushed");
    for (const span of now) span.classList.add("rnnviz-brushed");
    now[0]?.classList.add("rnnviz-brushed-first");
    now.at(-1)?.classList.add("rnnviz-brushed-last");
    this.#brushed = now;
    this.#brush = brush;
  }
}

/** One text, a span for each character; paints only what has changed. */
import { css, type Palette, STEPS } from "./color";
import { make } from "./dom";
import { describe, glyph } from "./format";
import { COMPUTING } from "./heat";
import type { Facet } from "./wire";

/** What a character looks like: a step of heat, being computed, or not read yet. */
const FUTURE = COMPUTING + 1;
const UNPAINTED = FUTURE + 1;

export class TextView {
  readonly el = make("div", "text");
  readonly #spans: HTMLElement[] = [];
  readonly #painted: Int8Array;
  #palette: Palette | null = null;
  /** The style of each step: rising ones first, then falling ones. */
  #looks: readonly string[] = [];
  #selected: readonly HTMLElement[] = [];
  #pending: HTMLElement | undefined;

  constructor(
    private readonly characters: readonly string[],
    private readonly facet: Facet,
  ) {
    this.#painted = new Int8Array(characters.length);
    const parts: (string | Node)[] = [];
    characters.forEach((character, p) => {
      const span = document.createElement("span");
      span.dataset["p"] = String(p);
      span.textContent = glyph(character);
      const described = describe(character);
      if (described !== null) {
        span.title = described;
        span.className = "rnnviz-control";
      }
      this.#spans.push(span);
      parts.push(span);
      if (character === "\n") parts.push("\n");
    });
    for (const t of facet.unknown) this.#markUnknown(t);
    this.el.append(...parts);
  }

  /** `steps` is null where there is no row to show. */
  paint(position: number, steps: Int8Array | null, palette: Palette): void {
    if (palette !== this.#palette) {
      this.#palette = palette;
      this.#looks = [...palette.rising, ...palette.falling].map(styled);
      this.#painted.fill(UNPAINTED);
    }
    const { facet } = this;
    const s = facet.tokenAt[position] ?? 0;
    this.#spans.forEach((span, p) => {
      const future = facet.causal && (facet.tokenAt[p] ?? 0) > s;
      const look = future ? FUTURE : (steps?.[p] ?? 0);
      const before = this.#painted[p] ?? 0;
      if (look === before) return;
      this.#painted[p] = look;
      if (look > STEPS || before > STEPS) {
        span.classList.toggle("rnnviz-future", future);
        span.classList.toggle("rnnviz-computing", look === COMPUTING);
      }
      const index = look >= 0 ? look : STEPS + 1 - look;
      if (look === 0 || look > STEPS) span.removeAttribute("style");
      else span.style.cssText = this.#looks[index] ?? "";
    });
    this.#select(position, s);
  }

  /** Outlines a character whose rows are on their way. */
  expect(position: number | null): void {
    this.#pending?.classList.remove("rnnviz-pending");
    this.#pending = position === null ? undefined : this.#spans[position];
    this.#pending?.classList.add("rnnviz-pending");
  }

  /** The character on the next line above (-1) or below (1), nearest in its place on the line. */
  vertical(position: number, direction: -1 | 1): number {
    const from = this.#spans[position]?.getBoundingClientRect();
    if (from === undefined || from.width + from.height === 0) return position;
    let best = position;
    let line: number | null = null;
    let nearest = Number.POSITIVE_INFINITY;
    for (let p = position + direction; p >= 0 && p < this.#spans.length; p += direction) {
      const rect = this.#spans[p]?.getBoundingClientRect();
      if (rect === undefined || Math.abs(rect.top - from.top) < from.height / 2) continue;
      line ??= rect.top;
      if (Math.abs(rect.top - line) > from.height / 2) break;
      const distance = Math.abs(rect.left - from.left);
      if (distance < nearest) [nearest, best] = [distance, p];
    }
    return best;
  }

  reveal(position: number): void {
    this.#spans[position]?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #select(position: number, s: number): void {
    for (const span of this.#selected) span.classList.remove("rnnviz-selected", "rnnviz-mate");
    const own = this.#spans[position];
    const mates = this.#spans.slice(this.facet.starts[s], this.facet.ends[s]);
    for (const span of mates) span.classList.add("rnnviz-mate");
    own?.classList.add("rnnviz-selected");
    this.#selected = own === undefined ? mates : [own, ...mates];
  }

  #markUnknown(t: number): void {
    const { starts, ends } = this.facet;
    for (let p = starts[t] ?? 0; p < (ends[t] ?? 0); p++) {
      const span = this.#spans[p];
      const character = this.characters[p];
      if (span === undefined || character === undefined) continue;
      span.classList.add("rnnviz-unknown");
      const told = describe(character);
      span.title = `${told === null ? "" : `${told}: `}not known to this model, which read its unknown symbol`;
    }
  }
}

function styled({ background, ink }: Palette["rising"][number]): string {
  return `background-color:${css(background)};color:${css(ink)}`;
}

/** One text, with a span for each character; paints only what has changed, and what is in view first. */

import { type Palette, STEPS } from "../core/color";
import { listen, make, suppressShortcuts, toggle } from "../core/dom";
import { type Span, sameSpan } from "../core/scales";
import { type StrongSource, strongSources } from "../core/strong-sources";
import { COMPUTING, type FacetHeat } from "../state/heat";
import { type Inputs, tokensIn } from "../state/influence";
import type { Facet } from "../wire";
import { BlockTurns } from "./block-turns";
import { type Characters, carriedOver, makeCharacters, replaceCharacters } from "./characters";
import { whenIdle } from "./idle";
import { nextLine, runsLeft } from "./line-geometry";
import { OffscreenSources } from "./offscreen-sources";
import { type StepStyle, standBar, stepStyles, styleOf } from "./step-style";
import { type Range, TextBlocks } from "./text-blocks";
import { TextMarks } from "./text-marks";

/** The style of a character: a step of colour, being computed, or not read. */
const FUTURE = COMPUTING + 1;
const UNPAINTED = FUTURE + 1;
/** The number of characters from which on a text is long. */
const LONG = 600;

/** The marks of a text, beside its colours. */
export interface PaintOptions {
  /** The brushed characters. */
  readonly brush: Span | null;
  /** Whether bars repeat what colours say. */
  readonly bars: boolean;
  /** The inputs whose influence is painted; null: sources are. */
  readonly influence: Inputs | null;
  /** Whether all characters have colours, those too that the output does not read. */
  readonly whole?: boolean;
}

/** Colours that an instrument gives a text in place of those of connectivity. */
export interface TextColours {
  /** The step of each character, or `COMPUTING`. */
  readonly steps: Int8Array;
  readonly palette: Palette;
}

const PLAIN: PaintOptions = { brush: null, bars: false, influence: null };

export class TextView {
  readonly el = suppressShortcuts(make("div", "text"));
  /** The element in the facet: the text and, if it is long, its edges. */
  readonly elements: readonly HTMLElement[];
  readonly #marks: TextMarks;
  #characters: Characters;
  #painted: Int8Array;
  readonly #blocks: TextBlocks | null;
  readonly #turns = new BlockTurns(
    () => this.#near,
    (b) => this.#paintBlock(b),
  );
  readonly #offscreen: OffscreenSources | null;
  #palette: Palette | null = null;
  /** The style of each step: rising ones first, then falling ones. */
  #styles: readonly StepStyle[] = [];
  #options: PaintOptions = PLAIN;
  #position = 0;
  #steps: Int8Array | null = null;
  #sources: readonly StrongSource[] = [];
  /** The blocks that still show an earlier picture. */
  #stale = new Set<number>();
  #waiting = false;
  #opened = false;

  constructor(
    characters: readonly string[],
    private facet: Facet,
    private readonly signal: AbortSignal,
  ) {
    this.#characters = makeCharacters(characters, facet);
    const { spans, nodes, places } = this.#characters;
    this.#marks = new TextMarks(spans);
    this.#painted = new Int8Array(spans.length);
    if (spans.length < LONG) {
      this.el.append(...nodes);
      this.#blocks = this.#offscreen = null;
      this.elements = [this.el];
      return;
    }
    this.#blocks = new TextBlocks(this.el, nodes, places, (flowed) => this.#seen(flowed), signal);
    this.#offscreen = new OffscreenSources(
      (p) => this.#go(p),
      () => this.el.focus({ preventScroll: true }),
    );
    this.elements = [this.#offscreen.above, this.el, this.#offscreen.below];
    listen(window, "beforeprint", () => this.#paintAll(), signal);
  }

  /** Whether it can show another text without being made anew: not if either is long. */
  canSetText(characters: readonly string[]): boolean {
    return this.#blocks === null && characters.length < LONG;
  }

  /** Shows another text, with the same elements where both begin and end alike; `paint` then colours it. */
  setText(characters: readonly string[], facet: Facet): void {
    const now = makeCharacters(characters, facet, this.#characters);
    replaceCharacters(this.el, this.#characters, now);
    this.#painted = carriedOver(this.#painted, now.alike, characters.length);
    this.#characters = now;
    this.facet = facet;
    this.#marks.setSpans(now.spans);
  }

  get #spans(): readonly HTMLElement[] {
    return this.#characters.spans;
  }

  /** The strong sources beyond the edges, in words, or "". */
  get words(): string {
    const words = this.#offscreen?.words ?? "";
    return words && `${this.facet.name}, ${words}.`;
  }

  /** Finds which blocks are in view, before the page is changed. */
  updateVisible(): void {
    this.#blocks?.updateVisible();
  }

  /** `steps` and `heat` are null if there is no row to show. */
  paint(
    position: number,
    steps: Int8Array | null,
    palette: Palette,
    heat: FacetHeat | null = null,
    options: PaintOptions = PLAIN,
  ): void {
    const before = this.#options;
    const restyled = palette !== this.#palette || options.bars !== before.bars;
    if (palette !== this.#palette) {
      this.#palette = palette;
      this.#styles = stepStyles(palette);
      this.#painted.fill(UNPAINTED);
    }
    if (options.bars !== before.bars) {
      toggle(this.el, "bars", options.bars);
      for (const span of this.#spans) span.removeAttribute("style");
      this.#painted.fill(UNPAINTED);
    }
    if (!sameSpan(options.brush, before.brush)) this.#marks.brush(options.brush);
    const { facet } = this;
    // An instrument's colours do not depend on the position.
    const same = options.whole === true && steps === this.#steps && !restyled;
    this.#position = position;
    this.#steps = steps;
    this.#options = options;
    const s = facet.tokenAt[position] ?? 0;
    this.#marks.select(position, facet.starts[s], facet.ends[s]);
    if (!same) this.#paintAgain(options.whole === true && before.whole === true && !restyled);
    if (this.#blocks === null) return;
    this.#sources = heat === null || heat.part !== null ? [] : strongSources(heat);
    this.#tell();
  }

  /** `inTurns`: an instrument's colours become others of it. */
  #paintAgain(inTurns: boolean): void {
    if (this.#blocks === null) {
      this.#paintRange(0, this.#spans.length);
      return;
    }
    this.#stale = all(this.#blocks);
    if (inTurns) this.#turns.start();
    else {
      this.#turns.end();
      this.#paintNear();
    }
  }

  /** The blocks in or near the view. */
  get #near(): Range {
    return this.#blocks?.near ?? [0, 0];
  }

  /** Outlines a character whose rows are awaited. */
  expect(position: number | null): void {
    this.#marks.expect(position);
  }

  /** The character on the next line above (-1) or below (1). */
  vertical(position: number, direction: -1 | 1): number {
    return nextLine(this.#spans, position, direction);
  }

  /** Whether the text runs from right to left at a character, as it is laid out. */
  runsLeft(position: number): boolean {
    return runsLeft(this.#spans, position);
  }

  /** Scrolls a long text to a character, without scrolling its ancestors. */
  follow(position: number): void {
    const [first, last] = this.#blocks?.visible ?? [0, this.#spans.length];
    if (position < first || position >= last) this.#blocks?.center(position, "auto");
  }

  reveal(position: number): void {
    this.#spans[position]?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Other characters are in view, or characters have moved. */
  #seen(flowed: boolean): void {
    const blocks = this.#blocks;
    if (blocks === null) return;
    if (flowed) {
      toggle(this.el.parentElement, "boxed", blocks.scrolls);
      this.#stale = all(blocks);
      // Scroll to the initial position; afterwards nothing scrolls by itself.
      const [first, last] = blocks.visible;
      const seen = first <= this.#position && this.#position < last;
      if (!this.#opened && !seen) blocks.center(this.#position, "auto");
      this.#opened = true;
    }
    this.#paintNear();
    this.#tell();
  }

  #tell(): void {
    const blocks = this.#blocks;
    if (blocks === null) return;
    const noun = this.#options.influence === null ? "source" : "output";
    this.#offscreen?.show(this.#sources, this.#position, blocks.visible, noun);
  }

  #go(position: number): void {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#blocks?.center(position, still ? "auto" : "smooth");
  }

  #paintNear(): void {
    const [first, last] = this.#near;
    for (let b = first; b < last; b++) this.#paintBlock(b);
    // An instrument's colours change with each place pointed at: what is out of view waits until it is scrolled to.
    if (this.#stale.size === 0 || this.#waiting || this.#options.whole) return;
    this.#waiting = true;
    whenIdle((time) => {
      this.#waiting = false;
      if (!this.signal.aborted) this.#paintRest(time);
    });
  }

  /** Paints the blocks out of view, while the browser is idle. */
  #paintRest(time: () => number): void {
    for (const b of [...this.#stale]) {
      this.#paintBlock(b);
      if (time() < 2) break;
    }
    this.#paintNear();
  }

  #paintAll(): void {
    for (const b of [...this.#stale]) this.#paintBlock(b);
  }

  #paintBlock(b: number): void {
    if (!this.#stale.delete(b)) return;
    const starts = this.#blocks?.starts ?? [];
    this.#paintRange(starts[b] ?? 0, starts[b + 1] ?? 0);
  }

  #paintRange(start: number, end: number): void {
    const { tokenAt, leftOut, reads } = this.facet;
    const { influence, bars, whole } = this.#options;
    const s = tokenAt[this.#position] ?? 0;
    const inputs = influence === null ? [] : tokensIn(this.facet, influence);
    for (let p = start; p < end; p++) {
      const at = tokenAt[p] ?? 0;
      const read = influence === null ? reads.reads(s, at) : reads.readsAny(at, inputs);
      const future = !whole && (leftOut[p] === 1 || !read);
      const step = future ? FUTURE : (this.#steps?.[p] ?? 0);
      const before = this.#painted[p] ?? 0;
      const span = this.#spans[p];
      if (step === before || span === undefined) continue;
      this.#painted[p] = step;
      if (step > STEPS || before > STEPS) {
        toggle(span, "future", future);
        toggle(span, "computing", step === COMPUTING);
      }
      if (step === 0 || step > STEPS) {
        span.removeAttribute("style");
        continue;
      }
      const { background, ink, own } = styleOf(this.#styles, step);
      if (bars) standBar(span, step);
      span.style.backgroundColor = background;
      // Nearly all steps have the text's own ink: setting one property is several times cheaper than two.
      if (this.#characters.shapeless.has(p)) span.style.color = ink;
      else if (before === UNPAINTED || own !== styleOf(this.#styles, before).own)
        span.style.color = own;
    }
  }
}

function all(blocks: TextBlocks): Set<number> {
  return new Set(Array.from({ length: blocks.starts.length - 1 }, (_, b) => b));
}

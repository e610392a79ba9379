/** One text, a span for each character; paints only what has changed, and of a long text what is in view first. */

import { css, type Palette, STEPS } from "../core/color";
import { make } from "../core/dom";
import { describe, glyph } from "../core/format";
import { type Span, sameSpan } from "../core/scales";
import { type StrongSource, strongSources } from "../core/strong-sources";
import { COMPUTING, type FacetHeat } from "../state/heat";
import { type Inputs, tokensIn } from "../state/influence";
import type { Facet } from "../wire";
import { OffscreenSources } from "./offscreen-sources";
import { TextBlocks } from "./text-blocks";

/** What a character looks like: a step of heat, being computed, or not read yet. */
const FUTURE = COMPUTING + 1;
const UNPAINTED = FUTURE + 1;
/** From so many characters on a text is long. */
const LONG = 600;
/** How high the bar of full colour is, in pixels. */
const BAR = 7;

/** Marks and joiners: within one token they belong to what stands before them, and are written with it. */
const JOINS = /^(?:[\p{M}\p{Cf}]|[\u{1F3FB}-\u{1F3FF}])$/u;

/** How a text is painted, beside its colours. */
export interface PaintOptions {
  /** The characters whose share is read. */
  readonly brush: Span | null;
  /** Whether bars say what colours do. */
  readonly bars: boolean;
  /** The inputs whose influence is painted; null: sources are. */
  readonly influence: Inputs | null;
}

const PLAIN: PaintOptions = { brush: null, bars: false, influence: null };

/** The style of a step. */
interface CellStyle {
  readonly background: string;
  readonly ink: string;
  /** The ink where it is not that of all the text. */
  readonly own: string;
}

const BARE: CellStyle = { background: "", ink: "", own: "" };

export class TextView {
  readonly el = make("div", "text");
  /** What stands in the facet: the text, and of a long one the edges. */
  readonly elements: readonly HTMLElement[];
  readonly #spans: HTMLElement[] = [];
  readonly #painted: Int8Array;
  /** Characters without a shape of their own, which are quieter than others where there is no heat. */
  readonly #controls = new Set<number>();
  readonly #blocks: TextBlocks | null;
  readonly #offscreen: OffscreenSources | null;
  #palette: Palette | null = null;
  /** The style of each step: rising ones first, then falling ones. */
  #styles: readonly CellStyle[] = [];
  #selected: readonly HTMLElement[] = [];
  #pending: HTMLElement | undefined;
  #brushed: readonly HTMLElement[] = [];
  #work: PaintOptions = PLAIN;
  #position = 0;
  #steps: Int8Array | null = null;
  #sources: readonly StrongSource[] = [];
  /** Which blocks show an earlier picture. */
  #stale = new Set<number>();
  #waiting = false;
  #opened = false;

  constructor(
    private readonly characters: readonly string[],
    private readonly facet: Facet,
    private readonly signal: AbortSignal,
  ) {
    const { length } = characters;
    this.#painted = new Int8Array(length);
    const nodes: Node[] = [];
    const places = new Int32Array(length);
    const bare = document.createElement("span");
    const patterns = new Map<string, HTMLElement>();
    characters.forEach((character, p) => {
      const joined = JOINS.test(character) && p > 0 && facet.tokenAt[p] === facet.tokenAt[p - 1];
      const key = joined ? ` ${character}` : character;
      let pattern = patterns.get(key);
      if (pattern === undefined) {
        pattern = patternOf(character, bare, joined);
        patterns.set(key, pattern);
      }
      const span = pattern.cloneNode(true) as HTMLElement;
      span.dataset["p"] = String(p);
      this.#spans.push(span);
      places[p] = nodes.push(span) - 1;
      if (span.className !== "") this.#controls.add(p);
      if (character === "\n") nodes.push(document.createTextNode("\n"));
    });
    for (const t of facet.unknown) this.#markUnknown(t);
    if (length < LONG) {
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
    window.addEventListener("beforeprint", () => this.#paintAll(), { signal });
  }

  /** What is out of sight at the edges, in words, or "". */
  get words(): string {
    const words = this.#offscreen?.words ?? "";
    return words && `${this.facet.name}, ${words}.`;
  }

  /** Takes in what is in view, before the page is changed. */
  updateVisible(): void {
    this.#blocks?.updateVisible();
  }

  /** `steps` and `heat` are null where there is no row to show. */
  paint(
    position: number,
    steps: Int8Array | null,
    palette: Palette,
    heat: FacetHeat | null = null,
    work: PaintOptions = PLAIN,
  ): void {
    if (palette !== this.#palette) {
      this.#palette = palette;
      this.#styles = [...palette.rising, ...palette.falling].map(({ background, ink }) => ({
        background: css(background),
        ink: css(ink),
        own: ink === palette.ink ? "" : css(ink),
      }));
      this.#painted.fill(UNPAINTED);
    }
    if (work.bars !== this.#work.bars) {
      this.el.classList.toggle("rnnviz-bars", work.bars);
      for (const span of this.#spans) span.removeAttribute("style");
      this.#painted.fill(UNPAINTED);
    }
    if (!sameSpan(work.brush, this.#work.brush)) this.#brush(work.brush);
    const { facet } = this;
    const blocks = this.#blocks;
    this.#position = position;
    this.#steps = steps;
    this.#work = work;
    this.#select(position, facet.tokenAt[position] ?? 0);
    if (blocks === null) {
      this.#paintRange(0, this.#spans.length);
      return;
    }
    this.#sources = heat === null || heat.part !== null ? [] : strongSources(heat);
    this.#stale = all(blocks);
    this.#paintNear();
    this.#tell();
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

  /** Whether the text runs from right to left at a character, as it is laid out. */
  runsLeft(position: number): boolean {
    const at = (p: number) => this.#spans[p]?.getBoundingClientRect();
    const own = at(position);
    for (const step of [1, -1]) {
      const other = at(position + step);
      if (own === undefined || other === undefined || other.width === 0) continue;
      if (Math.abs(other.top - own.top) > own.height / 2) continue;
      return (other.left - own.left) * step < 0;
    }
    return false;
  }

  /** Keeps a character in a long text's view, without scrolling what is around it. */
  follow(position: number): void {
    const [first, last] = this.#blocks?.visible ?? [0, this.#spans.length];
    if (position < first || position >= last) this.#blocks?.center(position, "auto");
  }

  reveal(position: number): void {
    this.#spans[position]?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Other characters have come into view, or have got other places. */
  #seen(flowed: boolean): void {
    const blocks = this.#blocks;
    if (blocks === null) return;
    if (flowed) {
      this.el.parentElement?.classList.toggle("rnnviz-boxed", blocks.scrolls);
      this.#stale = all(blocks);
      // What the widget opens with is seen at once; from then on nothing moves unless asked.
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
    const noun = this.#work.influence === null ? "source" : "output";
    this.#offscreen?.show(this.#sources, this.#position, blocks.visible, noun);
  }

  #go(position: number): void {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#blocks?.center(position, still ? "auto" : "smooth");
  }

  #paintNear(): void {
    const [first, last] = this.#blocks?.near ?? [0, 0];
    for (let b = first; b < last; b++) this.#paintBlock(b);
    if (this.#stale.size === 0 || this.#waiting) return;
    this.#waiting = true;
    whenIdle((time) => {
      this.#waiting = false;
      if (!this.signal.aborted) this.#paintRest(time);
    });
  }

  /** The blocks out of view, while there is time. */
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
    const { influence, bars } = this.#work;
    const s = tokenAt[this.#position] ?? 0;
    const inputs = influence === null ? [] : tokensIn(this.facet, influence);
    for (let p = start; p < end; p++) {
      const at = tokenAt[p] ?? 0;
      const read = influence === null ? reads.reads(s, at) : reads.readsAny(at, inputs);
      const future = leftOut[p] === 1 || !read;
      const step = future ? FUTURE : (this.#steps?.[p] ?? 0);
      const before = this.#painted[p] ?? 0;
      const span = this.#spans[p];
      if (step === before || span === undefined) continue;
      this.#painted[p] = step;
      if (step > STEPS || before > STEPS) {
        span.classList.toggle("rnnviz-future", future);
        span.classList.toggle("rnnviz-computing", step === COMPUTING);
      }
      if (step === 0 || step > STEPS) {
        span.removeAttribute("style");
        continue;
      }
      const { background, ink, own } = this.#styleOf(step);
      if (bars) standBar(span, step);
      span.style.backgroundColor = background;
      // Nearly all steps have the ink of the text: to set one property is several times cheaper than to set two.
      if (this.#controls.has(p)) span.style.color = ink;
      else if (before === UNPAINTED || own !== this.#styleOf(before).own) span.style.color = own;
    }
  }

  #styleOf(step: number): CellStyle {
    const heat = step !== 0 && step <= STEPS;
    return (heat && this.#styles[step > 0 ? step : STEPS + 1 - step]) || BARE;
  }

  #select(position: number, s: number): void {
    for (const span of this.#selected) span.classList.remove("rnnviz-selected", "rnnviz-mate");
    const own = this.#spans[position];
    const mates = this.#spans.slice(this.facet.starts[s], this.facet.ends[s]);
    for (const span of mates) span.classList.add("rnnviz-mate");
    own?.classList.add("rnnviz-selected");
    this.#selected = own === undefined ? mates : [own, ...mates];
  }

  #brush(brush: Span | null): void {
    const before = this.#brushed;
    before[0]?.classList.remove("rnnviz-brushed-first");
    before.at(-1)?.classList.remove("rnnviz-brushed-last");
    const now = brush === null ? [] : this.#spans.slice(brush.start, brush.end);
    for (const span of before) span.classList.remove("rnnviz-brushed");
    for (const span of now) span.classList.add("rnnviz-brushed");
    now[0]?.classList.add("rnnviz-brushed-first");
    now.at(-1)?.classList.add("rnnviz-brushed-last");
    this.#brushed = now;
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

/** A bar as high as the colour is strong: below where it rises, above where it falls. */
function standBar(span: HTMLElement, step: number): void {
  span.style.backgroundSize = `100% ${((BAR * Math.abs(step)) / STEPS).toFixed(1)}px`;
  span.style.backgroundPosition = step < 0 ? "0 0" : "0 100%";
}

function all(blocks: TextBlocks): Set<number> {
  return new Set(Array.from({ length: blocks.starts.length - 1 }, (_, b) => b));
}

function patternOf(character: string, bare: HTMLElement, joined: boolean): HTMLElement {
  const span = bare.cloneNode() as HTMLElement;
  span.textContent = joined ? character : glyph(character);
  const described = describe(character);
  if (!joined && described !== null) {
    span.title = described;
    span.className = "rnnviz-control";
  }
  return span;
}

/** Acts when nothing else is to be done, and is told how many milliseconds that will last. */
function whenIdle(act: (time: () => number) => void): void {
  if ("requestIdleCallback" in window) {
    requestIdleCallback((deadline) => act(() => deadline.timeRemaining()), { timeout: 500 });
  } else {
    setTimeout(() => act(() => 0), 50);
  }
}

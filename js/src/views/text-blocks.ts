/**
 * A long text in blocks of whole lines, in a box that scrolls if it is high. A block out of view costs the browser neither
 * layout nor painting, and its characters need no colour yet. Lines break where they would without blocks.
 */
import { make, onAbort, toggle } from "../core/dom";
import { findLines, type Lines, lastAtMost } from "../core/text-lines";

/** The lines of a block, and its characters while the lines are not known yet. */
const LINES = 4;
const CHARACTERS = 512;
/** How far beyond the view characters are painted immediately, in pixels. */
const MARGIN = 60;

/** The first, and the one after the last. */
export type Range = readonly [number, number];

export class TextBlocks {
  /** The first character of each block, then the number of characters. */
  starts: readonly number[];
  #blocks: HTMLElement[] = [];
  #lines: Lines | null = null;
  #height = 0;
  #width = 0;
  #box = { scroll: 0, height: 0, full: 0 };
  #near: Range;

  /** `nodes` are the characters' elements and the nodes between them; `places` the index of each character among them. */
  constructor(
    private readonly el: HTMLElement,
    private readonly nodes: readonly Node[],
    private readonly places: Int32Array,
    private readonly changed: (flowed: boolean) => void,
    signal: AbortSignal,
  ) {
    const { length } = places;
    const count = Math.ceil(length / CHARACTERS);
    this.starts = Array.from({ length: count + 1 }, (_, b) => Math.min(length, b * CHARACTERS));
    this.#near = [0, count];
    toggle(el, "long", true);
    toggle(el, "flowing", true);
    this.#fill();
    const sizes = new ResizeObserver(() => requestAnimationFrame(() => this.#flow(signal)));
    sizes.observe(el);
    onAbort(signal, () => sizes.disconnect());
    // Scrolling of any ancestor may bring the text into view.
    const update = () => {
      this.updateVisible();
      this.changed(false);
    };
    const around = ({ target }: Event) => {
      if (target !== el) update();
    };
    const passive = { signal, passive: true };
    el.addEventListener("scroll", update, passive);
    window.addEventListener("scroll", around, { ...passive, capture: true });
    window.addEventListener("resize", update, passive);
  }

  /** The blocks in or near the view, as it was at the last update. */
  get near(): Range {
    return this.#near;
  }

  /** Whether the text is longer than the box. */
  get scrolls(): boolean {
    return this.#box.full > this.#box.height + 1;
  }

  /** The characters in the box's view. */
  get visible(): Range {
    const { starts, tops } = this.#lines ?? { starts: [], tops: [] };
    if (!this.scrolls) return [0, this.places.length];
    const { scroll, height } = this.#box;
    // A line counts if its middle is visible.
    const first = lastAtMost(tops, scroll - this.#height / 2) + (scroll > this.#height / 2 ? 1 : 0);
    const last = lastAtMost(tops, scroll + height - this.#height / 2);
    return [starts[first] ?? 0, starts[last + 1] ?? this.places.length];
  }

  /** Finds which blocks are in view. Cheap while nothing has changed on the page. */
  updateVisible(): void {
    const { el } = this;
    const lines = this.#lines;
    // After a change of width, keep in view what was visible before.
    if (lines === null || el.clientWidth !== this.#width) return;
    this.#box = { scroll: el.scrollTop, height: el.clientHeight, full: el.scrollHeight };
    const { top, bottom } = el.getBoundingClientRect();
    const from = Math.max(top, 0) - top + el.scrollTop - MARGIN;
    const to = Math.min(bottom, window.innerHeight) - top + el.scrollTop + MARGIN;
    const block = (y: number) => Math.floor(lastAtMost(lines.tops, y) / LINES);
    this.#near = [block(from), to < 0 ? 0 : Math.min(this.#blocks.length, block(to) + 1)];
  }

  /** Brings a character to the middle of the box. */
  center(position: number, behavior: ScrollBehavior): void {
    const { starts = [], tops = [] } = this.#lines ?? {};
    const top = tops[lastAtMost(starts, position)] ?? 0;
    this.el.scrollTo({ top: top - (this.el.clientHeight - this.#height) / 2, behavior });
  }

  /** Finds the lines again after a change of width: lays out one text, then splits it where its lines break. */
  #flow(signal: AbortSignal): void {
    const { el, places } = this;
    const width = el.clientWidth;
    if (signal.aborted || width === 0 || width === this.#width) return;
    const [first] = this.visible;
    const fresh = this.#lines === null;
    toggle(el, "flowing", true);
    this.#height = Number.parseFloat(getComputedStyle(el).lineHeight);
    const top = (p: number) =>
      (this.nodes[places[p] ?? 0] as HTMLElement).getBoundingClientRect().top;
    const lines = findLines(places.length, top, this.#height);
    this.#lines = lines;
    this.#width = el.clientWidth;
    this.starts = [...lines.starts.filter((_, i) => i % LINES === 0), places.length];
    this.#fill();
    this.#blocks.forEach((block, b) => {
      const end = lines.tops[Math.min((b + 1) * LINES, lines.tops.length - 1)] ?? 0;
      block.style.containIntrinsicHeight = `${end - (lines.tops[b * LINES] ?? 0)}px`;
    });
    toggle(el, "flowing", false);
    if (!fresh) el.scrollTop = lines.tops[lastAtMost(lines.starts, first)] ?? 0;
    this.updateVisible();
    this.changed(true);
  }

  #fill(): void {
    const { starts, nodes, places } = this;
    // New elements, since Chromium keeps the height of one that was shown with other text.
    this.#blocks = Array.from({ length: starts.length - 1 }, (_, b) => {
      const [from, to] = [places[starts[b] ?? 0], places[starts[b + 1] ?? 0] ?? nodes.length];
      return make("div", "block", ...nodes.slice(from, to));
    });
    this.el.replaceChildren(...this.#blocks);
  }
}

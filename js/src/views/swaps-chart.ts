/** The symbols on an axis: above it where each really puts the number, below it where the gradient does, and a line between. */
import {
  consume,
  label,
  listen,
  make,
  makeButton,
  mark,
  onHoverOrFocus,
  toggle,
} from "../core/dom";
import { visible } from "../core/format";
import { axisOf, isTypeable, isWrongWay, numberWords, type Swap } from "../state/swaps";
import type { InputSwaps } from "../wire";

export interface SwapsChartActs {
  /** The reader looks at a symbol, or with null away. */
  look(swap: Swap | null): void;
  take(swap: Swap): void;
  /** The unit of a model that gives one number. */
  readonly unit: string | null;
}

const SVG = "http://www.w3.org/2000/svg";
/** The width of a letter's column and the height of its row, in pixels; of a dot. */
const LETTER = [11, 14] as const;
const DOT = [7, 7] as const;
/** The height that letters stand in, however many: what is below must not move under the pointer. That of the lines. */
const STACK = 60;
const LINES = 44;
/** On the right of a wide chart, for the names of the axes. */
const GUTTER = 104;
const WIDE = 560;
/** How far apart the numbers of an axis are at least, in pixels. */
const APART = 48;
/** How far the middle of the first is from the left edge. */
const EDGE = 26;
/** From this share on a model expects a symbol there itself. */
const EXPECTED = 0.05;

export class SwapsChart {
  readonly el = make("div", "swaps-chart");
  #found: InputSwaps | null = null;
  #order: readonly Swap[] = [];
  #canTake = false;
  #width = 0;
  readonly #letters = new Map<number, HTMLElement>();
  readonly #lines = new Map<number, Element>();

  constructor(
    private readonly acts: SwapsChartActs,
    private readonly signal: AbortSignal,
  ) {
    const watch = new ResizeObserver(() => {
      if (Math.abs(this.el.clientWidth - this.#width) > 1) this.#lay();
    });
    watch.observe(this.el);
    signal.addEventListener("abort", () => watch.disconnect());
    listen(this.el, "keydown", (event) => this.#walk(event), signal);
  }

  draw(found: InputSwaps, order: readonly Swap[], canTake: boolean): void {
    this.#found = found;
    this.#order = order;
    this.#canTake = canTake;
    this.#lay();
  }

  /** Marks the letter of a symbol and its line. */
  look(swap: Swap | null): void {
    toggle(this.el, "swaps-looks", swap !== null);
    for (const marks of [this.#letters, this.#lines]) {
      for (const [index, el] of marks)
        toggle(el as HTMLElement, "swaps-looked", index === swap?.index);
    }
  }

  #lay(): void {
    const found = this.#found;
    this.#width = this.el.clientWidth;
    if (found === null || this.#width === 0) return;
    const gutter = this.#width > WIDE ? GUTTER : 0;
    const width = this.#width - gutter;
    const axis = axisOf(found);
    const x = (value: number) => axis.at(value) * width;
    const parts = [this.#drawLines(found, x, width), this.#drawLetters(found, x, width)];
    if (gutter > 0)
      parts.push(side("really", STACK - 9), side("by the gradient", STACK + LINES - 9));
    let last = Number.NEGATIVE_INFINITY;
    for (const { at, words } of axis.ticks) {
      if (at * width - last < APART) continue;
      last = at * width;
      const tick = make("span", "swaps-tick", words);
      // Those at the ends stay within the chart.
      tick.style.left = `${Math.max(EDGE, last)}px`;
      parts.push(tick);
    }
    this.el.replaceChildren(...parts);
  }

  #drawLines(found: InputSwaps, x: (value: number) => number, width: number): Element {
    const { numbers, predicted, frequency, plausible } = found;
    const below = STACK + LINES;
    const svg = drawn("svg", { class: "rnnviz-swaps-lines", width, height: below + 2 });
    const line = (x1: number, y1: number, x2: number, y2: number, name: string) =>
      drawn("line", { x1, y1, x2, y2, class: `rnnviz-swaps-${name}` });
    mark(svg, "aria-hidden", true);
    svg.append(line(0, STACK, width, STACK, "axis"), line(0, below, width, below, "axis"));
    this.#lines.clear();
    for (const swap of this.#order) {
      const to = predicted[swap.index] ?? Number.NaN;
      if (Number.isNaN(to)) continue;
      const name = isWrongWay(found, swap) ? "line rnnviz-swaps-wrong" : "line";
      const one = line(x(swap.number), STACK, x(to), below, name);
      this.#lines.set(swap.index, one);
      svg.append(one);
    }
    const own = x(numbers[0] ?? 0);
    svg.append(line(own, 0, own, below, "own"), triangle("frequency", x(frequency.expected)));
    if (plausible !== null) svg.append(triangle("plausible", x(plausible.expected)));
    return svg;
  }

  #drawLetters(found: InputSwaps, x: (value: number) => number, width: number): HTMLElement {
    const dots = this.#order.some(({ symbol }) => Array.from(visible(symbol)).length > 1);
    const [wide, high] = dots ? DOT : LETTER;
    const columns = new Map<number, number>();
    const levels = this.#order.map(({ number }) => {
      const column = Math.round(x(number) / wide);
      const level = columns.get(column) ?? 0;
      columns.set(column, level + 1);
      return { column, level };
    });
    const row = Math.min(high, (STACK - 2) / Math.max(1, ...columns.values()));
    this.#letters.clear();
    const letters = this.#order.map((swap, n) => {
      const { column = 0, level = 0 } = levels[n] ?? {};
      const letter = this.#letter(found, swap, dots);
      letter.style.left = `${Math.min(width - wide / 2, Math.max(wide / 2, column * wide))}px`;
      letter.style.top = `${STACK - 2 - (level + 1) * row}px`;
      letter.style.height = `${row}px`;
      letter.tabIndex = n === 0 ? 0 : -1;
      this.#letters.set(swap.index, letter);
      return letter;
    });
    const group = make("div", "swaps-letters", ...letters);
    const [best, worst] = [this.#order[0], this.#order.at(-1)].map((swap) =>
      swap === undefined ? "" : this.#said(found, swap),
    );
    label(group, "group", `Other symbols, from ${best} to ${worst}; arrow keys walk`);
    return group;
  }

  #said({ kind }: InputSwaps, { symbol, number }: Swap): string {
    return `${visible(symbol)}, ${numberWords(kind, number, this.acts.unit)}`;
  }

  #letter(found: InputSwaps, swap: Swap, dots: boolean): HTMLElement {
    const letter = makeButton(
      `swaps-letter${dots ? " swaps-dot" : ""}`,
      dots ? "" : visible(swap.symbol),
    );
    mark(letter, "aria-label", this.#said(found, swap));
    toggle(letter, "swaps-expects", (found.plausible?.shares[swap.index] ?? 0) >= EXPECTED);
    const can = this.#canTake && isTypeable(found, swap.index);
    if (can) letter.onclick = () => this.acts.take(swap);
    else mark(letter, "aria-disabled", true);
    onHoverOrFocus(letter, (here) => this.acts.look(here ? swap : null), this.signal);
    // A finger's tap gives it the focus.
    letter.onfocus = () => this.acts.look(swap);
    return letter;
  }

  /** Arrow keys walk from symbol to symbol, in the order of their numbers. */
  #walk(event: KeyboardEvent): void {
    const step = { ArrowLeft: 1, ArrowDown: 1, ArrowRight: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const letters = [...this.#letters.values()];
    const from = letters.indexOf(event.target as HTMLElement);
    const to = letters[from + step];
    if (from < 0 || to === undefined) return;
    consume(event);
    for (const one of letters) one.tabIndex = one === to ? 0 : -1;
    to.focus();
  }
}

function drawn(tag: string, attributes: Record<string, string | number>): Element {
  const el = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, String(value));
  return el;
}

/** A triangle that points at a place of the upper axis. */
function triangle(name: string, x: number): Element {
  const points = `${x},${STACK + 1} ${x - 5},${STACK + 10} ${x + 5},${STACK + 10}`;
  return drawn("polygon", { points, class: `rnnviz-swaps-mark rnnviz-swaps-mark-${name}` });
}

/** The name of an axis, beside it. */
function side(words: string, top: number): HTMLElement {
  const el = make("span", "swaps-side", words);
  el.style.top = `${top}px`;
  return el;
}

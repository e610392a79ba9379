/** The box in which a strip of units scrolls: pointer and keys in it, and when it is drawn. */
import { consume, label, listen, make, onAbort, suppressShortcuts } from "../core/dom";
import {
  cellAt,
  columnsInView,
  fullSize,
  type Run,
  type Scroll,
  type StripLayout,
  scrollToColumn,
  scrollToRow,
  stripLayout,
} from "../state/strip-layout";
import { StripPainter, type StripPicture } from "./unit-strip-painter";

export type StripContent = Omit<StripPicture, "layout" | "scroll" | "font">;

/** A step of the keyboard: to another character, or to another unit. */
export interface StripMove {
  readonly columns: number;
  readonly rows: number;
}

export interface StripHandlers {
  /** The pointer is at a character and a unit; null: at none. */
  point(column: number | null, row: number | null): void;
  press(column: number | null, row: number | null): void;
  move(by: StripMove): void;
  /** The pointer is dragged from a column to another one. */
  brush(from: number, to: number): void;
  /** Enter, or Escape; returns whether it does anything. */
  pin(on: boolean): boolean;
  /** The reader has scrolled. */
  scrolled(x: number): void;
  /** It has another size, so that other columns may be in view. */
  resized(): void;
}

const PAGE = 10;
const MOVES: Readonly<Record<string, StripMove>> = {
  ArrowLeft: { columns: -1, rows: 0 },
  ArrowRight: { columns: 1, rows: 0 },
  ArrowUp: { columns: 0, rows: -1 },
  ArrowDown: { columns: 0, rows: 1 },
  PageUp: { columns: 0, rows: -PAGE },
  PageDown: { columns: 0, rows: PAGE },
  Home: { columns: Number.NEGATIVE_INFINITY, rows: 0 },
  End: { columns: Number.POSITIVE_INFINITY, rows: 0 },
};

export class UnitStrip {
  readonly el = suppressShortcuts(make("div", "strip"));
  readonly #canvas = make("canvas", "strip-canvas");
  readonly #size = make("div", "strip-size");
  readonly #painter: StripPainter;
  #content: StripContent | null = null;
  #layout: StripLayout | null = null;
  /** Where it is scrolled to: to ask the element would have the browser lay out the page at once. */
  #scroll: Scroll = { x: 0, y: 0 };
  /** Where it was scrolled to by the reader, or to reveal something; it may have become too wide to be there now. */
  #kept: Scroll = { x: 0, y: 0 };
  #font = "";
  /** Whether it has been touched, after which it may glide on, since it was laid out. */
  #touched = false;
  #overview = false;
  #frame = 0;
  /** The column in which the mouse was pressed, and whether it has moved to another one since. */
  #pressed: number | null = null;
  #dragged = false;
  /** What is to be in view once it is laid out. */
  #wanted: readonly [column: number, row: number | null] | null = null;

  constructor(
    private readonly handlers: StripHandlers,
    name: string,
    signal: AbortSignal,
  ) {
    this.#painter = new StripPainter(this.#canvas);
    this.el.append(this.#canvas, this.#size);
    this.el.tabIndex = 0;
    label(
      this.el,
      "application",
      `${name}: a column for each character, a row for each unit. Left and right walk through the text, ` +
        "up and down through the units, Enter keeps a unit, Escape releases it.",
    );
    const sizes = new ResizeObserver(() => this.#resize());
    sizes.observe(this.el);
    onAbort(signal, () => {
      sizes.disconnect();
      cancelAnimationFrame(this.#frame);
    });
    const { el } = this;
    const at = (event: MouseEvent) => this.#cell(event);
    listen(el, "pointerdown", (event) => this.#press(event), signal);
    listen(el, "pointermove", (event) => this.#drag(event) || handlers.point(...at(event)), signal);
    listen(el, "pointerleave", () => handlers.point(null, null), signal);
    listen(el, "click", (event) => this.#dragged || handlers.press(...at(event)), signal);
    const release = () => {
      this.#pressed = null;
    };
    for (const type of ["pointerup", "pointercancel"] as const) {
      listen(window, type, release, signal);
    }
    listen(el, "keydown", (event) => this.#key(event), signal);
    const scrolled = () => {
      const readers = this.isUsed || this.#touched;
      // While a theme changes the page may be wider for a moment, in which the browser scrolls it back.
      if (!readers) [el.scrollLeft, el.scrollTop] = [this.#kept.x, this.#kept.y];
      this.#scroll = { x: el.scrollLeft, y: el.scrollTop };
      this.#drawSoon();
      if (!readers) return;
      this.#kept = this.#scroll;
      handlers.scrolled(this.#scroll.x);
    };
    const touched = () => {
      this.#touched = true;
    };
    el.addEventListener("touchstart", touched, { signal, passive: true });
    el.addEventListener("scroll", scrolled, { signal, passive: true });
  }

  /** How far it is scrolled to the right. */
  get scrolledTo(): number {
    return this.#scroll.x;
  }

  /** The columns in view. */
  get inView(): Run {
    const layout = this.#layout;
    return layout === null ? [0, 0] : columnsInView(layout, this.#scroll);
  }

  /** Whether the pointer is over it, or the keyboard in it. */
  get isUsed(): boolean {
    return this.el.matches(":hover, :focus");
  }

  /** Draws it at once. */
  show(content: StripContent, overview: boolean): void {
    const before = this.#content;
    const anew =
      before?.order.length !== content.order.length ||
      before.characters !== content.characters ||
      this.#overview !== overview;
    this.#content = content;
    this.#overview = overview;
    if (anew) this.#resize();
    this.#draw();
  }

  scrollTo(x: number): void {
    this.#scrollTo({ ...this.#scroll, x });
  }

  /** Brings a character, and a unit's row, into view. */
  reveal(column: number, row: number | null): void {
    const layout = this.#layout;
    this.#wanted = layout === null ? [column, row] : null;
    if (layout === null) return;
    const { x, y } = this.#scroll;
    const down = row === null ? y : scrollToRow(layout, y, row);
    this.#scrollTo({ x: scrollToColumn(layout, x, column), y: down });
  }

  #scrollTo({ x, y }: Scroll): void {
    if (isAt(this.#scroll, { x, y })) return;
    const { el } = this;
    this.#kept = this.#scroll = this.#reachable({ x, y });
    if (this.#layout === null) return;
    [el.scrollLeft, el.scrollTop] = [this.#scroll.x, this.#scroll.y];
    this.#drawSoon();
  }

  /** The nearest place that it can be scrolled to. */
  #reachable({ x, y }: Scroll): Scroll {
    const box = this.#layout;
    if (box === null) return { x, y };
    const { width, height } = fullSize(box);
    return { x: within(x, width - box.width), y: within(y, height - box.height) };
  }

  #cell({ clientX, clientY }: MouseEvent): [number | null, number | null] {
    const box = this.#canvas.getBoundingClientRect();
    if (this.#layout === null) return [null, null];
    const place = { x: clientX - box.left, y: clientY - box.top };
    const { column, row } = cellAt(this.#layout, this.#scroll, place);
    return [column, row];
  }

  #press(event: PointerEvent): void {
    const mouse = event.button === 0 && event.pointerType === "mouse";
    this.#pressed = mouse ? this.#cell(event)[0] : null;
    this.#dragged = false;
  }

  /** Returns whether the mouse is dragged, which brushes. */
  #drag(event: PointerEvent): boolean {
    const from = this.#pressed;
    const [to] = this.#cell(event);
    if (from === null || to === null) return false;
    this.#dragged ||= to !== from;
    if (this.#dragged) this.handlers.brush(from, to);
    return this.#dragged;
  }

  #key(event: KeyboardEvent): void {
    const move = MOVES[event.key];
    if (move !== undefined) this.handlers.move(move);
    else if (event.key !== "Enter" && event.key !== "Escape") return;
    else if (!this.handlers.pin(event.key === "Enter")) return;
    consume(event);
  }

  /** Lays it out anew: first how high it is to be, then what its scroll bars leave. */
  #resize(): void {
    const { el } = this;
    const content = this.#content;
    if (content === null) return;
    if (el.clientWidth === 0) return;
    this.#touched = false;
    const wish = {
      columns: content.characters.length,
      rows: content.order.length,
      overview: this.#overview,
    };
    const [first, last] = this.inView;
    const seen = isAt(this.#scroll, this.#kept) && first <= content.shown && content.shown < last;
    const wanted = stripLayout({ ...wish, width: el.clientWidth });
    const full = fullSize(wanted);
    this.#size.style.width = `${full.width}px`;
    this.#size.style.height = `${full.height}px`;
    el.style.height = `${wanted.height + el.offsetHeight - el.clientHeight}px`;
    el.style.height = `${wanted.height + el.offsetHeight - el.clientHeight}px`;
    const [width, height] = [el.clientWidth, el.clientHeight];
    this.#layout = { ...stripLayout({ ...wish, width }), width, height };
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    // Where it was wider, or not displayed, as while a theme changes, the browser has forgotten it.
    [el.scrollLeft, el.scrollTop] = [this.#kept.x, this.#kept.y];
    this.#scroll = { x: el.scrollLeft, y: el.scrollTop };
    this.#font = getComputedStyle(el).fontFamily;
    if (this.#wanted !== null) this.reveal(...this.#wanted);
    // What was in view stays there where it is narrower.
    else if (seen) this.reveal(content.shown, null);
    this.handlers.resized();
    this.#drawSoon();
  }

  #drawSoon(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const [layout, content] = [this.#layout, this.#content];
    if (layout === null || content === null) return;
    this.#painter.draw({ ...content, layout, scroll: this.#scroll, font: this.#font });
  }
}

const isAt = (one: Scroll, other: Scroll) =>
  Math.abs(one.x - other.x) + Math.abs(one.y - other.y) < 1;

const within = (at: number, last: number) => Math.max(0, Math.min(last, at));

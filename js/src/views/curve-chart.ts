/** A small chart of one number along an axis: its line, its points, where it is now, and where the reader points. */
import { label, make, mark, write } from "../core/dom";
import type { ChartScale, Place } from "../state/curve";

export interface DrawnCurve {
  /** What is known, from left to right. */
  readonly places: readonly Place[];
  readonly scale: ChartScale;
  /** The numbers at the ends of the scale in words; "" for none. */
  readonly high: string;
  readonly low: string;
  /** Whether each place is a dot. */
  readonly dots: boolean;
}

/** What the axis of several charts has: its ends, and their names. */
export interface ChartAxis {
  readonly range: readonly [first: number, last: number];
  readonly names: readonly [first: string, last: string];
}

const SVG = "http://www.w3.org/2000/svg";
/** The units of the drawing, whatever its size in pixels. */
const WIDTH = 1000;
const HEIGHT = 300;

export class CurveChart {
  readonly el: HTMLElement;
  readonly #name = make("span", "curve-name");
  readonly #value = make("span", "curve-value");
  readonly #svg = document.createElementNS(SVG, "svg");
  readonly #now = line("now");
  readonly #cursor = line("cursor");
  readonly #mark = line("mark");
  readonly #high = make("span", "curve-end curve-high");
  readonly #low = make("span", "curve-end curve-low");
  readonly #first = make("span", "curve-foot-end");
  readonly #last = make("span", "curve-foot-end");
  /** Where the line is; the reader points into it. */
  readonly plot = make("div", "curve-plot", this.#high, this.#low);
  #range: ChartAxis["range"] = [0, 0];
  #y: ((value: number) => string) | null = null;

  constructor(name: string, title: string) {
    mark(this.#svg, "viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    mark(this.#svg, "preserveAspectRatio", "none");
    mark(this.#svg, "class", "rnnviz-curve-drawing");
    mark(this.#svg, "aria-hidden", true);
    this.plot.append(this.#svg);
    const head = make("div", "curve-head", this.#name, " ", this.#value);
    const foot = make("div", "curve-foot", this.#first, this.#last);
    this.el = make("div", "curve-chart", head, this.plot, foot);
    this.el.title = title;
    label(this.el, "group", name);
    this.rename(name);
  }

  rename(name: string): void {
    write(this.#name, name);
  }

  /** Draws a curve; null: nothing is known of it. */
  draw(curve: DrawnCurve | null, { range, names }: ChartAxis): void {
    this.#range = range;
    mark(this.el, "data-empty", curve === null);
    write(this.#first, names[0]);
    write(this.#last, names[1]);
    write(this.#high, curve?.high ?? "");
    write(this.#low, curve?.low ?? "");
    this.#y = null;
    if (curve === null) {
      this.#svg.replaceChildren(this.#now);
      return;
    }
    const { places, scale } = curve;
    const y = (value: number) => (HEIGHT * (1 - scale.at(value))).toFixed(1);
    this.#y = y;
    const at = ([x, value]: Place) => `${this.#x(x).toFixed(1)} ${y(value)}`;
    const parts = [line("ground", `M0 ${HEIGHT}H${WIDTH}`), this.#now];
    if (scale.low < 0) parts.push(line("zero", `M0 ${y(0)}H${WIDTH}`));
    parts.push(line("line", `M${places.map(at).join("L")}`));
    if (curve.dots) parts.push(line("dots", places.map((one) => `M${at(one)}h0`).join("")));
    this.#svg.replaceChildren(...parts, this.#cursor, this.#mark);
  }

  /** Marks where the axis is now; null: nowhere. */
  showNow(x: number | null): void {
    mark(this.#now, "d", x === null ? "" : `M${this.#x(x).toFixed(1)} 0V${HEIGHT}`);
  }

  /** Shows the number at a place, in words too; `pointed`: the reader has chosen it. */
  point(x: number, value: number | null, words: string, pointed: boolean): void {
    write(this.#value, words);
    const across = this.#x(x).toFixed(1);
    mark(this.#cursor, "d", pointed ? `M${across} 0V${HEIGHT}` : "");
    const y = value === null ? undefined : this.#y?.(value);
    mark(this.#mark, "d", y === undefined ? "" : `M${across} ${y}h0`);
  }

  /** What the reader points at, from the first place of the axis to its last; null: there is nothing. */
  pointed(event: PointerEvent | MouseEvent): number | null {
    const { left, width } = this.plot.getBoundingClientRect();
    if (width === 0) return null;
    const part = Math.min(1, Math.max(0, (event.clientX - left) / width));
    const [first, last] = this.#range;
    return first + part * (last - first);
  }

  #x(x: number): number {
    const [first, last] = this.#range;
    return last > first ? (WIDTH * (x - first)) / (last - first) : WIDTH / 2;
  }
}

/** The place that a key of an axis leads to, from the place `now`; undefined: it is none of its keys. */
export function keyPlace(key: string, now: number, last: number): number | undefined {
  const to = {
    ArrowLeft: now - 1,
    ArrowDown: now - 1,
    ArrowRight: now + 1,
    ArrowUp: now + 1,
    Home: 0,
    End: last,
  }[key];
  return to === undefined || last < 0 ? undefined : Math.min(last, Math.max(0, to));
}

function line(name: string, d = ""): SVGElement {
  const el = document.createElementNS(SVG, "path");
  mark(el, "class", `rnnviz-curve-${name}`);
  mark(el, "d", d);
  return el;
}

/** One curve of a training: its line, a dot for each checkpoint, and where the reader points. */
import { label, make, mark, write } from "../core/dom";
import { grouped, quantity } from "../core/format";
import {
  type ChartedFigure,
  type Place,
  placesOf,
  scaleOf,
  valueWords,
} from "../state/training-points";
import type { TrainingCurves } from "../wire/generated";

const SVG = "http://www.w3.org/2000/svg";
/** The units of the drawing, whatever its size in pixels. */
const WIDTH = 1000;
const HEIGHT = 300;
/** More checkpoints than this have no dots. */
const DOTS = 24;

export class TrainingChart {
  readonly el: HTMLElement;
  readonly #value = make("span", "training-value");
  readonly #svg = document.createElementNS(SVG, "svg");
  readonly #cursor = line("cursor");
  readonly #mark = line("mark");
  readonly #high = make("span", "training-end training-high");
  readonly #low = make("span", "training-end training-low");
  readonly #first = make("span", "training-step");
  readonly #last = make("span", "training-step");
  readonly #name = make("span", "training-name");
  #steps: readonly [number, number] = [0, 0];
  #y: ((value: number) => string) | null = null;

  constructor(private readonly figure: ChartedFigure) {
    const { name, title } = figure;
    this.#name.textContent = name;
    mark(this.#svg, "viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    mark(this.#svg, "preserveAspectRatio", "none");
    mark(this.#svg, "class", "rnnviz-training-drawing");
    mark(this.#svg, "aria-hidden", true);
    const head = make("div", "training-head", this.#name, " ", this.#value);
    const plot = make("div", "training-plot", this.#high, this.#low);
    plot.append(this.#svg);
    const foot = make("div", "training-foot", this.#first, this.#last);
    this.el = make("div", "training-chart", head, plot, foot);
    this.el.title = title;
    label(this.el, "group", name);
  }

  draw(curves: TrainingCurves, steps: readonly [number, number]): void {
    this.#steps = steps;
    const { key, name } = this.figure;
    const places = placesOf(curves, key);
    const known = places.length > 0;
    mark(this.el, "data-empty", !known);
    write(this.#first, grouped(steps[0]));
    write(this.#last, steps[1] === steps[0] ? "" : grouped(steps[1]));
    this.#y = null;
    if (!known) {
      this.#svg.replaceChildren();
      for (const el of [this.#high, this.#low]) write(el, "");
      return;
    }
    const scale = scaleOf(key, places);
    write(this.#name, scale.logarithmic ? `${name}, logarithmic` : name);
    write(this.#high, end(scale.high));
    write(this.#low, scale.low === scale.high ? "" : end(scale.low));
    const y = (value: number) => (HEIGHT * (1 - scale.at(value))).toFixed(1);
    this.#y = y;
    const at = ([step, value]: Place) => `${this.#x(step).toFixed(1)} ${y(value)}`;
    const parts = [line("ground", `M0 ${HEIGHT}H${WIDTH}`)];
    if (scale.low < 0) parts.push(line("zero", `M0 ${y(0)}H${WIDTH}`));
    parts.push(line("line", `M${places.map(at).join("L")}`));
    const dots = key === "loss" && curves.losses.length > 0 ? [] : places;
    if (dots.length <= DOTS) parts.push(line("dots", dots.map((one) => `M${at(one)}h0`).join("")));
    this.#svg.replaceChildren(...parts, this.#cursor, this.#mark);
  }

  /** Shows the numbers at a step; `pointed`: the reader has chosen it. */
  point(step: number, value: number | null, pointed: boolean): void {
    write(this.#value, valueWords(this.figure.key, value));
    const x = this.#x(step).toFixed(1);
    mark(this.#cursor, "d", pointed ? `M${x} 0V${HEIGHT}` : "");
    const y = value === null ? undefined : this.#y?.(value);
    mark(this.#mark, "d", y === undefined ? "" : `M${x} ${y}h0`);
  }

  #x(step: number): number {
    const [first, last] = this.#steps;
    return last > first ? (WIDTH * (step - first)) / (last - first) : WIDTH / 2;
  }
}

function line(name: string, d = ""): SVGElement {
  const el = document.createElementNS(SVG, "path");
  mark(el, "class", `rnnviz-training-${name}`);
  mark(el, "d", d);
  return el;
}

function end(value: number): string {
  return quantity(Number(value.toPrecision(2)));
}

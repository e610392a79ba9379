/** The strip of one model: all classes in alphabetical order, divided into cells, with a bar for each cell's probability. */
import { label, listen, make, mark } from "../core/dom";
import { grouped, percent, visible } from "../core/format";
import type { Strip } from "../wire";

export const HEIGHT = 14;

export class ClassStrip {
  readonly el = make("div", "strip");
  readonly #bars = svg("path", "strip-bars");
  readonly #here = svg("rect", "strip-here");
  #strip: Strip | null = null;
  #pointed: number | null = null;

  /** `pointed` is called with the contents of the cell under the pointer, or null. */
  constructor(
    private readonly name: string,
    private readonly pointed: (words: string | null) => void,
    signal: AbortSignal,
  ) {
    const picture = svg("svg", "strip-picture");
    mark(picture, "preserveAspectRatio", "none");
    picture.append(this.#here, this.#bars);
    mark(this.#here, "height", String(HEIGHT));
    mark(this.#here, "width", "0");
    this.el.append(picture);
    const point = (event: PointerEvent) => this.#point(event);
    listen(this.el, "pointermove", point, signal);
    listen(this.el, "pointerdown", point, signal);
    listen(this.el, "pointerleave", () => this.#show(null), signal);
    this.show(null);
  }

  show(strip: Strip | null): void {
    this.#strip = strip;
    const cells = strip?.p ?? new Float64Array();
    this.#bars.parentElement?.setAttribute("viewBox", `0 0 ${cells.length || 1} ${HEIGHT}`);
    mark(this.#bars, "d", Array.from(cells, bar).join(""));
    label(
      this.el,
      "img",
      `${this.name}: ${strip === null ? "probabilities not known" : best(strip)}`,
    );
    this.#show(this.#pointed);
  }

  #point(event: PointerEvent): void {
    const { left, width } = this.el.getBoundingClientRect();
    const cells = this.#strip?.p.length ?? 0;
    const cell = Math.floor(((event.clientX - left) / width) * cells);
    this.#show(Math.max(0, Math.min(cell, cells - 1)));
  }

  #show(cell: number | null): void {
    const before = this.#pointed;
    this.#pointed = cell;
    const words =
      cell === null || this.#strip === null ? null : cellWords(this.name, this.#strip, cell);
    mark(this.#here, "x", String(cell ?? 0));
    mark(this.#here, "width", words === null ? "0" : "1");
    if (words !== null || before !== null) this.pointed(words);
  }
}

/** The height of a probability: its square root, so that small ones are visible, too. */
export function heightOf(p: number): number {
  return HEIGHT * Math.sqrt(Math.max(0, Math.min(1, p)));
}

function bar(p: number, cell: number): string {
  const height = heightOf(p);
  return height < 0.05 ? "" : `M${cell} ${HEIGHT}h.85v-${height.toFixed(2)}h-.85z`;
}

/** The number of classes in a cell; cells differ by one at most. */
function cellWords(name: string, { classes, p, best: names, bestP }: Strip, cell: number): string {
  const cells = p.length;
  const count = Math.floor(((cell + 1) * classes) / cells) - Math.floor((cell * classes) / cells);
  const own = `${visible(names[cell] ?? "")} ${percent(bestP[cell] ?? Number.NaN)}`;
  if (count === 1) return `${name}: ${own}`;
  const all = `${percent(p[cell] ?? Number.NaN)} in all of ${grouped(count)}`;
  return `${name}: ${own}, ${all} neighbours in the alphabet`;
}

/** The best classes of the three likeliest cells. */
function best({ classes, p, best: names, bestP }: Strip): string {
  const order = Array.from(p.keys()).sort((a, b) => (bestP[b] ?? 0) - (bestP[a] ?? 0));
  const said = order
    .slice(0, 3)
    .map((cell) => `${visible(names[cell] ?? "")} ${percent(bestP[cell] ?? Number.NaN)}`);
  return `probabilities of all ${grouped(classes)} classes; the largest are ${said.join(", ")}`;
}

function svg<K extends "svg" | "path" | "rect">(tag: K, name: string): SVGElementTagNameMap[K] {
  const el = document.createElementNS("http://www.w3.org/2000/svg", tag);
  mark(el, "class", `rnnviz-${name}`);
  return el;
}

/** The curve of a check: what is left of a prediction, by how many inputs are exchanged, in three orders. */
import { make, mark } from "../core/dom";
import { about, inputsOf } from "../state/check-words";
import type { OutputCheck } from "../wire";

export const ORDERS = ["strongest", "nearest", "random"] as const;

const WIDTH = 312;
const HEIGHT = 118;
/** Where the curves are. */
const PLOT = { left: 46, right: 236, top: 10, bottom: 82 };
/** The least distance between two names of lines, from one baseline to the next. */
const APART = 14;

/** Round numbers, in units of a power of ten. */
const ROUND = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

interface Scale {
  readonly low: number;
  readonly high: number;
}

/** The picture; it is read as the table that stands beside it. */
export function makeCurve(check: OutputCheck): SVGElement {
  const el = svg("svg", "check-curve");
  mark(el, "viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  mark(el, "aria-hidden", true);
  const scale = scaleOf(check);
  const across = [0, ...check.counts].map(
    (_, n) => PLOT.left + ((PLOT.right - PLOT.left) * n) / check.counts.length,
  );
  const down = (value: number) => {
    const part = (clamp(value, scale) - scale.low) / (scale.high - scale.low || 1);
    return PLOT.bottom - (PLOT.bottom - PLOT.top) * part;
  };
  el.append(...axes(check, scale, across));
  const curves = ORDERS.map((order) => {
    const { mean, error } = check[order];
    const values = [check.before, ...mean];
    const errors = [0, ...error];
    return { order, values, errors, end: down(values.at(-1) ?? check.before) };
  });
  for (const { order, values, errors } of curves) {
    const edge = (sign: number) =>
      values.map((value, n) => point(across[n] ?? 0, down(value + sign * (errors[n] ?? 0))));
    const band = svg("polygon", `check-band rnnviz-check-${order}`);
    mark(band, "points", [...edge(1), ...edge(-1).reverse()].join(" "));
    el.append(band);
  }
  // The strongest last: over the others.
  for (const { order, values } of [...curves].reverse()) {
    const line = svg("polyline", `check-line rnnviz-check-${order}`);
    mark(line, "points", values.map((value, n) => point(across[n] ?? 0, down(value))).join(" "));
    el.append(
      line,
      ...values.slice(1).map((value, n) => dot(order, across[n + 1] ?? 0, down(value))),
    );
  }
  const places = spread(curves.map(({ end }) => end));
  for (const [n, { order, end }] of curves.entries()) {
    const y = places[n] ?? end;
    const leader = svg("path", `check-leader rnnviz-check-${order}`);
    mark(leader, "d", `M${PLOT.right + 4} ${end.toFixed(1)}L${PLOT.right + 13} ${y.toFixed(1)}`);
    el.append(leader, words(order, PLOT.right + 16, y + 4, `check-name rnnviz-check-${order}`));
  }
  return el;
}

/** The same in numbers. */
export function makeTable(model: string, check: OutputCheck): HTMLElement {
  const head = [`${inputsOf(check, 2)} exchanged`, ...ORDERS].map((name) => {
    const cell = make("th", "check-cell", name);
    mark(cell, "scope", "col");
    return cell;
  });
  const line = (name: string, values: readonly string[]) => {
    const first = make("th", "check-cell", name);
    mark(first, "scope", "row");
    return make("tr", "check-row", first, ...values.map((each) => make("td", "check-cell", each)));
  };
  const same = (value: number) => ORDERS.map(() => about(value, check.unit));
  const body = check.counts.map((count, n) =>
    line(
      String(count),
      ORDERS.map((order) => withError(check[order].mean[n], check[order].error[n], check.unit)),
    ),
  );
  const table = make(
    "table",
    "check-table",
    make("caption", "check-caption", `${model}: what is left`),
    make("thead", "check-head", make("tr", "check-row", ...head)),
    make(
      "tbody",
      "check-body",
      line("none", same(check.before)),
      ...body,
      line("all", same(check.nothing)),
    ),
  );
  return make("div", "check-numbers", table);
}

function withError(mean = Number.NaN, error = Number.NaN, unit: string | null = null): string {
  const off =
    unit === null ? `${(100 * error).toFixed(error < 0.01 ? 1 : 0)}` : error.toPrecision(2);
  return `${about(mean, unit)} ± ${off}`;
}

/** From 0 to a round number above all that is drawn; of a model of one number, from the smallest to the largest. */
function scaleOf(check: OutputCheck): Scale {
  const drawn = ORDERS.flatMap((order) => {
    const { mean, error } = check[order];
    return mean.flatMap((value, n) => [value - (error[n] ?? 0), value + (error[n] ?? 0)]);
  });
  const values = [check.before, ...drawn].filter(Number.isFinite);
  if (check.unit !== null) return { low: Math.min(...values), high: Math.max(...values) };
  const high = Math.min(1, Math.max(...values));
  return { low: 0, high: Math.min(1, roundAbove(high)) };
}

/** The next round number. */
function roundAbove(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(value, 1e-12)));
  return unit * (ROUND.find((each) => each * unit >= value) ?? 10);
}

function clamp(value: number, { low, high }: Scale): number {
  return Math.max(low, Math.min(high, Number.isFinite(value) ? value : low));
}

function axes(check: OutputCheck, { low, high }: Scale, across: readonly number[]) {
  const { counts, unit } = check;
  const { left, right, top, bottom } = PLOT;
  const ground = svg("path", "check-axis");
  mark(ground, "d", `M${left} ${top}H${right}M${left} ${bottom}H${right}`);
  const ticks = [0, ...counts].map((count, n) =>
    words(String(count), across[n] ?? 0, bottom + 14, "check-tick rnnviz-check-middle"),
  );
  const value = (p: number) => (unit === null && p === 1 ? "100 %" : about(p, unit));
  return [
    ground,
    words(value(high), left - 6, top + 4, "check-tick rnnviz-check-end"),
    words(unit === null ? "0" : value(low), left - 6, bottom + 4, "check-tick rnnviz-check-end"),
    ...ticks,
    words(
      `${inputsOf(check, 2)} exchanged`,
      (left + right) / 2,
      bottom + 29,
      "check-tick rnnviz-check-middle",
    ),
  ];
}

/** Moves heights apart that are too close to name them, as little as needed, in their order. */
export function spread(heights: readonly number[]): number[] {
  const found = [...heights];
  const order = heights.map((_, n) => n).sort((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0));
  for (let round = 0; round < 20; round++) {
    for (const [n, lower] of order.slice(1).entries()) {
      const upper = order[n] ?? 0;
      const lack = APART - ((found[lower] ?? 0) - (found[upper] ?? 0));
      if (lack <= 0) continue;
      found[upper] = (found[upper] ?? 0) - lack / 2;
      found[lower] = (found[lower] ?? 0) + lack / 2;
    }
  }
  return found;
}

function dot(order: string, x: number, y: number): SVGElement {
  const el = svg("circle", `check-dot rnnviz-check-${order}`);
  mark(el, "cx", x.toFixed(1));
  mark(el, "cy", y.toFixed(1));
  mark(el, "r", order === "strongest" ? 2.6 : 2);
  return el;
}

function words(text: string, x: number, y: number, name: string): SVGElement {
  const el = svg("text", name);
  el.textContent = text;
  mark(el, "x", x.toFixed(1));
  mark(el, "y", y.toFixed(1));
  return el;
}

function point(x: number, y: number): string {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}

function svg<K extends "svg" | "path" | "polyline" | "polygon" | "circle" | "text">(
  tag: K,
  name: string,
): SVGElementTagNameMap[K] {
  const el = document.createElementNS("http://www.w3.org/2000/svg", tag);
  mark(el, "class", `rnnviz-${name}`);
  return el;
}

/** The curves of a training, over one axis of steps; the pointer, or the arrow keys, tell a checkpoint's numbers. */
import type { Rgb } from "../core/color";
import { consume, listen, make, mark, suppressShortcuts, write } from "../core/dom";
import { grouped, quantity } from "../core/format";
import {
  CHARTED,
  type ChartedFigure,
  nearestPoint,
  newestMeasured,
  placesOf,
  pointWords,
  scaleOf,
  shownPoint,
  stepsOf,
  valueWords,
} from "../state/training-points";
import type { TrainingCurves } from "../wire/generated";
import { CurveChart, type DrawnCurve, keyPlace } from "./curve-chart";
import { Theme } from "./theme";

/** More checkpoints than this have no dots. */
const DOTS = 24;

const WAITING = "The curves begin with the first checkpoint.";

export class TrainingCurvesView {
  readonly el = make("section", "training");
  readonly #theme = new Theme(this.el);
  readonly #name = make("b", "training-model");
  readonly #facts = make("span", "training-facts");
  readonly #words = make("div", "training-words");
  readonly #note = make("p", "training-note");
  readonly #charts = CHARTED.map(({ name, title }) => new CurveChart(name, title));
  readonly #axis = suppressShortcuts(make("div", "training-charts"));
  #curves: TrainingCurves | null = null;
  /** The number of the point that the reader has chosen; null: none. */
  #chosen: number | null = null;

  constructor(signal: AbortSignal) {
    mark(this.el, "aria-label", "Training");
    this.#axis.append(...this.#charts.map(({ el }) => el));
    this.#axis.tabIndex = 0;
    mark(this.#axis, "role", "slider");
    mark(this.#axis, "aria-label", "Checkpoint");
    const head = make("div", "training-title", this.#name, this.#facts);
    this.el.append(head, this.#axis, this.#words, this.#note);
    for (const chart of this.#charts) {
      for (const type of ["pointermove", "pointerdown"] as const) {
        listen(chart.el, type, (event) => this.#pointAt(chart.pointed(event)), signal);
      }
    }
    listen(this.#axis, "pointerleave", () => this.#choose(null), signal);
    listen(this.#axis, "keydown", (event) => this.#walk(event), signal);
    listen(this.#axis, "blur", () => this.#choose(null), signal);
  }

  set ground(ground: Rgb) {
    this.#theme.ground = ground;
    this.#theme.use(false);
  }

  show(curves: TrainingCurves): void {
    // While the reader points at a checkpoint it stays chosen, though others come.
    const chosen = this.#chosen === null ? null : this.#curves?.points[this.#chosen];
    this.#curves = curves;
    this.#chosen = chosen == null ? null : nearestPoint(curves.points, chosen.step);
    const { name, step, kept, state, note } = curves;
    const checkpoints = `${grouped(kept)} checkpoint${kept === 1 ? "" : "s"}`;
    write(this.#name, name);
    write(this.#facts, ` step ${grouped(step)} · ${checkpoints} · ${state}`);
    write(this.#note, note ?? "");
    this.#note.hidden = note === null;
    const [first, last] = stepsOf(curves);
    const names = [grouped(first), last === first ? "" : grouped(last)] as const;
    for (const [n, figure] of CHARTED.entries()) {
      const curve = curveOf(curves, figure.key);
      this.#charts[n]?.rename(
        curve?.scale.logarithmic ? `${figure.name}, logarithmic` : figure.name,
      );
      this.#charts[n]?.draw(curve, { range: [first, last], names });
    }
    this.#point();
  }

  #pointAt(step: number | null): void {
    if (this.#curves !== null && step !== null) {
      this.#choose(nearestPoint(this.#curves.points, step));
    }
  }

  #walk(event: KeyboardEvent): void {
    const points = this.#curves?.points ?? [];
    const now = this.#chosen ?? newestMeasured(points);
    const to = keyPlace(event.key, now, points.length - 1);
    if (event.key === "Escape") this.#choose(null);
    if (to === undefined) return;
    consume(event);
    this.#choose(to);
  }

  #choose(number: number | null): void {
    if (number === this.#chosen) return;
    this.#chosen = number;
    this.#point();
  }

  #point(): void {
    const points = this.#curves?.points ?? [];
    const number = this.#chosen ?? newestMeasured(points);
    const point = this.#curves === null ? undefined : shownPoint(this.#curves, number);
    const words = point === undefined ? WAITING : pointWords(point);
    write(this.#words, words);
    mark(this.#axis, "aria-valuemin", 0);
    mark(this.#axis, "aria-valuemax", Math.max(0, points.length - 1));
    mark(this.#axis, "aria-valuenow", Math.max(0, number));
    mark(this.#axis, "aria-valuetext", words);
    for (const [n, chart] of this.#charts.entries()) {
      const key = CHARTED[n]?.key ?? "loss";
      const value = point?.[key] ?? null;
      chart.point(point?.step ?? 0, value, valueWords(key, value), this.#chosen !== null);
    }
  }
}

/** What is drawn of a figure; null: nothing is known of it. */
function curveOf(curves: TrainingCurves, key: ChartedFigure["key"]): DrawnCurve | null {
  const places = placesOf(curves, key);
  if (places.length === 0) return null;
  const scale = scaleOf(key, places);
  const end = (value: number) => quantity(Number(value.toPrecision(2)));
  const low = scale.low === scale.high ? "" : end(scale.low);
  const isLoss = key === "loss" && curves.losses.length > 0;
  const dots = !isLoss && places.length <= DOTS;
  return { places, scale, high: end(scale.high), low, dots };
}

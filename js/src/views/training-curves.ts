/** The curves of a training, over one axis of steps; the pointer, or the arrow keys, tell a checkpoint's numbers. */
import type { Rgb } from "../core/color";
import { consume, listen, make, mark, suppressShortcuts, write } from "../core/dom";
import { grouped } from "../core/format";
import {
  CHARTED,
  nearestPoint,
  newestMeasured,
  pointWords,
  shownPoint,
  stepsOf,
} from "../state/training-points";
import type { TrainingCurves } from "../wire/generated";
import { Theme } from "./theme";
import { TrainingChart } from "./training-chart";

const WAITING = "The curves begin with the first checkpoint.";

export class TrainingCurvesView {
  readonly el = make("section", "training");
  readonly #theme = new Theme(this.el);
  readonly #name = make("b", "training-model");
  readonly #facts = make("span", "training-facts");
  readonly #words = make("div", "training-words");
  readonly #note = make("p", "training-note");
  readonly #charts = CHARTED.map((figure) => new TrainingChart(figure));
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
    for (const { el } of this.#charts) {
      listen(el, "pointermove", (event) => this.#pointAt(event, el), signal);
      listen(el, "pointerdown", (event) => this.#pointAt(event, el), signal);
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
    const steps = stepsOf(curves);
    for (const chart of this.#charts) chart.draw(curves, steps);
    this.#point();
  }

  #pointAt(event: PointerEvent, chart: HTMLElement): void {
    const curves = this.#curves;
    const plot = chart.querySelector(".rnnviz-training-plot")?.getBoundingClientRect();
    if (curves === null || plot === undefined || plot.width === 0) return;
    const part = Math.min(1, Math.max(0, (event.clientX - plot.left) / plot.width));
    const [first, last] = stepsOf(curves);
    this.#choose(nearestPoint(curves.points, first + part * (last - first)));
  }

  #walk(event: KeyboardEvent): void {
    const points = this.#curves?.points ?? [];
    const end = points.length - 1;
    const now = this.#chosen ?? newestMeasured(points);
    const to = {
      ArrowLeft: now - 1,
      ArrowDown: now - 1,
      ArrowRight: now + 1,
      ArrowUp: now + 1,
      Home: 0,
      End: end,
    }[event.key];
    if (event.key === "Escape") this.#choose(null);
    if (to === undefined || end < 0) return;
    consume(event);
    this.#choose(Math.min(end, Math.max(0, to)));
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
      chart.point(point?.step ?? 0, point?.[key] ?? null, this.#chosen !== null);
    }
  }
}

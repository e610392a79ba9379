/** One model's link over the checkpoints: its share of the row, and the prediction; press or arrow keys go to a checkpoint. */
import { consume, listen, make, mark, suppressShortcuts, toggle, write } from "../core/dom";
import { quantity } from "../core/format";
import { scaleBetween, scaleWithZero } from "../state/curve";
import {
  appearsAt,
  knownPlaces,
  type LinkPoint,
  linkPoints,
  linkPointWords,
  predictionWords,
  shareWords,
} from "../state/link-points";
import type { Facet, Failure } from "../wire";
import type { FacetLinkCurves } from "../wire/generated";
import { CurveChart, type DrawnCurve, keyPlace } from "./curve-chart";

/** More checkpoints than this have no dots. */
const DOTS = 40;

export class LinkCurveFacet {
  readonly el = make("div", "link-curve-facet");
  readonly #words = make("div", "link-curve-words");
  readonly #share = new CurveChart(
    "link’s share",
    "The link’s share of all that the output rests on",
  );
  readonly #prediction: CurveChart;
  /** Both charts: one axis, which keys walk along. */
  readonly axis = suppressShortcuts(make("div", "link-curve-axis"));
  #points: readonly LinkPoint[] = [];
  #labels: readonly string[] = [];
  /** The checkpoint that is shown, and the one that is pointed at. */
  #now = 0;
  #pointed: number | null = null;

  constructor(
    private readonly facet: Facet,
    private readonly choose: (checkpoint: number) => void,
    signal: AbortSignal,
  ) {
    const what = facet.unit === null ? "probability" : "what the model gives";
    this.#prediction = new CurveChart(what, "What the model makes of what is explained here");
    this.axis.append(this.#share.el, this.#prediction.el);
    this.axis.tabIndex = 0;
    mark(this.axis, "role", "slider");
    mark(this.axis, "aria-label", `${facet.name}: checkpoint`);
    mark(this.axis, "aria-valuemin", 0);
    for (const chart of [this.#share, this.#prediction]) {
      const at = (event: MouseEvent) => Math.round(chart.pointed(event) ?? this.#now);
      listen(chart.el, "pointermove", (event) => this.#point(at(event)), signal);
      listen(chart.el, "click", (event) => this.choose(at(event)), signal);
    }
    listen(this.axis, "pointerleave", () => this.#point(null), signal);
    listen(this.axis, "keydown", (event) => this.#walk(event), signal);
    this.el.append(this.axis, this.#words);
  }

  /** In words, when the link appeared and what it is now. */
  get words(): string {
    const { name } = this.facet;
    const words = this.#words.textContent ?? "";
    return words.startsWith(name) ? words : `${name}: ${words}`;
  }

  /** Shows the link from the character `at`, at all checkpoints that are read. */
  show(curves: FacetLinkCurves | Failure, at: number, labels: readonly string[]): void {
    const failed = "error" in curves;
    this.axis.hidden = failed;
    this.#labels = labels;
    if (failed) {
      this.#points = [];
      write(this.#words, `${this.facet.name}: ${curves.error}.`);
      return;
    }
    this.#points = linkPoints(curves, this.facet.tokenAt[at] ?? 0);
    const last = labels.length - 1;
    const names = [labels[0] ?? "", last > 0 ? (labels[last] ?? "") : ""] as const;
    const axis = { range: [0, last], names } as const;
    this.#share.draw(this.#curve("share"), axis);
    this.#prediction.draw(this.#curve("probability"), axis);
    mark(this.axis, "aria-valuemax", last);
    this.#draw();
  }

  /** Marks the checkpoint that is shown. */
  showNow(checkpoint: number): void {
    this.#now = checkpoint;
    this.#draw();
  }

  set stale(stale: boolean) {
    toggle(this.el, "link-curve-stale", stale);
  }

  #curve(of: "share" | "probability"): DrawnCurve | null {
    const places = knownPlaces(this.#points, of);
    if (places.length === 0) return null;
    const values = places.map(([, value]) => value);
    const number = of === "probability" && this.facet.unit !== null;
    const scale = number
      ? scaleBetween(Math.min(...values), Math.max(...values))
      : scaleWithZero(values);
    const end = (value: number) => {
      const short = Number((number ? value : 100 * value).toPrecision(2));
      return number || short === 0 ? quantity(short) : `${quantity(short)} %`;
    };
    return {
      places,
      scale,
      high: end(scale.high),
      low: scale.low === scale.high ? "" : end(scale.low),
      dots: places.length <= DOTS,
    };
  }

  #point(checkpoint: number | null): void {
    if (checkpoint === this.#pointed) return;
    this.#pointed = checkpoint;
    this.#draw();
  }

  #walk(event: KeyboardEvent): void {
    const to = keyPlace(event.key, this.#now, this.#labels.length - 1);
    if (to === undefined) return;
    consume(event);
    this.#point(null);
    this.choose(to);
  }

  #draw(): void {
    if (this.#points.length === 0) return;
    const at = this.#pointed ?? this.#now;
    const { unit } = this.facet;
    const point = this.#points[at];
    const pointed = this.#pointed !== null;
    const value = (of: "share" | "probability") => {
      const number = point?.[of] ?? Number.NaN;
      return Number.isNaN(number) ? null : number;
    };
    const [share, probability] = [value("share"), value("probability")];
    const given = point === undefined || probability === null ? "–" : predictionWords(point, unit);
    this.#share.point(at, share, share === null ? "–" : shareWords(share), pointed);
    this.#prediction.point(at, probability, given, pointed);
    for (const chart of [this.#share, this.#prediction]) chart.showNow(this.#now);
    const words = linkPointWords(point, this.#labels[at] ?? "", unit);
    write(this.#words, `At ${words}.${this.#appears()}`);
    mark(this.axis, "aria-valuenow", at);
    mark(this.axis, "aria-valuetext", words);
  }

  /** Since when the link is there, once all checkpoints are known. */
  #appears(): string {
    if (this.#points.some(({ share }) => Number.isNaN(share))) return "";
    const first = appearsAt(this.#points);
    if (first === null) return "";
    const most = Math.max(...this.#points.map(({ share }) => Math.abs(share)));
    return ` At least half of its largest share (${shareWords(most)}) from ${this.#labels[first]} on.`;
  }
}

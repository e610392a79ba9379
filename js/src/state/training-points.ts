/** What is drawn of a training's curves: scales, the point under the pointer, and its numbers in words. */
import { grouped, percent, quantity } from "../core/format";
import type { CurvePoint, TrainingCurves } from "../wire/generated";
import { type ChartScale, type Place, scaleBetween, scaleWithZero } from "./curve";

/** A figure that has a chart. */
export interface ChartedFigure {
  readonly key: "loss" | "reach" | "effective" | "check";
  readonly name: string;
  readonly title: string;
}

export const CHARTED: readonly ChartedFigure[] = [
  { key: "loss", name: "loss", title: "The training's loss" },
  {
    key: "reach",
    name: "reach",
    title: "How far back predictions depend on the text, in characters",
  },
  {
    key: "effective",
    name: "effective",
    title: "On how many characters predictions depend",
  },
  {
    key: "check",
    name: "check",
    title:
      "How much more a prediction falls without its row's strongest inputs than without random ones; above 0 running the model again confirms the picture",
  },
];

/** The steps and values of a figure that are known. */
export function placesOf(curves: TrainingCurves, key: ChartedFigure["key"]): Place[] {
  if (key === "loss" && curves.losses.length > 0) {
    return curves.losses.map((loss, n) => [curves.lossSteps[n] ?? 0, loss]);
  }
  return curves.points.flatMap((point) => {
    const value = point[key];
    return value === null ? [] : [[point.step, value] as const];
  });
}

/** From this ratio on losses are drawn on a logarithmic scale. */
const WIDE = 30;

/** Lengths begin at 0, and the check has 0 in it; losses do not. */
export function scaleOf(key: ChartedFigure["key"], places: readonly Place[]): ChartScale {
  const values = places.map(([, value]) => value);
  const least = Math.min(...values);
  const most = Math.max(...values);
  if (key === "loss") {
    const logarithmic = least > 0 && most / least > WIDE;
    return scaleBetween(least, most, logarithmic);
  }
  return scaleWithZero(values);
}

/** The first and the last step of all that is drawn. */
export function stepsOf({ lossSteps, points }: TrainingCurves): readonly [number, number] {
  const steps = [...lossSteps, ...points.map(({ step }) => step)];
  return steps.length === 0 ? [0, 0] : [Math.min(...steps), Math.max(...steps)];
}

/** The number of the point whose step is nearest; of several with the same step the newest. */
export function nearestPoint(points: readonly CurvePoint[], step: number): number {
  let best = points.length - 1;
  for (let n = points.length - 1; n >= 0; n--) {
    const off = Math.abs((points[n]?.step ?? 0) - step);
    if (off < Math.abs((points[best]?.step ?? 0) - step)) best = n;
  }
  return best;
}

/** A point as it is shown: its loss is that of the curve there, which has more of them than checkpoints. */
export function shownPoint(curves: TrainingCurves, number: number): CurvePoint | undefined {
  const point = curves.points[number];
  if (point === undefined || curves.losses.length === 0) return point;
  const off = curves.lossSteps.map((step) => Math.abs(step - point.step));
  return { ...point, loss: curves.losses[off.indexOf(Math.min(...off))] ?? null };
}

/** The newest point that was measured; of none the newest. */
export function newestMeasured(points: readonly CurvePoint[]): number {
  for (let n = points.length - 1; n >= 0; n--) {
    if (points[n]?.reach != null) return n;
  }
  return points.length - 1;
}

/** "+4.9": a difference, with three digits. */
function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${quantity(Number(value.toPrecision(3)))}`;
}

/** A figure as it stands beside its name. */
export function valueWords(key: ChartedFigure["key"], value: number | null): string {
  if (value === null) return "–";
  return key === "check" ? signed(value) : quantity(Number(value.toPrecision(3)));
}

/** A checkpoint in words. */
export function pointWords(point: CurvePoint): string {
  const { step, loss, reach, effective, before, check } = point;
  const found = [
    loss === null ? null : `loss ${valueWords("loss", loss)}`,
    reach === null ? null : `reach ${valueWords("reach", reach)} characters`,
    effective === null ? null : `${valueWords("effective", effective)} effective characters`,
    before === null ? null : `${percent(before)} before the word`,
    check === null ? null : `check ${signed(check)}`,
  ].filter((words) => words !== null);
  const numbers = found.length === 0 ? "not measured" : found.join(", ");
  return `Step ${grouped(step)}: ${numbers}`;
}

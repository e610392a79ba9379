/** What is left of a prediction when inputs are exchanged; as rnnviz_widget/evaluation/faithfulness/check_output.py. */
import type { ExchangeCurve, OutputCheck } from "../wire";

const COUNTS = [1, 2, 4, 8, 16];
const RERUNS = 80;
const MARGIN = 0.2;

/** A model that has read a text, at one output. */
export interface CheckedOutput {
  /** What it has read up to there. */
  readonly ids: readonly number[];
  /** The number of its symbols. */
  readonly symbols: number;
  /** The row. */
  readonly values: ArrayLike<number>;
  /** The log odds of what is explained, in a text that ends there. */
  odds(ids: readonly number[]): number;
}

/** The numbers of a check. */
export type Checked = Pick<
  OutputCheck,
  "counts" | "strongest" | "nearest" | "random" | "nothing" | "draws" | "drawn" | "flagged"
>;

/** The texts of a check: in each draw those of each order, then the one with all inputs exchanged. */
export function exchangedTexts(
  { ids, symbols, values }: Omit<CheckedOutput, "odds">,
  signed: boolean,
): number[][] {
  const places = Array.from(ids.keys());
  const counts = COUNTS.filter((count) => count < ids.length);
  const pool = new Set(ids).size > 1 ? ids : Array.from({ length: symbols }, (_, id) => id);
  const random = randomNumbers(ids.length);
  const below = (n: number) => Math.floor(random() * n);
  const strength = (t: number) => (signed ? 1 : Math.sign(values[t] ?? 0)) * (values[t] ?? 0);
  const texts: number[][] = [];
  for (let draw = 0; draw < drawsOf(counts); draw++) {
    const others = places.map(() => pool[below(pool.length)] ?? 0);
    const shuffled = [...places];
    for (let n = shuffled.length - 1; n > 0; n--) {
      const m = below(n + 1);
      [shuffled[n], shuffled[m]] = [shuffled[m] ?? 0, shuffled[n] ?? 0];
    }
    const strongest = [...shuffled].sort((a, b) => strength(b) - strength(a));
    for (const order of [strongest, [...places].reverse(), shuffled]) {
      for (const count of counts) {
        const text = [...ids];
        for (const t of order.slice(0, count)) text[t] = others[t] ?? 0;
        texts.push(text);
      }
    }
    texts.push(others);
  }
  return texts;
}

/** Runs the model on one text after the other; what comes last is the check. */
export function* checkOf(output: CheckedOutput, signed: boolean): Generator<Checked | null> {
  const counts = COUNTS.filter((count) => count < output.ids.length);
  const before = output.odds(output.ids);
  const found: number[] = [];
  for (const text of exchangedTexts(output, signed)) {
    found.push(output.odds(text));
    yield null;
  }
  const draws = drawsOf(counts);
  const each = (column: number) =>
    Array.from({ length: draws }, (_, d) => found[d * (3 * counts.length + 1) + column] ?? 0);
  const columns = [0, 1, 2].map((order) => counts.map((_, n) => each(order * counts.length + n)));
  const [strongest, nearest, random] = columns.map(curve) as [Curve, Curve, Curve];
  const [own = 0, near = 0, any = 0] = columns.map((all) =>
    mean(all.flat().map((odds) => (signed ? before - odds : Math.abs(before - odds)))),
  );
  yield {
    ...{ counts, strongest, nearest, random, draws },
    nothing: mean(each(3 * counts.length).map(chance)),
    drawn: new Set(output.ids).size > 1 ? "text" : "all",
    flagged: own < Math.max(near, any) - MARGIN * Math.abs(near - any),
  };
}

type Curve = ExchangeCurve;

function drawsOf(counts: readonly number[]): number {
  return Math.floor(RERUNS / (3 * counts.length + 1));
}

function curve(columns: readonly number[][]): Curve {
  const chances = columns.map((column) => column.map(chance));
  return { mean: chances.map(mean), error: chances.map(standardError) };
}

function chance(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardError(values: readonly number[]): number {
  const middle = mean(values);
  const square = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(square / (values.length - 1) / values.length);
}

/** Numbers from 0 to 1 (mulberry32), the same for each seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

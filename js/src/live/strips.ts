/** Strips: the probabilities of all classes in alphabetical order, summed over cells, as in the kernel's replies. */
import type { Strip } from "../wire";
import { at } from "./layer";

const STRIP_CELLS = 160;

/** The classes in the order of their names. */
export function alphabetical(names: readonly string[]): number[] {
  const before = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return Array.from(names.keys()).sort((a, b) => before(names[a] ?? "", names[b] ?? ""));
}

export function stripOf(
  logits: Float32Array,
  order: readonly number[],
  names: readonly string[],
): Strip {
  const classes = logits.length;
  const cells = Math.min(STRIP_CELLS, classes);
  const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const weights = logits.map((logit) => Math.exp(logit - largest));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const [p, bestP, best]: [number[], number[], string[]] = [[], [], []];
  for (let cell = 0; cell < cells; cell++) {
    const own = order.slice(
      Math.floor((cell * classes) / cells),
      Math.floor(((cell + 1) * classes) / cells),
    );
    const first = own.reduce((k, other) => (at(weights, other) > at(weights, k) ? other : k));
    p.push(own.reduce((all, k) => all + at(weights, k), 0) / sum);
    bestP.push(at(weights, first) / sum);
    best.push(names[first] ?? "");
  }
  return {
    cells,
    classes,
    p: Float64Array.from(p),
    best,
    bestP: Float64Array.from(bestP),
  };
}

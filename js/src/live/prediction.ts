/** A model's predictions at one token, with the probability and rank of the explained class. */
import { at } from "./layer";

export interface Prediction {
  /** The best classes, best first, with their probabilities. */
  readonly top: readonly number[];
  readonly topP: readonly number[];
  readonly target: number;
  readonly targetP: number;
  /** 1 is the best. */
  readonly rank: number;
}

/** The number of predictions that the page shows. */
export const SHOWN = 3;

/** `wanted` is the class to explain; null: the best one. Returns null where a logit is not finite. */
export function predict(logits: Float32Array, wanted: number | null): Prediction | null {
  const top: number[] = [];
  let sum = 0;
  for (let k = 0; k < logits.length; k++) {
    const logit = at(logits, k);
    if (!Number.isFinite(logit)) return null;
    const last = top[SHOWN - 1];
    if (last !== undefined && logit <= at(logits, last)) continue;
    let place = top.length;
    while (place > 0 && logit > at(logits, top[place - 1] as number)) place--;
    top.splice(place, 0, k);
    top.length = Math.min(top.length, SHOWN);
  }
  const best = top[0] ?? 0;
  const target = wanted ?? best;
  const its = at(logits, target);
  let rank = 1;
  for (let k = 0; k < logits.length; k++) {
    const logit = at(logits, k);
    sum += Math.exp(logit - at(logits, best));
    if (logit > its) rank++;
  }
  const p = (k: number) => Math.exp(at(logits, k) - at(logits, best)) / sum;
  return { top, topP: top.map(p), target, targetP: p(target), rank };
}

/** The colours of a row with random weights or of a random class: on the scale of the model's own row, so that both can be compared. */
import type { ScaleName, Scaling } from "../core/scales";
import type { Words } from "../core/words";
import type { Facet } from "../wire";
import type { RandomisedFacet } from "../wire/randomised";
import { type Heat, heatSteps, makeHeat } from "./heat";

export interface RandomisedHeatOptions {
  readonly scale: ScaleName;
  readonly sharpness: number;
  readonly squared: boolean;
  readonly words: Words | null;
}

/** The step of each character of each facet; null: there is no row, or what the scale needs is not known yet. */
export function randomisedSteps(
  facets: readonly Facet[],
  rows: readonly RandomisedFacet[],
  own: Heat,
  length: number,
  options: RandomisedHeatOptions,
): (Int8Array | null)[] {
  const outcomes = rows.map(({ outcome }) => outcome);
  const expected = rows.map(({ expected: means }) => means && ((t: number) => means[t] ?? 0));
  const heat = makeHeat(facets, outcomes, length, { ...options, expected });
  return heat.facets.map((one, i) => {
    const before = own.facets[i] ?? null;
    if (one === null || before === null || own.scaling === null) return null;
    const scaling = scalingOf(own.scaling, heat.scaling, one.total / (before.total || 1));
    return scaling && heatSteps(one, i, scaling);
  });
}

/** By a scale whose full colour is one share for all rows, that of the model's own; by others each row has its own. */
function scalingOf(own: Scaling, its: Scaling | null, larger: number): Scaling | null {
  const { name } = own;
  if (name === "share" || name === "log") return own;
  if (name === "one") return { ...own, part: (i, share, p) => own.part(i, share * larger, p) };
  return its?.name === name ? its : null;
}

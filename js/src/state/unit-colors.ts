/** From states of units to steps of colour, on a scale for all units of a layer or on each unit's own. */
import { round_caps } from "../../../rnnviz_widget/picture/numbers.json";
import { type Palette, STEPS } from "../core/color";
import { pixelOf } from "../core/pixels";
import { NOT_FINITE } from "../wire/states";
import type { UnitStates } from "./unit-states";

export type UnitScale = "layer" | "unit";

/** How much larger than most units the largest must be before colours are full below it. */
const OUTLYING = 4;
/** The share of units that reach no further than full colour, where a few reach very far. */
const MOST = 0.9;

export interface UnitColors {
  /** The state at full colour, if it is the same for all units. */
  readonly cap: number | null;
  /** Whether some state is beyond it. */
  readonly clipped: boolean;
  /** Whether some state is below zero. */
  readonly signed: boolean;
  /** For each unit the steps of colour that a multiple of its quantum is. */
  readonly stepsEach: Float64Array;
}

export function unitColors(states: UnitStates, scale: UnitScale): UnitColors {
  const { quantum, low } = states.facts;
  const peaks = Float64Array.from(quantum, (_, unit) => states.peak(unit));
  const signed = low.some((one) => one < 0);
  if (scale === "unit") {
    const stepsEach = quantum.map((one, unit) => (STEPS * one) / (peaks[unit] || 1));
    return { cap: null, clipped: false, signed, stepsEach };
  }
  const rising = peaks.slice().sort();
  const largest = rising.at(-1) ?? 0;
  const usual = rising[Math.floor(rising.length / 2)] ?? 0;
  const most = rising[Math.floor(MOST * (rising.length - 1))] ?? 0;
  const outlying = largest > OUTLYING * usual && usual > 0;
  const cap = roundUp(outlying ? most : largest);
  return { cap, clipped: cap < largest, signed, stepsEach: quantum.map((q) => (STEPS * q) / cap) };
}

/** The least round number that reaches a number; 1 for 0. */
export function roundUp(peak: number): number {
  if (!(peak > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(peak));
  const fitting = round_caps.find((cap) => cap * unit >= peak * (1 - 1e-9)) ?? 10;
  return Number((fitting * unit).toPrecision(3));
}

/** The step of a state, from -STEPS to STEPS; 0 where it is not finite. */
export function stepOfMultiple(multiple: number, stepsEach: number): number {
  if (multiple === NOT_FINITE) return 0;
  return Math.max(-STEPS, Math.min(STEPS, Math.round(multiple * stepsEach)));
}

/** The colours of the steps from -STEPS to STEPS, as pixels of a canvas. */
export function pixelsOf({ rising, falling }: Palette): Uint32Array {
  return Uint32Array.from({ length: 2 * STEPS + 1 }, (_, n) => {
    const color = n < STEPS ? falling[STEPS - n] : rising[n - STEPS];
    return pixelOf(color?.background ?? [0, 0, 0]);
  });
}

/** Curves of a training, as decoded and as the kernel sends them. */
import type { CurvePoint, TrainingCurves } from "../src/wire/generated";

export function pointOf(step: number, known: Partial<CurvePoint> = {}): CurvePoint {
  return { step, loss: null, reach: null, effective: null, before: null, check: null, ...known };
}

export function curvesOf(known: Partial<TrainingCurves>): TrainingCurves {
  return {
    name: "LSTM",
    step: 0,
    shown: 0,
    lossSteps: [],
    losses: [],
    points: [],
    kept: 0,
    state: "the loop is not running",
    note: null,
    ...known,
  };
}

/** The message of some curves. */
export function curvesMessage(known: Partial<TrainingCurves>): Record<string, unknown> {
  const { lossSteps, ...others } = curvesOf(known);
  return { ...others, loss_steps: lossSteps };
}

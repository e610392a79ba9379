/**
 * Minimal gated recurrent units: h = (1 - z) h' + z c, with z = sigmoid(W_z x + b_z) and c = W_h x + b_h;
 * rnnviz_widget/models/min_gru.py.
 */
import { at, sigmoid } from "./layer";
import type { StepNumbers } from "./recurrence";

export function minGruStep({ units, sums, bias, h, made, factors }: StepNumbers): void {
  for (let j = 0; j < units; j++) {
    const z = sigmoid(at(sums, j) + at(bias, j));
    const candidate = at(sums, units + j) + at(bias, units + j);
    made[j] = (1 - z) * at(h, j) + z * candidate;
    factors[j] = (candidate - at(h, j)) * z * (1 - z);
    factors[units + j] = z;
    factors[2 * units + j] = 1 - z;
  }
}

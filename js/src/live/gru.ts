/**
 * Gated recurrent units, with torch's gates r, z, n and q = W_hn h' + b_hn: h = (1 - z) n + z h', n = tanh(a_n + r q);
 * rnnviz_widget/engines/sweep/cells/gru.py has the derivatives.
 */
import { at, sigmoid, tanh } from "./layer";
import type { StepNumbers } from "./recurrence";

export function gruStep({ units, sums, own, bias, h, made, factors }: StepNumbers): void {
  for (let j = 0; j < units; j++) {
    const [jz, jn] = [units + j, 2 * units + j];
    const r = sigmoid(at(sums, j) + at(own, j) + at(bias, j));
    const z = sigmoid(at(sums, jz) + at(own, jz) + at(bias, jz));
    const q = at(own, jn) + at(bias, 3 * units + j);
    const new_ = tanh(at(sums, jn) + at(bias, jn) + r * q);
    made[j] = (1 - z) * new_ + z * at(h, j);
    const toN = (1 - z) * (1 - new_ * new_);
    factors[j] = factors[3 * units + j] = toN * q * r * (1 - r);
    factors[jz] = factors[4 * units + j] = (at(h, j) - new_) * z * (1 - z);
    factors[jn] = toN;
    factors[5 * units + j] = toN * r;
    factors[6 * units + j] = z;
  }
}

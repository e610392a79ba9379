/** Plain recurrent layers: h = f(W_ih x + W_hh h' + b), f = tanh or relu; rnnviz_widget/engines/sweep/cells/rnn.py. */
import { at, tanh } from "./layer";
import type { CellStep } from "./recurrence";

export const rnnStep =
  (relu: boolean): CellStep =>
  ({ units, sums, own, bias, made, factors }) => {
    for (let j = 0; j < units; j++) {
      const sum = at(sums, j) + at(own, j) + at(bias, j);
      const h = relu ? Math.max(0, sum) : tanh(sum);
      made[j] = h;
      factors[j] = factors[units + j] = relu ? Number(h > 0) : 1 - h * h;
    }
  };

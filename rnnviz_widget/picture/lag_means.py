"""What share of a row is to be expected at a lag: the mean over the rows of a text."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnviz_widget.scene.rows import STEPS, quantise, steps_of

from .shares import Floats


class LagMeans:
    """E(k) = mean over outputs s of |C[s, s - k]| / sum over t of |C[s, t]|.

    k is the lag in tokens, negative ahead of the output. The mean is over the outputs that have a
    token there and a row that is not zero. `js/src/state/lag-means.ts` computes the same.

    Args:
        rows: C[s, :] by s, of all outputs; of a causal model the first s + 1 numbers each.
        signed: Whether scores may be negative.
        rounded: Whether rows are rounded to steps of their largest, as the page has them.
    """

    def __init__(self, rows: Mapping[int, Floats], *, signed: bool, rounded: bool = True) -> None:
        self._size = len(rows)
        sums, counts = np.zeros(2 * self._size), np.zeros(2 * self._size)
        for s in range(self._size):
            row = quantise(rows[s], signed=signed)
            if row.total > 0:
                lags = self._lags(s, len(rows[s]))
                values = steps_of(row, signed=signed) if rounded else rows[s]
                unit = row.peak / row.total / STEPS if rounded else 1 / row.total
                sums[lags] += np.abs(values) * unit
                counts[lags] += 1
        self._means = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)

    def at(self, s: int, inputs: int) -> Floats:
        """The share to be expected at each of the first inputs, for output s; (inputs,)."""
        found: Floats = self._means[self._lags(s, inputs)]
        return found

    def _lags(self, s: int, inputs: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return s - np.arange(inputs) + self._size

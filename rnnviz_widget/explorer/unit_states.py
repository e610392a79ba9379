"""One layer's states of a text, as a page is sent them: in decimal steps, its units in an order."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from rnnviz_widget.scene.unit_states import UNKNOWN, UnitOrder

from .unit_order import similar_neighbours

Floats = npt.NDArray[np.floating]
Indexes = npt.NDArray[np.intp]

MOST_UNITS = 4096
"""The most units of a layer that a page is sent."""

_LARGEST = (1 << 15) - 1


class UnitStates:
    """One layer's states of a whole text, (steps, units).

    Of a layer with more than `MOST_UNITS` units those are kept that change most.

    Args:
        states: The states, (T, H).

    Attributes:
        of: H.
        index: The index in the layer of each unit that is kept, rising.
        quantum: For each unit the power of ten in whose multiples its states are told: the least
            that lets the largest of them fit into 16 bits.
        low: The least finite state of each unit; NaN: it has none.
        high: The largest.
        mean: Their mean.
        values: The states as multiples of `quantum`, (T, units), int16; `UNKNOWN` where a state is
            not finite.
    """

    def __init__(self, states: Floats) -> None:
        self.of = states.shape[1]
        self.index: Indexes = np.arange(self.of)
        spread = _statistics(states)[-1]
        if self.of > MOST_UNITS:
            self.index = np.sort(np.argsort(-spread, kind="stable")[:MOST_UNITS])
            states = states[:, self.index]
        self.low, self.high, self.mean, self._spread = _statistics(states)
        peaks = np.fmax(np.abs(self.low), np.abs(self.high))
        self.quantum = np.asarray([decimal_step(peak) for peak in peaks.tolist()])
        # Division by a power of ten rounds once; multiplication by its inverse twice.
        steps = np.rint(states / self.quantum)
        steps[~np.isfinite(steps)] = UNKNOWN
        self.values = steps.astype(np.int16)
        self._orders: dict[UnitOrder, Indexes] = {}

    def has(self, by: UnitOrder) -> bool:
        """Whether an order is known: that by contribution is made of given shares."""
        return by == "contribution" or by in self._orders

    def order(self, by: UnitOrder, shares: Floats | None = None) -> Indexes:
        """The order in which units are shown, as indices into `index`.

        Args:
            by: Which.
            shares: What each unit contributes, (units,), for the order by that. Where it is not
                known, in whole or of some units, those stand by their number, last.
        """
        if by == "contribution":
            sizes = np.abs(np.zeros(len(self.index)) if shares is None else shares)
            return np.argsort(-sizes, kind="stable")
        if by not in self._orders:
            self._orders[by] = self._ordered(by)
        return self._orders[by]

    def _ordered(self, by: UnitOrder) -> Indexes:
        if by == "number":
            return np.arange(len(self.index))
        if by == "change":
            return np.argsort(-self._spread, kind="stable")
        states = np.where(self.values == UNKNOWN, 0, self.values) * self.quantum
        return similar_neighbours(states)


def decimal_step(peak: float) -> float:
    """The least power of ten of which 32,767 multiples reach a number; 0.0001 for 0 and NaN."""
    if not peak > 0:
        return 1e-4
    exponent = math.floor(math.log10(_LARGEST / peak))
    while round(peak * 10.0**exponent) > _LARGEST:
        exponent -= 1
    return float(f"1e{-exponent}")


def _statistics(states: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """The least, the largest, the mean and the standard deviation of each unit's finite states."""
    there = np.isfinite(states)
    if there.all():
        wide = np.float64
        mean, spread = states.mean(0, dtype=wide), states.std(0, dtype=wide)
        return states.min(0).astype(wide), states.max(0).astype(wide), mean, spread
    count = there.sum(0)
    known = np.where(there, states, 0).astype(np.float64)
    mean = known.sum(0) / np.maximum(count, 1)
    spread = np.sqrt((np.where(there, known - mean, 0) ** 2).sum(0) / np.maximum(count, 1))
    low, high = np.where(there, known, np.inf).min(0), np.where(there, known, -np.inf).max(0)
    low, high, mean = (np.where(count > 0, each, np.nan) for each in (low, high, mean))
    return low, high, mean, spread

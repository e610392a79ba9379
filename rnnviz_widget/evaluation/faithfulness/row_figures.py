"""Figures of single outputs, and shares divided by what is expected at their lag."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from rnnviz_widget.reading.rank_correlation import spearman

from .formulas import aopc, racu_parts
from .measured import RowMeasured
from .row_effects import Curve, RowEffects

Floats = npt.NDArray[np.float64]
Order = Literal["measure", "nearest", "random"]
Baseline = Literal["nearest", "random"]
What = Literal["comprehensiveness", "sufficiency"]
Row = tuple[RowEffects, RowMeasured]

ROWS_AT_A_LAG = 8
"""The expected share at a lag is only used if at least this many rows have an input there."""


def sums_of(values: Sequence[Sequence[float]]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """The sum and the number of the known values of each text; NaN is not known."""
    known = [[float(v) for v in text if not math.isnan(v)] for text in values]
    return np.array([sum(text) for text in known]), np.array([len(text) for text in known])


def curve_of(row: Row, order: Order) -> Curve:
    """The curve for an order.

    Raises:
        ValueError: If there is no such order.
    """
    true, measured = row
    curves = {"measure": measured.curve, "nearest": true.nearest, "random": true.random}
    if order not in curves:
        raise ValueError(f"order must be one of {', '.join(map(repr, curves))}; got {order!r}")
    return curves[order]


def falls_of(row: Row, order: Order, what: What) -> Floats:
    """By how much the probability falls at each k, (K,).

    Raises:
        ValueError: If `order` or `what` is not known.
    """
    if what not in ("comprehensiveness", "sufficiency"):
        raise ValueError(f"what must be 'comprehensiveness' or 'sufficiency'; got {what!r}")
    curve = curve_of(row, order)
    return row[0].chance - (curve.without if what == "comprehensiveness" else curve.alone)


def gain_of(row: Row, over: Baseline, what: What) -> float:
    """By how much the AOPC of the measure is better than that of a baseline."""
    gain = float(aopc(falls_of(row, "measure", what)) - aopc(falls_of(row, over, what)))
    return gain if what == "comprehensiveness" else -gain


def is_worse_than_nearest(row: Row) -> float:
    """1.0 if the two gains over nearest-first add up to less than 0, else 0.0."""
    both: tuple[What, ...] = ("comprehensiveness", "sufficiency")
    return float(sum(gain_of(row, "nearest", what) for what in both) < 0)


def racu_of(row: Row, steps: Sequence[int], order: Order) -> tuple[float, float]:
    """Numerator and denominator of an order's RACU; see `formulas.racu_parts`."""
    true, inputs = row[0], len(row[0].places)
    below = [n for n, k in enumerate(steps) if k < inputs]
    orders: tuple[Order, ...] = (order, "random")
    curves = [[true.chance, *curve_of(row, each).without[below], true.nothing] for each in orders]
    return racu_parts([0, *(steps[n] / inputs for n in below), 1], *curves)


def over_expected(values: Sequence[Floats], lags: Sequence[npt.NDArray[np.int64]]) -> list[Floats]:
    """Divide shares by the mean share at their lag; NaN if too few rows have that lag."""
    longest = max((int(each.max()) for each in lags), default=0) + 1
    total, number = np.zeros(longest), np.zeros(longest)
    shares = []
    for each, lag in zip(values, lags, strict=True):
        whole = each.sum() if len(each) == len(lag) else 0.0
        shares.append(each / whole if whole else np.full(len(lag), math.nan))
        if whole:
            np.add.at(total, lag, shares[-1])
            np.add.at(number, lag, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(number >= ROWS_AT_A_LAG, total / number, math.nan)
        expected[expected == 0] = math.nan
        return [share / expected[lag] for share, lag in zip(shares, lags, strict=True)]


def spearman_of_known(one: Floats, other: Floats) -> float:
    """Spearman's correlation over the inputs that are NaN on neither side."""
    known = ~(np.isnan(one) | np.isnan(other))
    return spearman(one[known], other[known]) if known.sum() > 1 else math.nan

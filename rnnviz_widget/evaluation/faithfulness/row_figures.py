"""Figures of one output that was checked, and of all rows at one lag."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from .formulas import aopc, racu_parts, spearman
from .measured import RowMeasured
from .truth import Curve, RowTruth

Floats = npt.NDArray[np.float64]
Order = Literal["measure", "nearest", "random"]
Baseline = Literal["nearest", "random"]
What = Literal["comprehensiveness", "sufficiency"]
Row = tuple[RowTruth, RowMeasured]

ROWS_AT_A_LAG = 8
"""How many outputs must have an input at a lag before what is expected there is known."""


def sums_of(values: Sequence[Sequence[float]]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Sums and numbers of what is known in each text."""
    known = [[float(v) for v in text if not math.isnan(v)] for text in values]
    return np.array([sum(text) for text in known]), np.array([len(text) for text in known])


def curve_of(row: Row, order: Order) -> Curve:
    """The curve of an order.

    Raises:
        ValueError: If there is no such order.
    """
    truth, measured = row
    curves = {"measure": measured.curve, "nearest": truth.nearest, "random": truth.random}
    if order not in curves:
        raise ValueError(f"order must be one of {', '.join(map(repr, curves))}; got {order!r}")
    return curves[order]


def falls_of(row: Row, order: Order, what: What) -> Floats:
    """How far the probability falls at each step, (K,).

    Raises:
        ValueError: If there is no such order, or nothing called so.
    """
    if what not in ("comprehensiveness", "sufficiency"):
        raise ValueError(f"what must be 'comprehensiveness' or 'sufficiency'; got {what!r}")
    curve = curve_of(row, order)
    return row[0].chance - (curve.without if what == "comprehensiveness" else curve.alone)


def gain_of(row: Row, over: Baseline, what: What) -> float:
    """By how much the measure's AOPC is better than that of a baseline."""
    gain = float(aopc(falls_of(row, "measure", what)) - aopc(falls_of(row, over, what)))
    return gain if what == "comprehensiveness" else -gain


def is_worse_than_nearest(row: Row) -> float:
    """1.0 where the measure does worse than nearest-first, by both gains together, else 0.0."""
    both: tuple[What, ...] = ("comprehensiveness", "sufficiency")
    return float(sum(gain_of(row, "nearest", what) for what in both) < 0)


def racu_of(row: Row, steps: Sequence[int], order: Order) -> tuple[float, float]:
    """Above and below the line of an order's RACU, over random; see `formulas.racu_parts`."""
    truth, inputs = row[0], len(row[0].places)
    below = [n for n, k in enumerate(steps) if k < inputs]
    orders: tuple[Order, ...] = (order, "random")
    curves = [[truth.chance, *curve_of(row, each).without[below], truth.nothing] for each in orders]
    return racu_parts([0, *(steps[n] / inputs for n in below), 1], *curves)


def over_expected(values: Sequence[Floats], lags: Sequence[npt.NDArray[np.int64]]) -> list[Floats]:
    """Shares of rows over the mean share at their lags; NaN where too few rows have that lag."""
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
    """Spearman of what is no NaN in either; NaN where that is fewer than two."""
    known = ~(np.isnan(one) | np.isnan(other))
    return spearman(one[known], other[known]) if known.sum() > 1 else math.nan

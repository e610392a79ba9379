"""From which value on a unit counts as on: by quantiles of each unit, or one fixed threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .text_states import Numbers, TextStates, blocks

SAMPLE = 100_000
"""Quantiles are exact up to so many steps; of more, they are those of so many, evenly spaced."""


@dataclass(frozen=True, eq=False)
class Thresholds:
    """A unit is on, high, where x >= `high`; on, low, where x <= `low`.

    Attributes:
        high: For each unit, shape (H,); infinity: never.
        low: For each unit, shape (H,); -infinity: never. None: low values are not on.
        words: How they were chosen, for readers.
    """

    high: Numbers
    low: Numbers | None
    words: str


def quantile_thresholds(texts: TextStates, quantile: float = 0.9) -> Thresholds:
    """Thresholds at a quantile of each unit, on both sides.

    With the N values of a unit sorted, x[0] <= ... <= x[N - 1], and i = ceil(quantile * N), at most
    N - 1: `high` is x[i] and `low` is x[N - 1 - i], so that without ties a share of 1 - quantile of
    the steps is on high, and as many are on low. Both are values that occur.

    Where values are equal, such as the zeros of a rectifier, `high` is the least value that occurs
    above the median, if x[i] is not above it, and `low` likewise. So a unit is never on where it
    has its usual value, and one that never changes is never on. (The median is x[(N - 1) // 2] for
    `high` and x[N // 2] for `low`: of a unit that is 0 or 1 equally often, both count.)

    Args:
        texts: The states.
        quantile: At least 0.5, below 1.

    Raises:
        ValueError: If the quantile is out of range.
    """
    if not 0.5 <= quantile < 1:
        raise ValueError(
            f"the quantile must be at least 0.5 and below 1, such as 0.9; got {quantile}"
        )
    every = -(-texts.steps // SAMPLE)
    sample = texts.states[::every]
    steps = len(sample)
    at = min(int(np.ceil(quantile * steps)), steps - 1)
    high, low = np.empty((2, texts.units), texts.states.dtype)
    for some in blocks(texts.units, steps):
        values = np.sort(np.ascontiguousarray(sample[:, some].T), axis=1)
        high[some] = _above_median(values, at)
        low[some] = -_above_median(-values[:, ::-1], at)
    of = f"{steps:,} steps" + (", evenly spaced" if every > 1 else "")
    opposite = f"{1 - quantile:.4g}"
    words = f"above the {quantile:.4g} quantile of the unit, or below its {opposite} quantile"
    return Thresholds(high, low, f"{words} ({of})")


def _above_median(values: Numbers, at: int) -> Numbers:
    """Of each row of sorted values that at a place, or the least above the median."""
    median = values[:, (values.shape[1] - 1) // 2]
    above = np.array(
        [np.searchsorted(v, m, side="right") for v, m in zip(values, median, strict=True)]
    )
    place = np.maximum(above, at)
    there = np.minimum(place, values.shape[1] - 1)
    found = np.take_along_axis(values, there[:, None], axis=1)[:, 0]
    return np.where(place < values.shape[1], found, np.inf).astype(values.dtype)


def fixed_threshold(texts: TextStates, threshold: float = 0.3) -> Thresholds:
    """One threshold for all units, high values only, as LSTMVis has it (0.3 by default).

    It suits states between -1 and 1. Units of another range are on always, or never.

    Raises:
        ValueError: If the threshold is not finite.
    """
    if not np.isfinite(threshold):
        raise ValueError(f"the threshold must be a finite number; got {threshold}")
    high = np.full(texts.units, threshold, texts.states.dtype)
    return Thresholds(high, None, f"at least {threshold:.4g}")

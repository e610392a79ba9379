"""Estimates over draws, and functions of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from rnnviz_widget.evaluation.estimate import Estimate, estimate


def over_draws(values: Sequence[float] | npt.NDArray[np.float64]) -> Estimate:
    """The mean over draws; infinite numbers make it so, without an interval."""
    array = np.array(values, float)
    if not len(array):
        return Estimate(math.nan, math.nan, math.nan, 0)
    if not np.isfinite(array).all():
        with np.errstate(invalid="ignore"):
            value = float(array.mean())
        return Estimate(value, value, value, len(array))
    return estimate(array, np.ones(len(array)))


def mapped(found: Estimate, function: Callable[[float], float]) -> Estimate:
    """A rising function of an estimate and of the ends of its interval; NaN stays NaN."""
    value, low, high = (
        end if math.isnan(end) else function(end) for end in (found.value, found.low, found.high)
    )
    return Estimate(value, low, high, found.positions)

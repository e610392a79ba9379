"""Spearman's rank correlation. numpy only."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.number]


def ranks(values: Numbers) -> npt.NDArray[np.float64]:
    """Rank values from 1, the smallest; equal values share the mean of their ranks."""
    _, which, count = np.unique(values, return_inverse=True, return_counts=True)
    found: npt.NDArray[np.float64] = (np.cumsum(count) - (count - 1) / 2)[which]
    return found


def spearman(one: Numbers, other: Numbers) -> float:
    """Spearman's rank correlation; NaN if either side has no two different values."""
    a, b = (r - r.mean() for r in (ranks(one), ranks(other)))
    size = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / size if size else math.nan

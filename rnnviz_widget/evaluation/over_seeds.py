"""Means over training runs that differ in their seed alone, and paired differences of them.

With n runs and their figures x_1 ... x_n, mean m and standard deviation s (divisor n - 1), the 95 %
interval is m +- t s / sqrt(n), with t the 97.5th percentile of Student's t distribution of n - 1
degrees of freedom. Of two kinds of runs the differences by seed are taken, and p is that of the
paired t test (Student, "The probable error of a mean", 1908). Where several pairs are compared, p
is corrected by Holm's step-down method ("A simple sequentially rejective multiple test procedure",
1979).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .estimate import Estimate

_LEVEL = 0.95


@dataclass(frozen=True)
class PairedDifference:
    """How much two kinds of runs differ in a figure, by seed.

    Attributes:
        estimate: The mean difference, first minus second, with its 95 % interval.
        p: The two-sided p of the paired t test; NaN for fewer than two seeds.
    """

    estimate: Estimate
    p: float


def mean_over_seeds(values: Sequence[float]) -> Estimate:
    """The mean over runs with Student's 95 % interval; that is NaN for fewer than two runs."""
    numbers = np.asarray(values, dtype=np.float64)
    count = len(numbers)
    mean = float(numbers.mean()) if count else math.nan
    if count < 2:
        return Estimate(mean, math.nan, math.nan, count)
    half = _t_quantile(count - 1) * float(numbers.std(ddof=1)) / math.sqrt(count)
    return Estimate(mean, mean - half, mean + half, count)


def paired_difference(ours: Sequence[float], theirs: Sequence[float]) -> PairedDifference:
    """The mean of the differences by seed, ours minus theirs, and the paired t test's p.

    Raises:
        ValueError: If there are not as many of both.
    """
    if len(ours) != len(theirs):
        raise ValueError(
            f"a paired difference needs as many runs of both; got {len(ours)} and {len(theirs)}"
        )
    differences = np.subtract(ours, theirs, dtype=np.float64)
    found = mean_over_seeds(list(differences))
    count = len(differences)
    if count < 2:
        return PairedDifference(found, math.nan)
    deviation = float(differences.std(ddof=1))
    if deviation == 0:
        return PairedDifference(found, 1.0 if found.value == 0 else 0.0)
    t = abs(found.value) / (deviation / math.sqrt(count))
    return PairedDifference(found, 1 - _within_t(t, count - 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p values, corrected for how many there are by Holm's method; NaN stays NaN."""
    known = [number for number, p in enumerate(p_values) if not math.isnan(p)]
    corrected, largest = list(p_values), 0.0
    for rank, number in enumerate(sorted(known, key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(known) - rank) * p_values[number]))
        corrected[number] = largest
    return corrected


def _within_t(t: float, degrees: int) -> float:
    """P(|T| <= t) of Student's t (Abramowitz and Stegun, 26.7.3 and 26.7.4).

    With theta = atan(t / sqrt(v)), v degrees of freedom, it is a finite sum of powers of cosine.
    """
    angle = math.atan(t / math.sqrt(degrees))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2
    term = cosine if odd else 1.0
    total = 0.0
    for k in range(1 + odd, degrees, 2):
        total += term
        term *= cosine**2 * k / (k + 1)
    return (angle + sine * total) * 2 / math.pi if odd else sine * total


def _t_quantile(degrees: int) -> float:
    """The t that |T| exceeds with a probability of 5 %."""
    low, high = 0.0, 1.0
    while _within_t(high, degrees) < _LEVEL:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _within_t(middle, degrees) < _LEVEL else (low, middle)
    return high

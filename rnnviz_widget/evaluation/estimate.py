"""Ratios with confidence intervals from resampling texts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

RESAMPLES = 2000
# A resample is a count for each text; this many counts are held at a time.
_NUMBERS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Estimate:
    """A ratio over some positions, such as an accuracy.

    Attributes:
        value: The ratio; NaN if nothing was counted; infinite if a summand is, such as the cross
            entropy of a truth whose class is masked.
        low: The lower end of its 95 % interval; NaN if fewer than two texts were counted.
        high: The upper end; NaN likewise.
        positions: How many positions were counted.
    """

    value: float
    low: float
    high: float
    positions: int

    def as_dict(self) -> dict[str, float | int | str | None]:
        """The fields for JSON, with null for NaN and "infinite" for infinity."""
        numbers = {"value": self.value, "low": self.low, "high": self.high}
        return {**{k: json_number(v) for k, v in numbers.items()}, "positions": self.positions}


def json_number(value: float) -> float | str | None:
    """A number for JSON: six digits, null for NaN, and "infinite" for infinity."""
    if math.isinf(value):
        return "infinite"
    return None if math.isnan(value) else float(f"{value:.6g}")


def estimates(
    sums: npt.NDArray[np.number], numbers: npt.NDArray[np.number], *, seed: int = 0
) -> list[Estimate]:
    """Ratios with 95 % intervals from resampling the texts with replacement.

    Texts are resampled, not positions, because positions of one text are not independent. The
    interval is between the 2.5th and the 97.5th percentile of 2,000 resamples of N texts (the
    percentile bootstrap of Efron, 1979).

    Args:
        sums: The numerator of each of N texts, for each of K ratios, shape (N, K).
        numbers: The denominator of each: its number of positions, shape (N, K).
        seed: Of the resampling. Equal seeds and N give the same resamples, so that intervals of
            differences are paired.

    Returns:
        ``sums.sum(0) / numbers.sum(0)``, K estimates.
    """
    count = len(sums)
    rng = np.random.default_rng(seed)
    total, below = sums.sum(axis=0), numbers.sum(axis=0)
    # A resample without the texts whose sums are infinite is finite.
    infinite = np.isinf(sums)
    parts_of = [np.where(infinite, 0, sums), numbers, *([infinite] if infinite.any() else [])]
    both = np.concatenate(parts_of, axis=1).astype(np.float64)
    parts = []
    at_once = max(1, _NUMBERS_AT_ONCE // count)
    for start in range(0, RESAMPLES, at_once):
        size = min(at_once, RESAMPLES - start)
        parts.append(rng.multinomial(count, np.full(count, 1 / count), size=size) @ both)
    above_drawn, below_drawn, *unbounded = np.split(np.concatenate(parts), len(parts_of), axis=1)
    for which in unbounded:
        above_drawn[which > 0] = np.inf
    found = []
    for k in range(sums.shape[1]):
        value = total[k] / below[k] if below[k] else math.nan
        some = below_drawn[:, k] > 0
        ends = (math.nan, math.nan)
        if (numbers[:, k] > 0).sum() > 1:
            # Between a number and infinity nothing can be interpolated.
            way: Literal["higher", "linear"] = "higher" if unbounded else "linear"
            ratios = above_drawn[some, k] / below_drawn[some, k]
            ends = tuple(np.percentile(ratios, [2.5, 97.5], method=way))
        found.append(Estimate(float(value), float(ends[0]), float(ends[1]), int(below[k])))
    return found


def estimate(
    sums: npt.NDArray[np.number], numbers: npt.NDArray[np.number], *, seed: int = 0
) -> Estimate:
    """A single ratio as in `estimates`; `sums` and `numbers` have shape (N,)."""
    return estimates(sums[:, None], numbers[:, None], seed=seed)[0]

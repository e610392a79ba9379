"""A figure with the interval that resampling the texts gives it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

RESAMPLES = 2000
# How often each text is drawn is a number for each text and draw: so many of them at a time.
_NUMBERS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Estimate:
    """A ratio over some positions, such as an accuracy.

    Attributes:
        value: The ratio; NaN where nothing was counted; infinite where something that counts is,
            as is the cross entropy of a truth whose class is masked.
        low: The lower end of its 95 % interval; NaN where fewer than two texts count.
        high: The upper end.
        positions: How many positions were counted.
    """

    value: float
    low: float
    high: float
    positions: int

    def as_dict(self) -> dict[str, float | int | str | None]:
        """The same as JSON holds it: NaN is null, and what is infinite is "infinite"."""
        numbers = {"value": self.value, "low": self.low, "high": self.high}
        return {**{k: _as_json(v) for k, v in numbers.items()}, "positions": self.positions}


def _as_json(value: float) -> float | str | None:
    if math.isinf(value):
        return "infinite"
    return None if math.isnan(value) else float(f"{value:.6g}")


def estimates(
    sums: npt.NDArray[np.number], numbers: npt.NDArray[np.number], *, seed: int = 0
) -> list[Estimate]:
    """Ratios with 95 % intervals from drawing the texts anew, with replacement.

    Positions of one text resemble each other, texts don't: so it is texts that are drawn. The
    interval lies between the 2.5 % and the 97.5 % point of 2,000 draws of N texts (the percentile
    bootstrap of Efron, 1979).

    Args:
        sums: What each of N texts adds above the line, for each of K ratios, shape (N, K).
        numbers: What it adds below the line: positions, shape (N, K).
        seed: For the draws; equal seeds and N draw the same texts, so that differences are paired.

    Returns:
        ``sums.sum(0) / numbers.sum(0)``, K of them.
    """
    count = len(sums)
    rng = np.random.default_rng(seed)
    total, below = sums.sum(axis=0), numbers.sum(axis=0)
    # A draw without the texts whose sums are infinite is finite.
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
            # Nothing lies between a number and infinity.
            way: Literal["higher", "linear"] = "higher" if unbounded else "linear"
            ratios = above_drawn[some, k] / below_drawn[some, k]
            ends = tuple(np.percentile(ratios, [2.5, 97.5], method=way))
        found.append(Estimate(float(value), float(ends[0]), float(ends[1]), int(below[k])))
    return found


def estimate(
    sums: npt.NDArray[np.number], numbers: npt.NDArray[np.number], *, seed: int = 0
) -> Estimate:
    """One such ratio: sums and numbers of shape (N,)."""
    return estimates(sums[:, None], numbers[:, None], seed=seed)[0]

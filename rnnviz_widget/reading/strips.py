"""Class strips: the probabilities of all classes at one output, summed into cells. numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from rnnviz_widget.scene.replies import Strip

from .row_source import Floats

CELLS = 160
"""The most cells of a strip."""


def strip_of(odds: Floats, names: Sequence[str], cells: int = CELLS) -> Strip:
    """Sum probabilities, (V,), into `cells` cells, or one for each class if there are fewer.

    Cell n of N holds the classes from n V / N to below (n + 1) V / N, rounded down, in the order of
    their names.
    """
    order = _by_name(tuple(names))
    sorted_odds = odds[order]
    cells = min(len(order), cells)
    edges = np.arange(cells + 1) * len(order) // cells
    starts, counts = edges[:-1], np.diff(edges)
    sums = np.add.reduceat(sorted_odds, starts, dtype=np.float64)
    best_p = np.maximum.reduceat(sorted_odds, starts)
    at_best = np.flatnonzero(sorted_odds == np.repeat(best_p, counts))
    first = at_best[np.searchsorted(at_best, starts)]
    return Strip(
        classes=len(order),
        # If each class is right or wrong by itself, a sum may exceed 1.
        p=np.minimum(sums, 1).astype(np.float32),
        best=[names[k] for k in order[first]],
        best_p=best_p.astype(np.float32),
    )


@lru_cache(maxsize=16)
def _by_name(names: tuple[str, ...]) -> npt.NDArray[np.intp]:
    """The classes in the order of their names. Cached, since sorting takes longer than the rest."""
    return np.array(sorted(range(len(names)), key=names.__getitem__), np.intp)

"""A region of a map of states: a polygon, and the points inside of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from rnnviz_widget.scene.state_map import MapMethod

from .text_states import Integers, Numbers

_LARGEST = (1 << 15) - 1

Corners = Sequence[tuple[float, float]]
"""x and y of each corner of a polygon, in order."""


@dataclass(frozen=True)
class MapRegion:
    """A region of the map of one model, as a reader draws it on the page.

    Attributes:
        corners: The corners of a polygon, three or more pairs of x and y, in the map's coordinates.
            Its last side leads back to the first corner.
        source: What is mapped, as in `ExplorerWidget.map`; None: the last hidden states.
        method: What has placed the points: "pca" or "umap".

    Raises:
        TypeError, ValueError: If the corners are no such pairs, or there is no such method.
    """

    corners: Corners
    source: str | None = None
    method: MapMethod = "pca"

    def __post_init__(self) -> None:
        object.__setattr__(self, "corners", as_corners(self.corners))
        if self.method not in get_args(MapMethod):
            raise ValueError(f"method must be 'pca' or 'umap'; got {self.method!r}")


def as_corners(given: object) -> Corners:
    """The corners of a polygon as pairs of finite numbers.

    Raises:
        TypeError, ValueError: If they are none.
    """
    try:
        pairs = [(float(x), float(y)) for x, y in given]  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"corners must be pairs of numbers, such as [(0, 0), (1, 0), (0, 1)]; got {given!r:.80}"
        ) from error
    if len(pairs) < 3:
        raise ValueError(f"a region needs at least 3 corners; got {len(pairs)}")
    if not all(math.isfinite(number) for pair in pairs for number in pair):
        raise ValueError("the corners of a region must be finite numbers")
    return tuple(pairs)


def points_inside(coordinates: Numbers, corners: Corners) -> Integers:
    """The points inside a polygon, rising: a ray from each crosses an odd number of its sides.

    Args:
        coordinates: Where the points are, (N, 2).
        corners: The corners, in order.
    """
    x, y = coordinates.T
    inside = np.zeros(len(coordinates), bool)
    before = corners[-1]
    for corner in corners:
        (x0, y0), (x1, y1) = before, corner
        if y0 != y1:
            crossed = (y0 > y) != (y1 > y)
            inside ^= crossed & (x < (x0 - x1) * (y - y1) / (y0 - y1) + x1)
        before = corner
    return np.flatnonzero(inside)


def in_whole_numbers(coordinates: Numbers) -> tuple[float, Numbers, Integers]:
    """Places as int16, as a page gets them: what 1 stands for, the place of 0, and the numbers."""
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    center = (low + high) / 2
    quantum = float((high - low).max()) / (2 * _LARGEST) or 1.0
    return quantum, center, np.rint((coordinates - center) / quantum).astype("<i2")


def places_on_page(coordinates: Numbers) -> Numbers:
    """Where a page has points: a region has the same points here and there, also at its edge."""
    quantum, center, whole = in_whole_numbers(coordinates)
    places = center.astype(np.float32).astype(np.float64) + quantum * whole
    return places.astype(np.float32).astype(np.float64)

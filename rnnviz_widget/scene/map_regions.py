"""Regions that are drawn on maps of states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .state_map import MapMethod


@dataclass(frozen=True)
class DrawnRegion:
    """A region of the map of one model: a polygon.

    Attributes:
        facet: The index of the model.
        source: What is mapped, see `FacetMap`.
        method: What has placed the points.
        x: The first coordinate of each corner, as of `FacetMap`.
        y: The second one.
    """

    facet: int
    source: str
    method: MapMethod
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True)
class DrawnRegions:
    """The regions on the maps of the models: drawn in some page, or set by Python.

    Attributes:
        epoch: The epoch of the scene.
        serial: The serial of the newest ask; 0: Python has set them.
        regions: Those that there are, at most one of each model.
    """

    epoch: int
    serial: int
    regions: Sequence[DrawnRegion]

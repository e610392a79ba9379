"""Units by whose states the models' texts are coloured, in place of connectivity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ColoringUnit:
    """The unit by whose states the text of one model is coloured.

    Attributes:
        facet: The index of the model.
        layer: The name of the unit's layer; see `FacetStates`.
        unit: The unit's index in the layer.
    """

    facet: int
    layer: str
    unit: int


@dataclass(frozen=True)
class ColoringUnits:
    """The units by which texts are coloured: kept in some page, or set by Python.

    Attributes:
        epoch: The epoch of the scene.
        serial: The serial of the newest ask; 0: Python has set them.
        units: Those that there are, at most one of each model.
    """

    epoch: int
    serial: int
    units: Sequence[ColoringUnit]

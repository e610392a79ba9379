"""What a page asks to be done with units: one explained, some set or held, that undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class AskUnit:
    """Explain a unit's value in place of classes. The scene of a new epoch answers it.

    Attributes:
        serial: Distinguishes this ask from others of its kind.
        facet: The model, by its number.
        layer: The layer's name; see `FacetStates`.
        unit: The unit's index in the layer.
    """

    serial: int
    facet: int
    layer: str
    unit: int


@dataclass(frozen=True)
class AskIntervention:
    """Show a model with units set, or held, beside it. The scene of a new epoch answers it.

    What is done to the model's units already is done to them still.

    Attributes:
        serial: Distinguishes this ask from others of its kind.
        facet: The model, by its number; or the one that is changed already.
        layer: The layer's name; see `FacetStates`.
        units: The units' indices in the layer.
        to: What they are set to: "zero", "mean", or "hold": what they were one step before.
        start: The character from which on; null: everywhere.
    """

    serial: int
    facet: int
    layer: str
    units: Sequence[int]
    to: str
    start: int | None


@dataclass(frozen=True)
class AskUndo:
    """Undo what is done to a model's units. The scene of a new epoch answers it.

    Attributes:
        serial: Distinguishes this ask from others of its kind.
        facet: The changed model, by its number.
        number: Which of the interventions, from 0; null: all.
    """

    serial: int
    facet: int
    number: int | None

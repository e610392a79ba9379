"""What a page asks about units, and to be done with them: one explained, some set or held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .coloring_units import ColoringUnit
from .unit_questions import MemoryQuestion
from .unit_states import RouteEnds, UnitOrder


@dataclass(frozen=True)
class AskStates:
    """Send the states of the models' units in a window of the text, or drop them.

    Attributes:
        serial: Returned with the reply.
        around: A character of the window; null: none are needed any more.
        values: Whether the states in the window are wanted, not only the rest.
        models: For each strip the index of its model; a model may have several.
        layers: For each strip the name of a layer's states, see `FacetStates`; null: the last.
        curves: For each strip the unit whose whole curve is sent too; null: of none.
        order: The order of the units.
        carried: Of what input, to what output, units carry, if `order` goes by that; null: there is
            no earlier input, or the order is another one.
        route: Between which characters the route of the memory is wanted; null: between none.
        memory: What is asked about the memory of units.
        lens: The character at which each layer is asked what it would predict; null: none is.
    """

    serial: int
    around: int | None
    values: bool
    models: Sequence[int]
    layers: Sequence[str | None]
    curves: Sequence[int | None]
    order: UnitOrder
    carried: RouteEnds | None
    route: RouteEnds | None
    memory: MemoryQuestion
    lens: int | None


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
class AskColorBy:
    """Take the units that a reader keeps, by which texts are coloured, in place of those before.

    Attributes:
        serial: Returned with the reply.
        units: Those that there are, at most one of each model.
    """

    serial: int
    units: Sequence[ColoringUnit]


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

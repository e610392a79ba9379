"""The states of the units of each model's layers, in windows of the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from .arrays import Bytes, Floats, Ints, Names
from .packing import Wire
from .rows import Failure

UnitOrder = Literal["number", "similar", "change"]
"""In which order units are shown: by their index; so that units with similar curves are neighbours;
or those that change most over the text first."""

UNKNOWN = -(1 << 15)
"""What stands for a state that is not finite."""


class RouteEnds(NamedTuple):
    """The characters between which a memory is followed: the output, and an input before it."""

    output: int
    input: int


@dataclass(frozen=True)
class CarryingUnit:
    """A unit that carries a memory.

    Attributes:
        layer: The name of its layer, as in `layers`.
        unit: Its index there.
        share: Its mean share of what is carried from step to step.
    """

    layer: str
    unit: int
    share: float


@dataclass(frozen=True, eq=False)
class CarriedShare:
    """What the units of one layer carry from each step to the next.

    Attributes:
        layer: The layer's name.
        shares: Its share of what is carried at each step; those of all layers add up to 1.
    """

    layer: str
    shares: Annotated[npt.NDArray[np.floating], Wire(Floats(("carried",)))]


@dataclass(frozen=True, eq=False)
class MemoryRoute:
    """Which units carry what an output has of an input, checked by running the model again.

    Attributes:
        output: The output, a character.
        input: The input, a character.
        steps: The character at which each step of the route ends, the input's first.
        kept: The share that goes straight through gates at each step; 0 where there are none.
        layers: What each layer carries.
        strongest: The units that carry most.
        connectivity: The connectivity of the two.
        apart: How far the sum over all units is from it at most, both in double precision, as a
            share of it.
        check: What is left of it with the strongest unit at its mean, in words.
    """

    output: int
    input: int
    steps: Annotated[npt.NDArray[np.integer], Wire(Ints(("carried",), "carried"))]
    kept: Annotated[npt.NDArray[np.floating], Wire(Floats(("carried",)))]
    layers: Sequence[CarriedShare]
    strongest: Sequence[CarryingUnit]
    connectivity: float
    apart: float
    check: str


_EACH = Wire(Floats(("units",)))
_INDEXES = Wire(Ints(("units",)))


@dataclass(frozen=True, eq=False)
class FacetStates:
    """The states of the units of one layer of a model, in a window of its steps.

    A state is sent as a whole multiple of its unit's `quantum`, a power of ten, so that its decimal
    digits are exact; 32,768 below zero stands for one that is not finite.

    Attributes:
        layers: The layers whose states are known, each with what of it, in words.
        layer: The index of the one whose states these are.
        of: How many units it has; more than are sent if it has very many.
        quantum: What 1 stands for in the states of each unit, (units,).
        low: The least state of each unit over the text, (units,).
        high: The largest, (units,).
        mean: The mean, (units,).
        index: The index of each unit in its layer, rising.
        order: The order in which to show them, as indices into `index`.
        start: The first step of the window.
        values: The states as int16, little-endian, step after step, (steps, units).
        curve_of: The unit whose whole curve is sent too, as an index into `index`; null: of none.
        curve: Its states at all steps of the text, as int16.
        route: The route between the two characters that were asked about; null: none were.
        route_error: Why it can't be told, in words; null: it is.
    """

    layers: Annotated[Sequence[str], Wire(Names())]
    layer: int
    of: int
    quantum: Annotated[npt.NDArray[np.floating], Wire(Floats(("units",), sizes="units"))]
    low: Annotated[npt.NDArray[np.floating], _EACH]
    high: Annotated[npt.NDArray[np.floating], _EACH]
    mean: Annotated[npt.NDArray[np.floating], _EACH]
    index: Annotated[npt.NDArray[np.integer], _INDEXES]
    order: Annotated[npt.NDArray[np.integer], _INDEXES]
    start: int
    values: Annotated[bytes, Wire(Bytes())]
    curve_of: int | None
    curve: Annotated[bytes, Wire(Bytes())]
    route: MemoryRoute | None
    route_error: str | None


@dataclass(frozen=True, eq=False)
class StatesWindow:
    """The states of the models' units in a window of the text.

    Attributes:
        epoch: The epoch of the scene.
        serial: The serial of the ask.
        first: The first character of the window.
        after: The one after its last.
        by: The order of the units.
        facets: The states of each model's units, or why there are none.
    """

    epoch: int
    serial: int
    first: int
    after: int
    by: UnitOrder
    facets: Sequence[FacetStates | Failure]

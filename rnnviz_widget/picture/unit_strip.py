"""The states of one layer's units on a text, as a figure draws them beneath the text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rnnviz_widget.scene.unit_states import (
    UNKNOWN,
    FacetStates,
    MemoryRoute,
    RouteEnds,
    StatesWindow,
    UnitOrder,
)

from .shared import NUMBERS

Floats = npt.NDArray[np.floating]

# As in js/src/state/unit-colors.ts: how much larger than most units the largest must be before
# colours are full below it, and the share of units that then reach no further than full colour.
_OUTLYING = 4
_MOST = 0.9


class UnitScale(NamedTuple):
    """How states become colour.

    Attributes:
        cap: The state at full colour.
        clipped: Whether some state is beyond it.
        signed: Whether some state is below zero.
    """

    cap: float
    clipped: bool
    signed: bool


@dataclass(frozen=True, eq=False)
class UnitStrip:
    """One layer's units on a text, in the order in which they are shown.

    Attributes:
        names: The names of all layers of the model, as in `FacetStates.layers`.
        layer: The index of the one that is shown.
        of: How many units it has; `units` are fewer if it has very many.
        by: The order of the units.
        units: The index in the layer of each unit, one a row, (rows,).
        first: The first character whose states are here.
        states: The states, (characters, rows); NaN: not finite.
        peaks: The largest magnitude of each unit over the whole text, (rows,).
        signed: Whether a state is below zero anywhere in the text.
        carried: Between which characters `by` = "contribution" was measured; None: not.
        carry_error: Why that can't be told, in words; None: it is, or was not asked for.
        through_gate: Whether the units are a gate's, which lets through what others carry.
        route: The route of a memory that is open, with its check; None: none is.
        route_error: Why it can't be told, in words; None: it is.
        chosen: Whether someone has chosen the units, so that they have no order by a rule.
    """

    names: Sequence[str]
    layer: int
    of: int
    by: UnitOrder
    units: npt.NDArray[np.integer]
    first: int
    states: Floats = field(repr=False)
    peaks: Floats = field(repr=False)
    signed: bool
    carried: RouteEnds | None = None
    carry_error: str | None = None
    through_gate: bool = False
    route: MemoryRoute | None = None
    route_error: str | None = None
    chosen: bool = False

    @cached_property
    def scale(self) -> UnitScale:
        """How its states become colour: on one scale for all units, as on the page."""
        return unit_scale(self.peaks, signed=self.signed)


def unit_scale(peaks: Floats, *, signed: bool) -> UnitScale:
    """How the states of units become colour, on one scale for all.

    Args:
        peaks: The largest magnitude of each unit, (units,).
        signed: Whether a state is below zero.
    """
    rising = np.sort(peaks)
    if not rising.size:
        return UnitScale(1.0, clipped=False, signed=signed)
    largest, usual = float(rising[-1]), float(rising[len(rising) // 2])
    outlying = largest > _OUTLYING * usual and usual > 0
    most = float(rising[math.floor(_MOST * (len(rising) - 1))])
    cap = _round_up(most if outlying else largest)
    return UnitScale(cap, clipped=cap < largest, signed=signed)


def unit_strip(window: StatesWindow, states: FacetStates, tokens: Sequence[int]) -> UnitStrip:
    """The strip of one layer, of what a page is sent.

    Args:
        window: The window of the text.
        states: The states in it.
        tokens: The token at each character of the text.
    """
    order, multiples = states.order, np.frombuffer(states.values, "<i2")
    at = np.asarray(tokens[window.first : window.after], np.intp) - states.start
    each = multiples.reshape(-1, len(states.index))[at][:, order]
    peaks = np.fmax(np.abs(states.low), np.abs(states.high))[order]
    return UnitStrip(
        names=states.layers,
        layer=states.layer,
        of=states.of,
        by=window.by,
        units=states.index[order],
        first=window.first,
        states=np.where(each == UNKNOWN, np.nan, each * states.quantum[order]),
        peaks=np.nan_to_num(peaks),
        signed=bool((states.low < 0).any()),
        carried=states.carried,
        carry_error=states.carry_error,
        through_gate=states.through_gate,
        route=states.route,
        route_error=states.route_error,
    )


def _round_up(peak: float) -> float:
    """The least round number that reaches a number; 1 for 0."""
    if not peak > 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(peak))
    fitting = next((cap for cap in NUMBERS["round_caps"] if cap * unit >= peak * (1 - 1e-9)), 10)
    return float(f"{fitting * unit:.3g}")

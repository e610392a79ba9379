"""What each unit of a layer carries of what an output has of an input, for the page."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnviz_widget.inside.route import Route

from .unit_states import Floats, Indexes


class UnitShares(NamedTuple):
    """What units of a layer carry.

    Attributes:
        shares: The mean share of each in what is carried from step to step, (units,).
        through_gate: Whether the layer is a gate, and they are what goes straight through it.
    """

    shares: Floats
    through_gate: bool


def unit_shares(route: Route, layer: str, index: Indexes) -> UnitShares:
    """The mean share of units of a layer in what is carried from step to step.

    Args:
        route: The route of the memory between two characters.
        layer: The layer and the kind of its units, in words. Of a gate that a state is multiplied
            by on its way, the share that goes straight through it.
        index: Which of the layer's units.

    Raises:
        ValueError: If nothing is carried by that layer: it is another gate, or what a layer without
            memory makes.
    """
    carries = {str(place): (part, False) for place, part in route.parts.items()}
    gates = {str(gate): (route.kept[place], True) for place, gate in route.gates.items()}
    parts, through_gate = {**gates, **carries}.get(layer, (None, False))
    if parts is not None:
        means = parts[:, index].mean(axis=0)
        shares = means / route.gradient if route.gradient else np.zeros_like(means)
        return UnitShares(shares, through_gate)
    raise ValueError(
        "these units carry nothing from step to step themselves. Hidden states and cells do, and "
        "some gates let them through (of an LSTM forget, of a GRU update)"
    )

"""What each unit of a layer contributes to what an output has of an input, for the page."""

from __future__ import annotations

import numpy as np

from rnnviz_widget.inside.route import Route
from rnnviz_widget.scene.unit_states import RouteEnds, UnitContribution

from .unit_states import Floats, Indexes


def unit_contribution(
    route: Route, ends: RouteEnds, layer: str, index: Indexes
) -> tuple[UnitContribution, Floats]:
    """The mean share of units of a layer in what is carried from step to step.

    Args:
        route: The route of the memory between two characters.
        ends: The characters.
        layer: The layer and the kind of its units, in words. Of a gate that a state is multiplied
            by on its way, the share that goes straight through it.
        index: Which of the layer's units.

    Returns:
        To what they contribute, and their shares, (units,).

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
        return UnitContribution(*ends, through_gate), shares
    raise ValueError(
        f"the {layer} carries nothing from step to step itself, so that its units have no order by "
        f"what they carry. These do: {', '.join(carries)}"
    )

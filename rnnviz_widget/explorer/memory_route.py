"""The route of the memory between two characters, as a page is told it: with its check."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from rnnviz_widget.inside.route import route_of
from rnnviz_widget.reading import Reading
from rnnviz_widget.scene.unit_states import CarriedShare, CarryingUnit, MemoryRoute, RouteEnds

from .changed_models import step_words

_MOST_UNITS = 6
_NOTHING = "Nothing of this input reaches the output."


def memory_route(reading: Reading, ends: RouteEnds) -> Iterator[MemoryRoute | None]:
    """Find the route of an input's memory to an output, and check it by running the model again.

    A route is told only with its check: what is left of the connectivity when the unit that carries
    most is held at its mean meanwhile.

    Yields:
        None, once the route is found; then the route.

    Raises:
        ValueError: If the input is not before the output, or there is no route; see
            `inside.route.route`.
    """
    tokens = reading.facet.tokens
    s, t = tokens.at(ends.output), tokens.at(ends.input)
    route = route_of(reading, s, t)
    yield None
    strongest = route.strongest(_MOST_UNITS)
    check = (
        route.without().said(partial(step_words, tokens))
        if strongest
        else "Nothing of this input reaches the output."
    )
    shares = zip(route.places, route.shares(), strict=True)
    yield MemoryRoute(
        *ends,
        steps=np.asarray([tokens.spans[u][0] for u in range(t, s)]),
        kept=route.kept_shares(),
        layers=[CarriedShare(str(place), share) for place, share in shares],
        strongest=[CarryingUnit(str(one.place), one.unit, one.share) for one in strongest],
        connectivity=route.connectivity,
        apart=route.error,
        check=check,
    )

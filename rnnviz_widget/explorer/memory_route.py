"""The route of the memory between two characters, as a page is told it: with its check."""

from __future__ import annotations

import numpy as np

from rnnviz_widget.inside.route import Route, route_of
from rnnviz_widget.reading import Reading
from rnnviz_widget.scene.unit_states import (
    CarriedShare,
    CarryingUnit,
    MemoryRoute,
    RouteCheck,
    RouteEnds,
)

_MOST_UNITS = 6
_NOTHING = "Nothing of this input reaches the output."


def route_between(reading: Reading, ends: RouteEnds) -> Route:
    """The route of an input's memory to an output, both characters.

    Raises:
        ValueError: If the input is not before the output, or there is no route; see
            `inside.route.route`.
    """
    tokens = reading.facet.tokens
    return route_of(reading, tokens.at(ends.output), tokens.at(ends.input))


def checked_route(route: Route, ends: RouteEnds) -> MemoryRoute:
    """A route with its check, which runs the model again.

    A route is told only with it: what is left of the connectivity when the unit that carries most
    is held at its mean meanwhile.
    """
    tokens, s, t = route.tokens, route.s, route.t
    strongest = route.strongest(_MOST_UNITS)
    shares = zip(route.places, route.shares(), strict=True)
    return MemoryRoute(
        *ends,
        steps=np.asarray([tokens.spans[u][0] for u in range(t, s)]),
        kept=route.kept_shares(),
        layers=[CarriedShare(str(place), share) for place, share in shares],
        strongest=[CarryingUnit(str(one.place), one.unit, one.share) for one in strongest],
        connectivity=route.connectivity,
        apart=route.error,
        check=_check(route) if strongest else None,
    )


def _check(route: Route) -> RouteCheck:
    found = route.without()
    return RouteCheck(found.before, found.after, found.probability_before, found.probability_after)

"""The routes of one reading's memories, found and checked step by step for the page."""

from __future__ import annotations

from functools import partial

from rnnviz_widget.inside.route import Route
from rnnviz_widget.reading import Reading
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.scene.unit_states import MemoryRoute, RouteEnds

from .found_or_failure import found_or_failure
from .memory_route import checked_route, route_between
from .unit_shares import UnitShares, unit_shares
from .unit_states import Indexes


class KeptRoutes:
    """The routes between those characters that were wanted last.

    Args:
        reading: The reading.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._found: dict[RouteEnds, Route | Failure] = {}
        self._checked: dict[RouteEnds, MemoryRoute | Failure] = {}

    def have(self, found: RouteEnds | None, checked: RouteEnds | None) -> bool:
        """Whether a route is found, and another one found and checked; None: none is wanted."""
        return (found is None or found in self._found) and (
            checked is None or checked in self._checked
        )

    def advance(self, found: RouteEnds | None, checked: RouteEnds | None) -> None:
        """Take the next step to what `have` is asked about, and drop all others."""
        wanted = [each for each in (found, checked) if each is not None]
        self._found = {each: self._found[each] for each in wanted if each in self._found}
        for ends in wanted:
            if ends not in self._found:
                find = partial(route_between, self._reading, ends)
                self._found[ends] = found_or_failure(find)
                return
        if checked is not None:
            route = self._found[checked]
            if isinstance(route, Failure):
                self._checked = {checked: route}
            else:
                self._checked = {checked: found_or_failure(partial(checked_route, route, checked))}

    def checked(self, ends: RouteEnds) -> MemoryRoute | Failure | None:
        """A route, once it is found and checked."""
        return self._checked.get(ends)

    def shares(self, ends: RouteEnds, layer: str, index: Indexes) -> UnitShares | Failure | None:
        """What units of a layer carry, once the route is found; see `unit_shares`."""
        route = self._found.get(ends)
        if not isinstance(route, Route):
            return route
        return found_or_failure(partial(unit_shares, route, layer, index))

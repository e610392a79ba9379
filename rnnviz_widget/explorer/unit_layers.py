"""The layers of one model whose units a page can show, each prepared when it is first wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from rnnviz_widget.reading import Reading
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.scene.unit_states import (
    MemoryRoute,
    RouteEnds,
    UnitOrder,
)

from .memory_route import memory_route
from .row_cache import in_words
from .unit_states import Floats, UnitStates

_NO_LAYER = "none of its layers has states that can be shown"

LayersOf = Callable[[Reading], Mapping[str, Callable[[], Floats]]]
"""What computes the states of a model on the text of a reading, (T, H), for each of its layers by
its name in words."""

# What is shown first: the last layer of the first of these kinds that there is.
_SHOWN_FIRST = ("hidden", "residual", "cell")


def layers_of_model(reading: Reading) -> Mapping[str, Callable[[], Floats]]:
    """See `LayersOf`."""
    found = reading.model.states(reading.facet.tokens.text)
    return {str(place): partial(found.__getitem__, place) for place in found}


def shown_first(names: Sequence[str]) -> int:
    """The index of the layer that is shown first, among their names."""
    for kind in _SHOWN_FIRST:
        found = [n for n, words in enumerate(names) if words.startswith(kind)]
        if found:
            return found[-1]
    return len(names) - 1


class LayerWish(NamedTuple):
    """What a page wants to know of one model.

    Attributes:
        layer: The name of a layer; None: of the one that is shown first.
        order: The order of its units.
        route: Between which characters the route of the memory is wanted; None: between none.
    """

    layer: str | None
    order: UnitOrder
    route: RouteEnds | None


class FacetLayers:
    """The layers of one model whose states are known on a text; each is prepared when it is wanted.

    Args:
        layers: What computes the states, by layer.
        reading: The reading of the text.

    Raises:
        ValueError: If there are no layers.
    """

    def __init__(self, layers: Mapping[str, Callable[[], Floats]], reading: Reading) -> None:
        if not layers:
            raise ValueError(_NO_LAYER)
        self.names = list(layers)
        self._layers, self._reading = layers, reading
        self._tokens = reading.facet.tokens
        self._prepared: dict[int, UnitStates | Failure] = {}
        self._route: dict[RouteEnds, MemoryRoute | Failure | None] = {}
        self._steps: Iterator[MemoryRoute | None] = iter(())

    def number(self, name: str | None) -> int:
        """The index of a layer; where there is none of that name, of the first to be shown."""
        return self.names.index(name) if name in self.names else shown_first(self.names)

    def is_prepared(self, wish: LayerWish) -> bool:
        """Whether what is wanted can be sent at once."""
        number = self.number(wish.layer)
        found = self._prepared.get(number)
        if found is None or isinstance(found, Failure):
            return found is not None
        routed = wish.route is None or self._route.get(wish.route) is not None
        return found.has(wish.order) and routed

    def prepare(self, wish: LayerWish) -> None:
        """Take the next step to what is wanted."""
        number = self.number(wish.layer)
        if number not in self._prepared:
            self._prepared[number] = self._prepare(number)
        found = self._prepared[number]
        if isinstance(found, Failure):
            return
        if not found.has(wish.order):
            found.order(wish.order)
        elif wish.route is not None:
            self._follow(wish.route)

    def layer(self, wish: LayerWish) -> UnitStates | Failure:
        """The states of a layer that is prepared, or why it has none."""
        return self._prepared[self.number(wish.layer)]

    def route(self, wish: LayerWish) -> MemoryRoute | Failure | None:
        """The route of the memory, once it is found."""
        return wish.route and self._route.get(wish.route)

    def _follow(self, ends: RouteEnds) -> None:
        """Take the next step to a route; one at a time is kept."""
        if ends not in self._route:
            self._route, self._steps = {ends: None}, memory_route(self._reading, ends)
        try:
            self._route[ends] = next(self._steps)
        except ValueError as error:
            self._route[ends] = Failure(str(error))
        except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
            self._route[ends] = Failure(in_words(error))

    def _prepare(self, number: int) -> UnitStates | Failure:
        try:
            states, steps = self._layers[self.names[number]](), len(self._tokens)
            if len(states) == steps:
                return UnitStates(states)
            words = f"{self.names[number]} has {len(states)} steps; the text has {steps}"
            return Failure(words)
        except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
            return Failure(in_words(error))

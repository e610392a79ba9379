"""The layers of one model whose units a page can show, each prepared when it is first wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from rnnviz_widget.reading import Reading
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.scene.unit_questions import LensView, MemoryQuestion, UnitMemories
from rnnviz_widget.scene.unit_states import (
    MemoryRoute,
    RouteEnds,
    UnitOrder,
)

from .found_or_failure import found_or_failure
from .kept_routes import KeptRoutes
from .unit_questions import AskedOfUnits, UnitQuestions
from .unit_shares import UnitShares
from .unit_states import Floats, UnitStates

_NO_LAYER = "none of its layers has states that can be shown"

LayersOf = Callable[[Reading], Mapping[str, Callable[[], Floats]]]
"""What computes the states of a model on the text of a reading, (T, H), for each of its layers by
its name in words."""

# What is shown first: the last layer of the first of these kinds that there is.
_SHOWN_FIRST = ("hidden", "residual", "cell")


def layers_of_model(reading: Reading) -> Mapping[str, Callable[[], Floats]]:
    """See `LayersOf`."""
    found = reading.given.states(reading.facet.tokens.text)
    return {str(place): partial(found.__getitem__, place) for place in found}


def shown_first(names: Sequence[str]) -> int:
    """The index of the layer that is shown first, among their names."""
    for kind in _SHOWN_FIRST:
        found = [n for n, words in enumerate(names) if words.startswith(kind)]
        if found:
            return found[-1]
    return len(names) - 1


class LayerWish(NamedTuple):
    """What a page wants to know of one layer of a model.

    Attributes:
        layer: The name of a layer; None: of the one that is shown first.
        order: The order of its units.
        carried: Of what input, to what output, they carry, if the order goes by that.
        route: Between which characters the route of the memory is wanted; None: between none.
        memory: What is asked about the memory of units.
        lens: At which character it is wanted what each layer's state would predict; None: at none.
    """

    layer: str | None
    order: UnitOrder
    carried: RouteEnds | None
    route: RouteEnds | None
    memory: MemoryQuestion = "none"
    lens: int | None = None


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
        self._routes = KeptRoutes(reading)
        self._questions = UnitQuestions(reading)

    def number(self, name: str | None) -> int:
        """The index of a layer; where there is none of that name, of the first to be shown."""
        return self.names.index(name) if name in self.names else shown_first(self.names)

    def is_prepared(self, wish: LayerWish) -> bool:
        """Whether what is wanted can be sent at once."""
        number = self.number(wish.layer)
        found = self._prepared.get(number)
        if found is None or isinstance(found, Failure):
            return found is not None
        routed = self._routes.have(wish.carried, wish.route)
        return (
            found.has(wish.order) and routed and self._questions.answers(self._asked(wish, found))
        )

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
        elif not self._routes.have(wish.carried, wish.route):
            self._routes.advance(wish.carried, wish.route)
        else:
            self._questions.advance(self._asked(wish, found))

    def layer(self, wish: LayerWish) -> UnitStates | Failure:
        """The states of a layer that is prepared, or why it has none."""
        return self._prepared[self.number(wish.layer)]

    def route(self, wish: LayerWish) -> MemoryRoute | Failure | None:
        """The route of the memory, once it is found and checked."""
        return wish.route and self._routes.checked(wish.route)

    def shares(self, wish: LayerWish) -> UnitShares | Failure | None:
        """What the layer's units carry, once the route is found."""
        number = self.number(wish.layer)
        found = self._prepared.get(number)
        if wish.carried is None or not isinstance(found, UnitStates):
            return None
        return self._routes.shares(wish.carried, self.names[number], found.index)

    def memory(self, wish: LayerWish) -> UnitMemories | None:
        """How long the units of the layer remember, once that is found."""
        found = self._prepared[self.number(wish.layer)]
        if isinstance(found, Failure):
            return None
        return self._questions.memory(self._asked(wish, found))

    def lens(self, wish: LayerWish) -> LensView | None:
        """What each layer's state would predict, once that is found."""
        return None if wish.lens is None else self._questions.lens(wish.lens)

    def _asked(self, wish: LayerWish, found: UnitStates) -> AskedOfUnits:
        layer = self.names[self.number(wish.layer)]
        return AskedOfUnits(layer, found.index, wish.memory, wish.lens is not None)

    def _prepare(self, number: int) -> UnitStates | Failure:
        return found_or_failure(partial(self._states, number))

    def _states(self, number: int) -> UnitStates:
        states, steps = self._layers[self.names[number]](), len(self._tokens)
        if len(states) != steps:
            raise ValueError(f"{self.names[number]} has {len(states)} steps; the text has {steps}")
        return UnitStates(states)

"""The states of the models' units, for the page's view of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from rnnviz_widget.models import Unit
from rnnviz_widget.picture import check_position
from rnnviz_widget.scene.replies import LaterReply
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.scene.unit_asks import AskStates
from rnnviz_widget.scene.unit_questions import ChangedUnits
from rnnviz_widget.scene.unit_states import FacetStates, StatesWindow

from .background_fill import BackgroundFill
from .changed_models import changed_units
from .changes import Changes
from .epoch import Epoch
from .found_or_failure import found_or_failure
from .instrument import nobody
from .text_units import layer_of
from .unit_layers import FacetLayers, LayersOf, LayerWish, layers_of_model
from .unit_shares import UnitShares
from .unit_states import UnitStates

_KIND = "states"
_NO_MODEL = "its rows are ready-made: there is no model whose states could be shown"
_NO_ROUTE = "No route here: units are set, and routes follow layers that run by their own equations"
# About how many bytes a reply has, and the fewest characters of a window.
_WINDOW_BYTES = 1 << 20
_FEWEST = 64
# The same of a saved page, for the states of all models that are open.
_SAVED_BYTES = 4 << 20


class EpochStates:
    """The layers of all models on one text, as far as they are there.

    Attributes:
        now: The epoch.
        facets: Those of each model, or why it has none; None: they are not computed yet.
    """

    def __init__(self, now: Epoch, layers_of: LayersOf) -> None:
        self.now = now
        self.facets: list[FacetLayers | Failure | None] = [None] * len(now.caches)
        self._layers_of = layers_of
        self._changed: dict[int, ChangedUnits | None] = {}

    def advance(self) -> None:
        """Have the next model read the text."""
        n = self.facets.index(None)
        self.facets[n] = found_or_failure(partial(self._layers, n))

    def changed(self, n: int) -> ChangedUnits | None:
        """What is done to the units of a model that has read the text; None: nothing."""
        return self._changed[n]

    def _layers(self, n: int) -> FacetLayers:
        reading = self.now.caches[n].model_reading
        if reading is None:
            raise ValueError(_NO_MODEL)
        # Here and not where it is sent: it runs both models, in turn with hovers.
        self._changed[n] = changed_units(self.now, n)
        return FacetLayers(self._layers_of(reading), reading)


class PendingStates:
    """The answer to an ask, once all models have read the text.

    Args:
        of: The layers of the epoch.
        ask: The ask.
        background: Whose hovered character it goes with: it is not dropped when that changes.
        tell: Called with this object, from the fill's thread, when all is there.
    """

    def __init__(
        self,
        of: EpochStates,
        ask: AskStates,
        background: BackgroundFill,
        tell: Callable[[PendingStates], None],
    ) -> None:
        self._of, self._ask, self._background, self._tell = of, ask, background, tell

    @property
    def epoch(self) -> Epoch:
        """The epoch whose states they are."""
        return self._of.now

    @property
    def position(self) -> int:
        """The character that is hovered: states belong to all of them."""
        return self._background.focus

    @property
    def in_part(self) -> bool:
        """Whether a model has not read the text, or a layer is not prepared."""
        return None in self._of.facets or bool(self._unprepared)

    def advance(self) -> None:
        """Have the next model read the text, or prepare the next layer."""
        if None in self._of.facets:
            self._of.advance()
            return
        facet, wish = self._unprepared[0]
        facet.prepare(wish)

    def tell(self) -> None:
        """Report, once all is there."""
        if not self.in_part:
            self._tell(self)

    @property
    def reply(self) -> StatesWindow:
        """The reply to the page, once all is there."""
        size = self._characters(_WINDOW_BYTES)
        first = (self._ask.around or 0) // size * size
        return self._window(first, first + size)

    def saved(self, shown: int, units: Mapping[str, Unit]) -> StatesWindow:
        """What a page without a kernel is to have: as much of the text around a character as fits.

        Args:
            shown: The character.
            units: By model the unit that colours its text: its states are there on all of it.
        """
        size, length = self._characters(_SAVED_BYTES), len(self._of.now.text)
        first = max(0, min(shown - size // 2, length - size))
        curves = [self._place_of(n, units) for n in range(len(self._ask.models))]
        whole = replace(self._ask, values=True, curves=curves)
        pending = PendingStates(self._of, whole, self._background, self._tell)
        return pending._window(first, first + size)

    def _place_of(self, n: int, units: Mapping[str, Unit]) -> int | None:
        """Where in a strip the unit is that colours the model's text; None: in another, or none."""
        model, wish = self._ask.models[n], self._wish(n)
        unit, facet = units.get(self._of.now.caches[model].name), self._of.facets[model]
        if unit is None or not isinstance(facet, FacetLayers):
            return None
        states, name = facet.layer(wish), facet.names[facet.number(wish.layer)]
        if isinstance(states, Failure) or name != layer_of(unit):
            return None
        return next(iter(np.flatnonzero(states.index == unit.index).tolist()), None)

    def _characters(self, size: int) -> int:
        """How many characters' states take so many bytes."""
        layers = [facet.layer(wish) for facet, wish in self._wanted]
        units = sum(len(layer.index) for layer in layers if isinstance(layer, UnitStates))
        return max(_FEWEST, size // (2 * max(1, units)) // _FEWEST * _FEWEST)

    def _window(self, first: int, after: int) -> StatesWindow:
        now, ask = self._of.now, self._ask
        after = min(after, len(now.text))
        facets = [self._strip(n, slice(first, after)) for n in range(len(ask.models))]
        return StatesWindow(now.number, ask.serial, first, after, ask.order, ask.models, facets)

    @property
    def _wanted(self) -> list[tuple[FacetLayers, LayerWish]]:
        """The models with layers, and what is wanted of each strip."""
        found = [(self._of.facets[model], n) for n, model in enumerate(self._ask.models)]
        return [(one, self._wish(n)) for one, n in found if isinstance(one, FacetLayers)]

    @property
    def _unprepared(self) -> list[tuple[FacetLayers, LayerWish]]:
        return [(facet, wish) for facet, wish in self._wanted if not facet.is_prepared(wish)]

    def _wish(self, n: int) -> LayerWish:
        ask = self._ask
        return LayerWish(ask.layers[n], ask.order, ask.carried, ask.route, ask.memory, ask.lens)

    def _strip(self, n: int, characters: slice) -> FacetStates | Failure:
        ask, wish = self._ask, self._wish(n)
        model = ask.models[n]
        facet = self._of.facets[model]
        if not isinstance(facet, FacetLayers):
            return facet or Failure(_NO_MODEL)
        states, route, changed = facet.layer(wish), facet.route(wish), self._of.changed(model)
        if changed is not None and isinstance(route, Failure):
            route = Failure(_NO_ROUTE)
        if isinstance(states, Failure):
            return states
        at = self._of.now.caches[model].facet.tokens.of_characters[characters]
        steps = slice(min(at), max(at) + 1 if ask.values else min(at))
        values, curve = states.values.astype("<i2", copy=False), ask.curves[n]
        carry = facet.shares(wish)
        unknown = UnitShares(np.full(values.shape[1], np.nan), through_gate=False)
        shares = carry if isinstance(carry, UnitShares) else unknown
        known = curve is not None and curve < values.shape[1]
        return FacetStates(
            layers=facet.names,
            layer=facet.number(wish.layer),
            of=states.of,
            quantum=states.quantum,
            low=states.low,
            high=states.high,
            mean=states.mean,
            index=states.index,
            order=states.order(ask.order, shares.shares),
            carried=None if shares is unknown else ask.carried,
            carry_error=carry.error if isinstance(carry, Failure) else None,
            through_gate=shares.through_gate,
            shares=shares.shares,
            start=steps.start,
            values=values[steps].tobytes(),
            curve_of=curve if known else None,
            curve=values[:, curve].tobytes() if known else b"",
            route=None if isinstance(route, Failure) else route,
            route_error=route.error if isinstance(route, Failure) else None,
            changed=changed,
            memory=facet.memory(wish),
            lens=facet.lens(wish),
        )


class StatesForPage:
    """Sends windows of the models' states; they are kept while the page's view of them is open.

    Attributes:
        layers_of: Finds a model's layers.
        color_by: The units that colour texts, by model; see `text_units.with_text_units`.
        on_reply: Called from the fill's thread when the models have read the text.
    """

    def __init__(
        self, changes: Changes, background: BackgroundFill, layers_of: LayersOf = layers_of_model
    ) -> None:
        self._changes, self._background = changes, background
        self.layers_of = layers_of
        self.color_by: Callable[[], Mapping[str, Unit]] = dict
        self._kept: EpochStates | None = None
        self._asked: PendingStates | None = None
        self.on_reply: Callable[[LaterReply], None] = nobody

    def ask(self, ask: AskStates) -> StatesWindow | None:
        """See `Instrument.ask`; the reply comes at once if the models have read the text."""
        now = self._changes.open()
        self._background.drop(_KIND)
        if ask.around is None:
            self._kept = self._asked = None
            return None
        check_position(ask.around, now.text)
        beside = () if ask.lens is None else (ask.lens,)
        for position in (*(ask.route or ()), *(ask.carried or ()), *beside):
            check_position(position, now.text)
        _check_strips(ask, len(now.caches))
        if self._kept is None or self._kept.now is not now:
            self._kept = EpochStates(now, self.layers_of)
        self._asked = pending = PendingStates(self._kept, ask, self._background, self._tell)
        if not pending.in_part:
            return pending.reply
        self._background.finish(_KIND, pending)
        return None

    def saved(self, shown: int) -> StatesWindow | None:
        """What a saved page is to have of what is open; None: nothing is, or it is not there yet.

        Args:
            shown: The character that is shown.
        """
        asked = self._asked
        there = asked is not None and self._kept is not None and not asked.in_part
        if asked is None or not there or asked.epoch is not self._changes.now:
            return None
        return asked.saved(shown, self.color_by())

    def _tell(self, pending: PendingStates) -> None:
        self.on_reply(pending.reply)


def _check_strips(ask: AskStates, models: int) -> None:
    unknown = [each for each in ask.models if not 0 <= each < models]
    if unknown:
        raise ValueError(f"there is no model {unknown[0]}; there are {models}")
    for name, given in (("layers", ask.layers), ("curves", ask.curves)):
        if len(given) != len(ask.models):
            raise ValueError(
                f"{name} must have an entry for each of the {len(ask.models)} strips; got "
                f"{len(given)}"
            )

"""The units by which texts are coloured: between the widget's trait, the page, and figures."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import traitlets

from rnnviz_widget.engines import Network
from rnnviz_widget.explorer import Explorer
from rnnviz_widget.explorer.changed_models import bases
from rnnviz_widget.explorer.text_units import layer_of
from rnnviz_widget.models import Unit
from rnnviz_widget.models.find_place import check_unit, find_place
from rnnviz_widget.scene.coloring_units import ColoringUnit, ColoringUnits
from rnnviz_widget.scene.states import StatePlace
from rnnviz_widget.scene.unit_asks import AskColorBy

from .page_link import PageLink
from .publisher import Publisher
from .trait_checks import by_model, in_trait_errors

NO_UNITS: Mapping[str, Unit] = MappingProxyType({})
"""The trait `color_by` where connectivity colours all texts. It can't be changed in place."""

# The instrument of the page whose units colour texts.
_INSTRUMENT = "states"


class ColorBy:
    """Tells page and figures which units colour texts, and takes those that a reader keeps.

    The trait is `color_by`. Units stay with another text, another target and other weights.

    Args:
        explorer: The explorer.
        link: The widget's traits.
        publisher: Sends replies to the page.

    Attributes:
        checks: By trait, what checks a value and refuses it by a `TraitError`.
        reactions: By trait, what follows a change of it.
    """

    def __init__(self, explorer: Explorer, link: PageLink, publisher: Publisher) -> None:
        self._explorer, self._link, self._publisher = explorer, link, publisher
        self._serial = 0
        # Whether a reader has kept them, and whether that, or another epoch, sets the trait now.
        self._by_page = self._setting = False
        self._names = self._shown_names()
        self._known = weakref.WeakKeyDictionary[Network, Sequence[StatePlace]]()
        explorer.states.color_by = self._drawn
        self.checks: dict[str, Callable[[Any], Any]] = {"color_by": in_trait_errors(self._checked)}
        self.reactions: dict[str, Callable[[Any], None]] = {
            "color_by": self.units_set,
            "_scene": self.scene_shown,
        }

    def _shown_names(self) -> list[str]:
        return [cache.name for cache in self._explorer.caches]

    def _drawn(self) -> Mapping[str, Unit]:
        """Those that figures and saved pages have: of a reader only while the view is open."""
        units: Mapping[str, Unit] = self._link.get("color_by")
        return NO_UNITS if self._by_page and _INSTRUMENT not in self._link.get("_opened") else units

    def _checked(self, value: object) -> Mapping[str, Unit]:
        given = by_model("color_by", Unit, value, self._shown_names())
        return MappingProxyType({name: self._found(name, unit) for name, unit in given.items()})

    def _found(self, name: str, unit: Unit) -> Unit:
        """The unit, called by its module and by its layer's number there."""
        place = find_place(self._places(name), unit.layer, unit.kind, unit.module)
        index = check_unit(unit.index, place)
        return Unit(place.module, layer=place.layer, kind=place.kind, index=index)

    def _places(self, name: str) -> Sequence[StatePlace]:
        """The layers of a model: those that a page can show."""
        reading = self._explorer.reading_of(name)
        network = reading.given.network
        if network not in self._known:
            self._known[network] = reading.given.states(reading.facet.tokens.text).places
        return self._known[network]

    def units_set(self, _: object) -> None:
        """The trait `color_by` was set."""
        if not self._setting:
            self._serial, self._by_page = 0, False
            self._publish()

    def scene_shown(self, _: object) -> None:
        """Another epoch is shown, perhaps of other models."""
        before, self._names = self._names, self._shown_names()
        units: Mapping[str, Unit] = self._link.get("color_by")
        left = {name: unit for name, unit in units.items() if name in self._names}
        for name, base in zip(self._names, bases(self._explorer.changes.now), strict=True):
            # A model that is put beside itself, changed, begins with the same unit.
            if base is not None and name not in before and self._names[base] in left:
                left[name] = left[self._names[base]]
        if units:
            self._set(left, serial=0, by_page=self._by_page)

    def ask(self, ask: AskColorBy) -> None:
        """Take the units that a reader keeps.

        Raises:
            ValueError: If there is no such model, layer or unit.
        """
        names = self._shown_names()
        for one in ask.units:
            if one.facet >= len(names):
                raise ValueError(f"there is no model {one.facet}: there are {len(names)}")
        units = {names[one.facet]: self._unit_of_ask(names[one.facet], one) for one in ask.units}
        try:
            self._set(units, serial=ask.serial, by_page=True)
        except traitlets.TraitError as error:
            raise ValueError(str(error)) from error

    def _unit_of_ask(self, name: str, one: ColoringUnit) -> Unit:
        found = [place for place in self._places(name) if str(place) == one.layer]
        if not found:
            raise ValueError(f"{name} has no layer {one.layer!r}")
        place = found[0]
        return Unit(place.module, layer=place.layer, kind=place.kind, index=one.unit)

    def _set(self, units: Mapping[str, Unit], *, serial: int, by_page: bool) -> None:
        """Set the trait, which Python has not, and tell the page."""
        self._setting = True
        try:
            self._link.set("color_by", units)
        finally:
            self._setting = False
        self._serial, self._by_page = serial, by_page
        self._publish()

    def _publish(self) -> None:
        """Tell the page which units there are."""
        with self._link.lock:
            units: Mapping[str, Unit] = self._link.get("color_by")
            for_page = [self._unit_for_page(name, unit) for name, unit in units.items()]
            found = ColoringUnits(self._explorer.epoch, self._serial, for_page)
            self._publisher.reply("color_by", found)

    def _unit_for_page(self, name: str, unit: Unit) -> ColoringUnit:
        return ColoringUnit(self._shown_names().index(name), layer_of(unit), unit.index)

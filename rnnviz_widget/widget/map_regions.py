"""Regions of maps and the points inside: between the widget's traits and the page."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import traitlets

from rnnviz_widget.explorer import Explorer
from rnnviz_widget.inside.map_region import MapRegion
from rnnviz_widget.inside.map_sources import map_sources, source_named
from rnnviz_widget.inside.mapped_states import MappedStates
from rnnviz_widget.inside.result_table import ResultTable
from rnnviz_widget.reading import Reading
from rnnviz_widget.scene.asks import AskMapRegions
from rnnviz_widget.scene.map_regions import DrawnRegion, DrawnRegions

from .inside import mapped_states
from .page_link import PageLink
from .publisher import Publisher
from .trait_checks import by_model, found_table, in_trait_errors

NO_REGIONS: Mapping[str, MapRegion] = MappingProxyType({})
"""The trait `map_regions` where there are none. It can't be changed in place, nor can others."""

_TABLE = "region_points are the points inside of map_regions: set those to find others"
_COLUMNS = (
    *("model", "point", "layer", "characters", "symbol", "predicted", "truth", "loss"),
    *("x", "y", "context"),
)


class MapRegions:
    """Finds the points inside the regions that page or Python set, and tells the page of them.

    The traits are `map_regions` and `region_points`. Regions stay where only the target changes;
    they end with another text or corpus, and with other weights.

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
        self._by_page = False
        self._shown = self._what_is_mapped()
        self.checks: dict[str, Callable[[Any], Any]] = {
            "map_regions": in_trait_errors(self._checked),
            "region_points": found_table(_TABLE),
        }
        self.reactions: dict[str, Callable[[Any], None]] = {
            "map_regions": self.regions_set,
            "corpus": self.corpus_set,
            "_scene": self.scene_shown,
        }

    def _what_is_mapped(self) -> list[object]:
        explorer = self._explorer
        readings = [cache.model_reading for cache in explorer.caches]
        return [explorer.text, *(one and weakref.ref(one.given.network) for one in readings)]

    def _checked(self, value: object) -> Mapping[str, MapRegion]:
        names = [cache.name for cache in self._explorer.caches]
        given = by_model("map_regions", MapRegion, value, names)
        return MappingProxyType({name: self._named(name, one) for name, one in given.items()})

    def _named(self, name: str, region: MapRegion) -> MapRegion:
        """The region with the name of what is mapped."""
        model = self._explorer.reading_of(name).given
        source = source_named(map_sources(model, self._explorer.text), region.source)
        return MapRegion(region.corners, source.name, region.method)

    def regions_set(self, change: Any) -> None:
        """The trait `map_regions` was set."""
        if not self._by_page:
            self._serial = 0
        regions: Mapping[str, MapRegion] = change["new"]
        self._link.set("region_points", self._table(regions) if regions else None)
        self._publish()

    def corpus_set(self, _: object) -> None:
        """The trait `corpus` was set: the maps have other points now."""
        if self._link.get("map_regions"):
            self._link.set("map_regions", NO_REGIONS)

    def scene_shown(self, _: object) -> None:
        """Another epoch is shown: of another text, with other weights, or of another target."""
        before, self._shown = self._shown, self._what_is_mapped()
        if not self._link.get("map_regions"):
            return
        if before == self._shown:
            self._publish()
        else:
            self._link.set("map_regions", NO_REGIONS)

    def ask(self, ask: AskMapRegions) -> None:
        """Take what a reader has drawn on the page."""
        names = [cache.name for cache in self._explorer.caches]
        for one in ask.regions:
            if one.facet >= len(names):
                raise ValueError(f"there is no model {one.facet}: there are {len(names)}")
            if len(one.x) != len(one.y):
                raise ValueError(f"a region has {len(one.x)} and {len(one.y)} coordinates")
        self._serial = ask.serial
        before, self._by_page = self._by_page, True
        try:
            self._link.set(
                "map_regions",
                {
                    names[one.facet]: MapRegion(
                        list(zip(one.x, one.y, strict=True)), one.source, one.method
                    )
                    for one in ask.regions
                },
            )
        except traitlets.TraitError as error:
            raise ValueError(str(error)) from error
        finally:
            self._by_page = before

    def _publish(self) -> None:
        """Tell the page which regions there are."""
        with self._link.lock:
            regions: Mapping[str, MapRegion] = self._link.get("map_regions")
            names = [cache.name for cache in self._explorer.caches]
            drawn = [_drawn(names.index(name), region) for name, region in regions.items()]
            found = DrawnRegions(self._explorer.epoch, self._serial, drawn)
            self._publisher.reply("map_regions", found)

    def _table(self, regions: Mapping[str, MapRegion]) -> ResultTable:
        """A row for each point inside."""
        rows: list[dict[str, object]] = []
        words: list[str] = []
        for name, region in regions.items():
            mapped = self._mapped(name, region)
            inside = mapped.inside(region.corners)
            characters = _characters(mapped, self._explorer.reading_of(name))
            steps = len(mapped.facts)
            for row in inside:
                here = characters.get(int(row["point"]) % steps, [])
                named = {"model": name, "characters": here, **row}
                rows.append({column: named[column] for column in _COLUMNS})
            words.append(
                f"{name}: {len(inside):,} of {len(mapped):,} points ({mapped.source.name})"
            )
        return ResultTable(_COLUMNS, rows, "; ".join(words))

    def _mapped(self, name: str, region: MapRegion) -> MappedStates:
        """The map that the page shows, or it is made now."""
        of = [cache.name for cache in self._explorer.caches].index(name)
        shown = self._explorer.maps.shown(of, region.source, region.method)
        return shown or mapped_states(self._explorer, region.source, region.method, name)


def _characters(mapped: MappedStates, reading: Reading) -> dict[int, list[int]]:
    """The characters of the text that is shown at each of the map's steps that have any."""
    found: dict[int, list[int]] = {}
    for step, (start, end) in zip(mapped.of_tokens, reading.facet.tokens.spans, strict=True):
        found.setdefault(int(step), []).extend(range(start, end))
    return found


def _drawn(facet: int, region: MapRegion) -> DrawnRegion:
    x, y = zip(*region.corners, strict=True)
    return DrawnRegion(facet, region.source or "", region.method, x, y)

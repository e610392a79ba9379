"""The units by whose states figures colour the models' texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from rnnviz_widget.models import Unit
from rnnviz_widget.picture import FacetPicture, Picture
from rnnviz_widget.picture.text_unit import TextUnit
from rnnviz_widget.picture.unit_strip import unit_scale
from rnnviz_widget.reading import Reading
from rnnviz_widget.scene.states import StatePlace

from .epoch import Epoch
from .found_or_failure import found_or_failure
from .row_cache import RowCache
from .unit_states import UnitStates


def layer_of(unit: Unit) -> str:
    """The layer of a unit that is called by its module, as `FacetStates.layers` names it."""
    return str(StatePlace(unit.module or "", unit.layer, unit.kind, 0))


def with_text_units(picture: Picture, now: Epoch, units: Mapping[str, Unit]) -> Picture:
    """A picture whose texts are coloured by units.

    Args:
        picture: The picture, of all models of the epoch.
        now: The epoch.
        units: By the name of a model the unit, called by its module and its layer's number there.
    """
    pairs = zip(picture.facets, now.caches, strict=True)
    return replace(picture, facets=tuple(_facet(one, cache, units) for one, cache in pairs))


def _facet(facet: FacetPicture, cache: RowCache, units: Mapping[str, Unit]) -> FacetPicture:
    unit, reading = units.get(cache.name), cache.model_reading
    if unit is None or reading is None:
        return facet
    return replace(facet, text_unit=found_or_failure(partial(_text_unit, reading, unit)))


def _text_unit(reading: Reading, unit: Unit) -> TextUnit:
    tokens = reading.facet.tokens
    found = reading.given.states(tokens.text)
    place = found.place_of((unit.module or "", unit.layer, unit.kind))
    layer, own = UnitStates(found[place]), UnitStates(found[place][:, [unit.index]])
    peaks = np.nan_to_num(np.fmax(np.abs(layer.low), np.abs(layer.high)))
    return TextUnit(
        names=[str(one) for one in found.places],
        layer=str(place),
        unit=unit.index,
        multiples=own.values[list(tokens.of_characters), 0],
        quantum=float(own.quantum[0]),
        low=float(own.low[0]),
        high=float(own.high[0]),
        mean=float(own.mean[0]),
        scale=unit_scale(peaks, signed=bool((layer.low < 0).any())),
    )

"""Finding a layer and a kind of units by what a user calls them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnviz_widget.scene.states import StatePlace


def find_layer(
    places: Sequence[StatePlace], layer: int, module: str | None = None
) -> list[StatePlace]:
    """Find what there is of a layer.

    Args:
        places: Those there are, in the order of the layers.
        layer: The layer's number in the module; without a module, that in the model, counted over
            all modules. From the end if negative.
        module: The module's name; None: any.

    Raises:
        TypeError: If the layer is no whole number.
        ValueError: If there is no such module.
        IndexError: If there is no such layer.
    """
    if isinstance(layer, bool) or not isinstance(layer, int):
        raise TypeError(f"a layer is a whole number, 0 for the lowest; got {layer!r}")
    some = [place for place in places if module in (None, place.module)]
    if not some:
        known = ", ".join(dict.fromkeys(repr(place.module) for place in places))
        raise ValueError(f"there is no module {module!r} with states; expected one of {known}")
    layers = list(dict.fromkeys((place.module, place.layer) for place in some))
    if not -len(layers) <= layer < len(layers):
        raise IndexError(
            f"there is no layer {layer}: there are {len(layers)}, from 0 to {len(layers) - 1}"
        )
    return [place for place in some if (place.module, place.layer) == layers[layer]]


def find_place(
    places: Sequence[StatePlace], layer: int, kind: str, module: str | None = None
) -> StatePlace:
    """Find a place by layer and kind; see `find_layer`.

    Raises:
        TypeError, ValueError, IndexError: As `find_layer`; or if there is no such kind.
    """
    here = find_layer(places, layer, module)
    found = [place for place in here if place.kind == kind]
    if not found:
        known = ", ".join(repr(place.kind) for place in here)
        raise ValueError(f"layer {layer} has no {kind!r}; expected one of {known}")
    return found[0]


def check_unit(unit: object, place: StatePlace) -> int:
    """A unit's number in a place.

    Raises:
        TypeError: If it is no whole number.
        IndexError: If there is no such unit.
    """
    if isinstance(unit, bool) or not isinstance(unit, (int, np.integer)):
        raise TypeError(f"a unit is a whole number; got {unit!r}")
    if not 0 <= unit < place.units:
        raise IndexError(
            f"there is no unit {unit}: the {place} has {place.units}, from 0 to {place.units - 1}"
        )
    return int(unit)

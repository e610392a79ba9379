"""The states of one layer's units beneath their text, as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnviz_widget.models import ModelStates
from rnnviz_widget.picture.content import ShownUnits
from rnnviz_widget.picture.export import matplotlib_needed
from rnnviz_widget.picture.unit_strip import UnitStrip

from .text_states import checked_index

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from rnnviz_widget.scene.states import StatePlace


def plot_units(
    states: ModelStates,
    place: StatePlace | tuple[int, str] | tuple[str, int, str],
    *,
    units: Sequence[int] | None = None,
    position: int | None = None,
    **look: Any,
) -> Figure:
    """Draw the states of a layer's units: a column for each character, a row for each unit.

    Colours are the page's: both arms rise from zero, to the least round number that the largest
    state of the units drawn does not exceed; where few units reach very far, that nine in ten of
    them do not. A character has the state after the token that spans it.

    Args:
        states: What `model.states(text)` gives.
        place: Which layer and kind, as in `states[place]`.
        units: The units, in the order of the rows; default: all by number, of very many the first.
        position: A character that is marked, around which the text is cut if it does not fit;
            default: none, and the text is cut after its beginning.
        look: width in inches, font_size in points, theme "light" or "dark", and fonts; see
            `rnnviz_widget.picture.plot`.

    Raises:
        ImportError: If matplotlib is not installed.
        TypeError, ValueError, IndexError: If there is no such place, unit or character, or a look
            is out of range.
    """
    found, text = states.place_of(place), states.tokens.text
    values = states[found]
    rows = (
        range(found.units)
        if units is None
        else [checked_index(unit, found.units, "unit") for unit in units]
    )
    if not rows:
        raise ValueError("there are no units to draw; name at least one, or leave units out")
    if position is not None:
        position = checked_index(position, len(text), "character")
    drawn = np.asarray(values[:, list(rows)], np.float64)
    drawn[~np.isfinite(drawn)] = np.nan
    strip = UnitStrip(
        names=[str(each) for each in states.places],
        layer=states.places.index(found),
        of=found.units,
        by="number",
        units=np.asarray(rows),
        first=0,
        states=drawn[states.tokens.of_characters],
        peaks=np.nan_to_num(np.abs(drawn)).max(axis=0),
        signed=bool((drawn < 0).any()),
        chosen=units is not None,
    )
    with matplotlib_needed():
        from rnnviz_widget.picture.unit_figure import draw_units  # noqa: PLC0415
    return draw_units(ShownUnits(text, position, (strip,)), **look)

"""Units and the route of a memory in words, as the page says them.

The page's own are `js/src/state/unit-words.ts` and `route-words.ts`; both are tested with the cases
of `tests/picture/units.json`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from rnnviz_widget.scene.layer_words import layer_words
from rnnviz_widget.scene.unit_states import MemoryRoute

from .format import percent, quantity, visible
from .shared import WORDING, say
from .unit_strip import UnitStrip

_ORDERS = {
    "number": "by number",
    "similar": "similar curves side by side",
    "change": "those first that change most",
    "contribution": "by number",
}


def place_words(text: str, position: int) -> str:
    """A character in words: "“e”, character 43"."""
    return f"“{visible(text[position])}”, character {position + 1}"


def signed_percent(share: float) -> str:
    """A share: "12.3 %", "−5.0 %"."""  # noqa: RUF002 (the page's minus sign)
    return f"−{percent(-share)}" if share < 0 else percent(share)  # noqa: RUF001


def state_number(value: float, places: int) -> str:
    """A state with all digits that are known: "0.7321", "−12.50".

    Args:
        value: The state.
        places: How many decimal places are known; below zero: whole tens, hundreds.
    """  # noqa: RUF002 (the page's minus sign)
    if math.isnan(value):
        return WORDING["not_a_number"]
    digits = f"{abs(value):.{places}f}" if places > 0 else f"{round(abs(value)):,}"
    return f"−{digits}" if value < 0 and digits.strip("0.,") else digits  # noqa: RUF001


def order_words(strip: UnitStrip, text: str) -> str:
    """The order of the rows in words."""
    if strip.carry_error is not None:
        return f"by number: {strip.carry_error}"
    if strip.carried is None:
        return _ORDERS[strip.by]
    end, start = (place_words(text, p) for p in strip.carried)
    carry = WORDING["units_let_through" if strip.through_gate else "units_carry"]
    return say("units_by_share", carry=carry, start=start, end=end)


def strip_words(strip: UnitStrip, text: str, rows: int, first: int, after: int) -> str:
    """What a strip shows, in words: how many units, in what order, at which characters.

    Args:
        strip: The strip.
        text: The whole text.
        rows: How many of its rows are drawn.
        first: The first character that is drawn.
        after: The one after the last.
    """
    whole = f"{strip.of:,} units"
    some = f"{rows:,}" if strip.chosen and rows == len(strip.units) else f"the first {rows:,}"
    count = whole if rows == strip.of else f"{some} of {whole}"
    part = "" if after - first == len(text) else f"; characters {first + 1} to {after}"
    order = "as chosen" if strip.chosen else order_words(strip, text)
    return f"{count}, {order}{part}"


def route_words(text: str, route: MemoryRoute) -> str:
    """What a river shows, with how far the sum over all units is from the connectivity."""
    start, end = (place_words(text, p) for p in (route.input, route.output))
    apart = quantity(float(f"{route.apart:.1g}"))
    connectivity = quantity(route.connectivity)
    words = say("route_of", start=start, end=end, connectivity=connectivity, apart=apart)
    weak = WORDING["route_weak"]
    return f"{words} {weak}" if is_weak(route) else words


def is_weak(route: MemoryRoute) -> bool:
    """Whether one unit carries more than there is in the end: then shares say little."""
    return any(abs(one.share) > 1 for one in route.strongest)


def carried_words(route: MemoryRoute, share: float) -> str:
    """What one unit carries: its share, or of a weak link the amount."""
    return quantity(share * route.connectivity) if is_weak(route) else signed_percent(share)


def strongest_words(strip: UnitStrip, route: MemoryRoute, most: int) -> str:
    """The units that carry most: "Carried most by unit 7 (12.3 %, cell state, layer 0), ..."."""
    units = [
        f"unit {one.unit} ({carried_words(route, one.share)}, "
        f"{layer_words(one.layer, strip.names)})"
        for one in route.strongest[:most]
    ]
    return f"Carried most by {', '.join(units)}." if units else ""


def band_words(strip: UnitStrip, route: MemoryRoute) -> list[str]:
    """Each layer of a route, with what it carries on the mean."""
    return [
        f"{layer_words(one.layer, strip.names)}: {signed_percent(_mean(one.shares))}"
        for one in route.layers
    ]


def kept_words(route: MemoryRoute) -> str:
    """How much goes straight through gates; empty where there are none."""
    kept = np.asarray(route.kept)
    return say("route_straight", share=percent(_mean(kept))) if kept.any() else ""


def check_words(text: str, route: MemoryRoute, names: Sequence[str]) -> str:
    """What becomes of the link, and of the prediction, without the unit that carries most."""
    start, end = (place_words(text, p) for p in (route.input, route.output))
    if route.check is None or not route.strongest:
        return say("route_nothing", start=start, end=end)
    unit, check = route.strongest[0], route.check
    before, after = check.before, check.after
    return say(
        "route_check",
        unit=unit.unit,
        layer=layer_words(unit.layer, names),
        start=start,
        end=end,
        before=quantity(before),
        after=quantity(after),
        change=_change_words(before, after),
        target_before=quantity(check.probability_before),
        target_after=quantity(check.probability_after),
    )


def _change_words(before: float, after: float) -> str:
    if before == after:
        return WORDING["link_same"]
    if before == 0 or after / before > 1:
        return WORDING["link_grew"]
    if after / before < 0:
        return WORDING["link_turned"]
    return say("link_gone", share=percent(1 - after / before))


def _mean(values: np.ndarray) -> float:
    return float(np.mean(values)) if len(values) else 0.0

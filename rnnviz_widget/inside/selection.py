"""Selecting units by a span of text: those that are on exactly there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .on_bits import Bools, OnBits, Side
from .text_states import Integers, Table, checked_index, text_at


@dataclass(frozen=True, eq=False)
class UnitSelection:
    """The units that are on throughout a span, and off at its sides.

    Attributes:
        text: The number of the text.
        start: The first step of the span, in that text.
        stop: The step after its last.
        before: At how many steps before it the units had to be off.
        after: At how many steps after it.
        units: The units, in order.
        sides: Whether each is on high or low there.
        rows: Their rows in `OnBits.bits`.
        of: How many units the layer has, H.
    """

    text: int
    start: int
    stop: int
    before: int
    after: int
    units: tuple[int, ...]
    sides: tuple[Side, ...]
    rows: Integers
    of: int

    def __len__(self) -> int:
        return len(self.units)

    def __repr__(self) -> str:
        at = f"text {self.text}, steps {self.start} to {self.stop - 1}"
        return f"UnitSelection({at}: {len(self):,} of {self.of:,} units on)"

    def table(self) -> Table:
        """A row for each unit that is on."""
        return [{"unit": u, "side": s} for u, s in zip(self.units, self.sides, strict=True)]


def select_units(
    on: OnBits, start: int, stop: int, *, text: int = 0, before: int = 1, after: int = 0
) -> UnitSelection:
    """Select the units that are on exactly in a span of a text.

    A unit is selected if, with b = `before` and a = `after`, for each step t of the text with
    start - b <= t < stop + a: it is on at t if and only if start <= t < stop. It is on high
    throughout, or low throughout. Steps beyond the ends of the text are not asked about.

    With `fixed_threshold` this is the selection of LSTMVis, whose zero whiskers are (1, 0) by
    default. Source: Strobelt, Gehrmann, Pfister and Rush, "LSTMVis", 2018.

    Args:
        on: When units are on.
        start: The first step of the span, in its text.
        stop: The step after its last.
        text: The number of the text.
        before: At how many steps before the span a unit must be off; 0: not asked.
        after: At how many steps after it.

    Returns:
        The units; none is an answer too.

    Raises:
        TypeError: If an argument is no whole number.
        ValueError: If the text is not there, the span is empty or not in the text, or `before` or
            `after` is below 0.
    """
    number = checked_index(text, len(on.starts) - 1, "text")
    first = int(on.starts[number])
    length = int(on.starts[number + 1]) - first
    checked_index(start, length, "step")
    if not start < stop <= length:
        why = "is empty" if stop <= start else f"goes over the end of the text, {length:,} steps"
        raise ValueError(
            f"the span [{start:,}, {stop:,}) {why}: it must have at least one step and end at "
            f"{length:,} or before"
        )
    for name, value in (("before", before), ("after", after)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(f"{name} must be a whole number, at least 0; got {value!r}")
    begin, end = np.array([first + start]), np.array([first + stop])
    rows = np.flatnonzero(exactly_on(on, on.rows, begin, end, (before, after))[:, 0])
    rows = rows[np.argsort(rows % on.units, kind="stable")]
    named = [on.unit(int(row)) for row in rows]
    return UnitSelection(
        text=number,
        start=start,
        stop=stop,
        before=before,
        after=after,
        units=tuple(unit for unit, _ in named),
        sides=tuple(side for _, side in named),
        rows=rows.astype(np.int64),
        of=on.units,
    )


def exactly_on(
    on: OnBits, rows: Integers, begin: Integers, end: Integers, sides: tuple[int, int]
) -> Bools:
    """Whether rows are on throughout places and off at their sides, within the text.

    Args:
        on: When units are on.
        rows: The indices of R rows.
        begin: The first step of each of K places, counted over all texts.
        end: The step after its last, in the same text.
        sides: At how many steps before a place, and after it, the row must be off.

    Returns:
        Shape (R, K).
    """
    before, after = sides
    text = text_at(on.starts, begin)
    held = on.on_at_all_steps(rows, begin, end)
    held &= ~on.on_at_any_step(rows, np.maximum(begin - before, on.starts[text]), begin)
    held &= ~on.on_at_any_step(rows, end, np.minimum(end + after, on.starts[text + 1]))
    return held

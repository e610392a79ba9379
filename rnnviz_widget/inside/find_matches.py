"""The search for other places where selected units are on, by how much that says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from .match import Matches, Places, check_selection
from .on_bits import OnBits, Words, as_truth, as_words, on_throughout, shifted
from .selection import UnitSelection
from .text_states import Integers, text_at

# Information is summed in whole ten-thousandths of a nat, so that sums are exact in any order.
_NATS = 10_000
# So many places more than are wanted are put in order by their other units.
_TIES = 500
_SCORED_BY = "the share of the selection's information that the units on there have"

Totals = npt.NDArray[np.unsignedinteger]


def find_matches(
    on: OnBits,
    selection: UnitSelection,
    *,
    at_least: int | None = None,
    limit: int = 50,
    skip_own: bool = False,
) -> Matches:
    """Find places where the units of a selection are on, best first.

    Every window of L steps within a text is compared, L as long as the span. A unit is held there
    if it is on at each of the L steps, on the side on which it was selected, and off at `before`
    steps before them and `after` steps after (of the selection), as far as the text goes. The score
    is

        sum over held units of i_c / sum over selected units of i_c,
        i_c = -ln((n_c + 1) / (n + 1)),

    n_c the number of the n windows in which unit c is held: what it says, in nats, that a unit is
    on there, which is little for one that nearly always is. (Units are taken as independent; each
    i_c is rounded to 1e-4.) A score of 1: all selected units are held.

    Of equal scores the place comes first where fewer other units are held, then the one that stands
    first; other units are compared of 500 places more than `limit`. Places do not overlap: of two
    that would, the one with the higher score stays, else the earlier one.

    LSTMVis' own ranking is `lstmvis_matches`.

    Args:
        on: When units are on, in the texts to be searched. They may be other texts than that of the
            selection, but the same layer, by the same thresholds.
        selection: The units.
        at_least: Search for places of at least so many steps instead, that go on while the same
            units are on; units are then not asked to be off after them.
        limit: The most matches.
        skip_own: Whether the span itself is left out, as it should be where the texts are those of
            the selection.

    Returns:
        Matches with a score above 0.

    Raises:
        ValueError: If no unit is selected, the selection does not fit the texts, or an argument is
            out of range.
    """
    check_selection(on, selection, limit)
    if at_least is not None and at_least < 1:
        raise ValueError(f"at_least must be at least 1 step; got {at_least}")
    length = at_least or selection.stop - selection.start
    sides = selection.before, 0 if at_least else selection.after
    windows = _Windows(on, length, *sides)
    totals, whole = windows.information(selection.rows)
    if skip_own:
        own = int(on.starts[selection.text])
        totals[max(0, own + selection.start - length + 1) : own + selection.stop] = 0
    begin: list[int] = []
    stretches: list[tuple[int, int]] = []
    taken = np.zeros(on.steps, bool)
    for step in _best_first(totals):
        enough = len(begin) >= limit
        if enough and (totals[step] < totals[begin[limit - 1]] or len(begin) >= limit + _TIES):
            break
        if not taken[step : step + length].any():
            whole_place = (step, step + length)
            if at_least:
                whole_place = windows.whole_place(step, selection.rows, taken)
            begin.append(step)
            stretches.append(whole_place)
            taken[slice(*whole_place)] = True
    ends = np.array(stretches, np.int64).reshape(-1, 2)
    places = Places.of(on, selection, ends[:, 0], ends[:, 1], sides)
    found = totals[np.array(begin, np.int64)].astype(np.int64)
    order = np.lexsort((places.begin, places.others, -found))[:limit]
    scores = found / max(1, whole)
    matches = places.matches(on, selection, order, scores)
    return Matches(selection, matches, windows.count, _SCORED_BY)


class _Windows:
    """All windows of a length within texts, by their first steps.

    Args:
        on: When units are on.
        length: The steps of a window.
        before: At how many steps before it a unit must be off.
        after: At how many steps after it.
    """

    def __init__(self, on: OnBits, length: int, before: int, after: int) -> None:
        self._on = on
        self._length = length
        self._before = before
        begin, end = on.starts[:-1], on.starts[1:]
        fits = ~self._covered(np.maximum(begin, end - length + 1), end)
        self.count = int(np.count_nonzero(fits))
        self._fits = self._padded(fits)
        # Steps at so many from the first of a window, where that is a step of the same text.
        self._sides = [
            (-j, self._padded(~self._covered(begin, np.minimum(begin + j, end))))
            for j in range(1, before + 1)
        ] + [
            (j, self._padded(~self._covered(np.maximum(begin, end - j), end)))
            for j in range(length, length + after)
        ]

    def _covered(self, begin: Integers, end: Integers) -> npt.NDArray[np.bool_]:
        """Which steps lie in one of these stretches."""
        edges = np.zeros(self._on.steps + 1, np.int32)
        np.add.at(edges, begin, 1)
        np.add.at(edges, end, -1)
        covered: npt.NDArray[np.bool_] = np.cumsum(edges[:-1]) > 0
        return covered

    def _padded(self, steps: npt.NDArray[np.bool_]) -> Words:
        row = np.zeros(self._on.bits.shape[1], self._on.bits.dtype)
        words = as_words(steps)
        row[: len(words)] = words
        return row

    def information(self, rows: Integers) -> tuple[Totals, int]:
        """The information of the units held in each window, (T,), and that of all of them."""
        most = len(rows) * (_NATS * np.log(self.count + 1) + 1)
        kind = np.uint32 if most < 1 << 32 else np.uint64
        totals: Totals = np.zeros(self._on.steps, kind)
        part = np.empty_like(totals)
        whole = 0
        for row in rows:
            held = as_truth(self.held(np.asarray(self._on.bits[row])), self._on.steps)
            times = np.count_nonzero(held.view(bool))
            nats = int(np.rint(_NATS * np.log((self.count + 1) / (times + 1))))
            np.multiply(held, kind(nats), out=part, dtype=kind)
            totals += part
            whole += nats
        return totals, whole

    def held(self, row: Words) -> Words:
        """The first steps of the windows in which a unit is held."""
        found = on_throughout(row, self._length) & self._fits
        for steps, inside in self._sides:
            found &= ~(shifted(row, steps) & inside)
        return found

    def whole_place(
        self, step: int, rows: Integers, taken: npt.NDArray[np.bool_]
    ) -> tuple[int, int]:
        """How far a place reaches in which the units held in a window are on.

        Args:
            step: The first step of the window.
            rows: The selected units.
            taken: Steps that it may not reach, (T,).
        """
        on, window = self._on, np.array([step])
        held = on.on_at_all_steps(rows, window, window + self._length)
        text = int(text_at(on.starts, window)[0])
        first, beyond = int(on.starts[text]), int(on.starts[text + 1])
        held &= ~on.on_at_any_step(rows, np.maximum(window - self._before, first), window)
        rows, margin = rows[held[:, 0]], 64
        while True:
            low = max(first, step - margin) // 64
            high = min(beyond, step + self._length + margin) // 64 + 1
            words = np.bitwise_and.reduce(on.bits[rows, low:high], axis=0)
            held_at = as_truth(words, 64 * (high - low)).astype(bool)
            here = taken[64 * low : 64 * high]
            held_at[: len(here)] &= ~here
            off = np.flatnonzero(~held_at) + 64 * low
            begin = int(off[off < step].max(initial=max(first, 64 * low) - 1)) + 1
            end = int(off[off > step].min(initial=min(beyond, 64 * high)))
            if (begin > 64 * low or begin <= first) and (end < 64 * high or end >= beyond):
                return max(begin, first), min(end, beyond)
            margin *= 4


def _best_first(totals: Totals) -> Iterator[int]:
    """Steps with a total above 0, the highest first, of equal ones the earliest."""
    below, wanted = None, 4096
    while True:
        rank = len(totals) - wanted
        least = int(np.partition(totals, rank)[rank]) if rank > 0 else 0
        found = totals >= max(1, least)
        if below is not None:
            found &= totals < below
        steps = np.flatnonzero(found)
        yield from steps[np.argsort(-totals[steps].astype(np.int64), kind="stable")].tolist()
        if least <= 1:
            return
        below, wanted = max(1, least), 8 * wanted

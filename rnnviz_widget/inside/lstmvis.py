"""The matches of LSTMVis, by its published algorithm, so that its results can be compared with."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from .match import Matches, Places, check_selection
from .on_bits import OnBits, as_truth
from .selection import UnitSelection
from .text_states import Integers

Counts = npt.NDArray[np.unsignedinteger]

# By mode: the most steps that are searched (None: all), and how many candidates are enough.
_MODES = {"fast": (500_000, 1_000), "precise": (None, 10_000)}
# The least steps of a candidate.
_SHORTEST = 2
_SCORED_BY = "units both selected and on there / units selected or on there (Jaccard)"


def lstmvis_matches(
    on: OnBits,
    selection: UnitSelection,
    *,
    mode: Literal["fast", "precise"] = "fast",
    limit: int = 50,
) -> Matches:
    """Find matches as LSTMVis does.

    With C the n selected units and count[t] how many of them are on at step t:

    1. For m = n, n - 1, ..., 1, until there are enough candidates: each longest run of steps with
       count >= m is a candidate, if it has at least two steps and was not one before.
    2. A candidate [s, e) that was found at m has d = m - count[s - 1] if the selection asks for
       units to be off before it, else 0, and d = m - count[e] if it does so after it; for both,
       d = m - count[s - 1] - count[e]. Candidates are ordered by d, the largest first, and as many
       kept as are enough.
    3. A is the set of units that are on throughout a candidate and, as the selection asks, off at
       s - 1 and at e. Matches are ordered by the most units of both A and C, then the fewest of
       either, then the most steps.

    How long the selected span is plays no part, and before and after a place one step is looked at,
    however many the selection asked for. Candidates at the ends of a text are left out.

    Two things differ from LSTMVis: texts are units here, so that no run goes from one into the
    next, and candidates that it takes in the arbitrary order of a set stand in that of the text.

    Source: Strobelt, Gehrmann, Pfister and Rush, "LSTMVis", 2018, and the program's server in its
    state of 2021.

    Args:
        on: When units are on, by `fixed_threshold`.
        selection: The units, selected by the same threshold.
        mode: "fast": the first 500,000 steps, 1,000 candidates are enough; "precise": all steps,
            10,000 candidates.
        limit: The most matches.

    Raises:
        ValueError: If no unit is selected, the selection does not fit the texts, low values are on,
            or an argument is out of range.
    """
    check_selection(on, selection, limit)
    if mode not in _MODES:
        raise ValueError(f"mode must be 'fast' or 'precise'; got {mode!r}")
    if len(on.bits) != on.units:
        raise ValueError(
            "LSTMVis knows no low values: take thresholds by fixed_threshold, for the selection too"
        )
    steps, enough = _MODES[mode]
    begin, end, compared = _candidates(on, selection, min(on.steps, steps or on.steps), enough)
    sides = int(selection.before > 0), int(selection.after > 0)
    places = Places.of(on, selection, begin, end, sides)
    both = places.held.sum(axis=0)
    either = len(selection) + places.others
    order = np.lexsort((begin - end, either, -both))[:limit]
    matches = places.matches(on, selection, order, both / either)
    return Matches(selection, matches, compared, _SCORED_BY)


def _candidates(
    on: OnBits, selection: UnitSelection, steps: int, enough: int
) -> tuple[Integers, Integers, int]:
    """First steps and ends of the candidates in their order, and how many there were."""
    small = len(selection) < 1 << 16
    count: Counts = np.zeros(steps, np.uint16 if small else np.uint32)
    for row in selection.rows:
        count += as_truth(np.asarray(on.bits[row]), steps)
    first = np.zeros(steps + 1, bool)  # of a text
    first[on.starts[on.starts < steps]] = True
    first[steps] = True
    inside = ~first[1:-1]
    # At an m that no two neighbours have in common, the runs are those of m + 1.
    levels = np.unique(np.minimum(count[1:], count[:-1])[inside])[::-1]
    found = np.empty((4, 0), np.int64)
    for m in levels[levels > 0].astype(np.int64):
        begin, end = _runs(count >= m, first)
        d = np.zeros_like(begin)
        if selection.before:
            d -= _at(count, begin - 1)
        if selection.after:
            d -= _at(count, end)
        if selection.before or selection.after:
            d += m
        new = ~np.isin(begin * (steps + 1) + end, found[0] * (steps + 1) + found[1])
        here = np.stack([begin, end, d, np.full_like(begin, m)])[:, new]
        found = np.concatenate([found, here], axis=1)
        if found.shape[1] >= enough:
            break
    total = found.shape[1]
    begin, end, d, _ = found[:, np.argsort(-found[2], kind="stable")[:enough]]
    at_ends = first[begin] | np.isin(end, on.starts)
    return begin[~at_ends], end[~at_ends], total


def _runs(high: npt.NDArray[np.bool_], first: npt.NDArray[np.bool_]) -> tuple[Integers, Integers]:
    """Where runs of at least two steps begin and end, none over the end of a text."""
    before = np.concatenate([[False], high[:-1]]) & ~first[:-1]
    after = np.concatenate([high[1:], [False]]) & ~first[1:]
    begin, end = np.flatnonzero(high & ~before), np.flatnonzero(high & ~after) + 1
    long = end - begin >= _SHORTEST
    return begin[long], end[long]


def _at(count: Counts, steps: Integers) -> Integers:
    """Counts at steps; 0 where there is no step."""
    there = (steps >= 0) & (steps < len(count))
    return np.where(there, count[np.clip(steps, 0, len(count) - 1)].astype(np.int64), 0)

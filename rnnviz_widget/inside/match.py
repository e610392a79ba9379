"""Other places where selected units are on: the record of one, and of all that were found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .on_bits import OnBits, Side
from .selection import UnitSelection, exactly_on
from .text_states import Integers, Numbers, Table, text_at


@dataclass(frozen=True)
class Match:
    """A place where selected units are on.

    Attributes:
        text: The number of the text.
        start: The first step of the place, in that text.
        stop: The step after its last.
        score: How well it matches, 0 to 1; `Matches.scored_by` says by what.
        held: The selected units that are on there, throughout.
        sides: Whether each is on high or low.
        others: How many other units are on in the same way.
    """

    text: int
    start: int
    stop: int
    score: float
    held: tuple[int, ...]
    sides: tuple[Side, ...]
    others: int


@dataclass(frozen=True, eq=False)
class Matches:
    """The best matches of a selection, best first.

    Attributes:
        selection: The units that were selected, and where.
        places: The matches.
        compared: How many places were compared.
        scored_by: What a score is, in words.
    """

    selection: UnitSelection
    places: tuple[Match, ...]
    compared: int
    scored_by: str

    def __len__(self) -> int:
        return len(self.places)

    def __repr__(self) -> str:
        best = f", the best {self.places[0].score:.3f}" if self.places else ""
        return f"Matches({len(self):,} of {self.compared:,} places{best}; {self.selection!r})"

    def table(self) -> Table:
        """A row for each match."""
        return [
            {
                "text": each.text,
                "start": each.start,
                "stop": each.stop,
                "score": each.score,
                "held": len(each.held),
                "others": each.others,
            }
            for each in self.places
        ]


@dataclass(frozen=True, eq=False)
class Places:
    """K places, and which units are on at each.

    Attributes:
        begin: The first step of each, counted over all texts, (K,).
        end: The step after its last.
        held: Which selected units are on there, (n, K).
        others: How many units that are not selected are on in the same way, (K,).
    """

    begin: Integers
    end: Integers
    held: np.ndarray[tuple[int, int], np.dtype[np.bool_]]
    others: Integers

    @classmethod
    def of(
        cls,
        on: OnBits,
        selection: UnitSelection,
        begin: Integers,
        end: Integers,
        sides: tuple[int, int],
    ) -> Places:
        """Look up which units are on at places, and off at so many steps before and after."""
        every = exactly_on(on, on.rows, begin, end, sides)
        held = every[selection.rows]
        return cls(begin, end, held, every.sum(axis=0) - held.sum(axis=0))

    def matches(
        self, on: OnBits, selection: UnitSelection, order: Integers, scores: Numbers
    ) -> tuple[Match, ...]:
        """The records of some of the places, in this order, with the score of each place."""
        texts = text_at(on.starts, self.begin)
        found = []
        for k in order.tolist():
            first = int(on.starts[texts[k]])
            which = np.flatnonzero(self.held[:, k])
            match = Match(
                text=int(texts[k]),
                start=int(self.begin[k]) - first,
                stop=int(self.end[k]) - first,
                score=float(scores[k]),
                held=tuple(selection.units[n] for n in which),
                sides=tuple(selection.sides[n] for n in which),
                others=int(self.others[k]),
            )
            found.append(match)
        return tuple(found)


def check_selection(on: OnBits, selection: UnitSelection, limit: int) -> None:
    """Refuse what can't be searched for.

    Raises:
        ValueError: If no unit is selected, the selection is of another layer or of low values where
            only high ones are on, or `limit` is below 1.
    """
    if not len(selection):
        raise ValueError(
            "no unit is selected, so there is nothing to search for: choose another span, fewer "
            "steps before= and after= it, or a lower threshold"
        )
    if selection.of != on.units:
        raise ValueError(
            f"the selection is of a layer of {selection.of:,} units, the texts have {on.units:,}: "
            "select in the same layer"
        )
    if selection.rows.max() >= len(on.bits):
        raise ValueError(
            "units are selected that are on low, but by these thresholds only high values are on: "
            "select and search by the same thresholds"
        )
    if limit < 1:
        raise ValueError(f"limit must be at least 1; got {limit}")

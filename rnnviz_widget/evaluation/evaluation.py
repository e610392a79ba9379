"""The result of an evaluation: figures with intervals, computed from the tally of each text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnviz_widget.evaluation.estimate import Estimate, estimate, estimates
from rnnviz_widget.evaluation.faithfulness import Check
from rnnviz_widget.evaluation.tally import TOPS, MemorySettings, Tally

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well a model predicts texts, and how far back its predictions depend on them.

    Every figure is an `Estimate`: a value, its 95 % interval from resampling the texts, and the
    number of positions. Methods that end in `_by_known` give a list by the known characters of the
    current word: 0 at the white space before it, 1 after its first letter, ...; the last entry
    counts 24 and more.

    Attributes:
        name: The model's name.
        tallies: The counts of each text.
        characters: The number of characters of all texts.
        memory: How memory was measured; None: it was not.
        whole: Whether the model has one output for the whole text. It is counted once for each
            text and belongs to no word, so figures by known characters and before the word raise a
            `ValueError`.
        check: The check of the measure by reruns of the model; None: it was not checked.
    """

    name: str
    tallies: Sequence[Tally]
    characters: int
    memory: MemorySettings | None = None
    whole: bool = False
    check: Check | None = None

    def __repr__(self) -> str:
        found = f"Evaluation({self.name!r}, {len(self.tallies)} texts"
        if self._stack("inside").any():
            best = self.accuracy()
            value, low, high = (f"{100 * each:.1f}" for each in (best.value, best.low, best.high))
            found += f", top 1: {value} % ({low} to {high})"
        if self.memory is not None and self._stack("rows").any():
            found += f", reach {self.reach().value:.1f} characters"
        return found + ")"

    def _stack(self, name: str) -> Array:
        return np.array([getattr(tally, name) for tally in self.tallies])

    def _right_and_number(self, top: int, *, outside: bool) -> tuple[Array, Array]:
        if top not in TOPS:
            raise ValueError(f"top must be one of {', '.join(map(str, TOPS))}; got {top!r}")
        number = self._stack("inside")
        if outside:
            number = number + self._stack("outside")
        return self._stack("right")[:, TOPS.index(top)], number

    def accuracy(self, top: int = 1, *, outside: bool = False) -> Estimate:
        """The share of positions whose truth is among the best predictions.

        Args:
            top: How many predictions count as best: 1, 2 or 3.
            outside: Whether to include positions whose truth is not among the classes, as wrong.
                The article did.

        Raises:
            ValueError: If `top` is another number.
        """
        right, number = self._right_and_number(top, outside=outside)
        return estimate(right.sum(axis=1), number.sum(axis=1))

    def accuracy_by_known(self, top: int = 1, *, outside: bool = False) -> list[Estimate]:
        """`accuracy` by known characters of the word.

        Raises:
            ValueError: If `top` is no such number, or there is one output for the whole text.
        """
        self._in_words("accuracy by known characters")
        return estimates(*self._right_and_number(top, outside=outside))

    def cross_entropy(self) -> Estimate:
        """Mean of -log p(truth) in nats, over positions whose truth is among the classes."""
        return estimate(self._stack("loss").sum(axis=1), self._stack("inside").sum(axis=1))

    def gain(self, other: Evaluation, top: int = 1, *, outside: bool = False) -> Estimate:
        """The accuracy minus that of another evaluation, with a paired interval.

        Args:
            other: An evaluation on the same texts with the same classes.
            top: As for `accuracy`.
            outside: As for `accuracy`.

        Raises:
            ValueError: If the other evaluation counted other positions, or `top` is no such number.
        """
        right, number = self._right_and_number(top, outside=outside)
        theirs, their_number = other._right_and_number(top, outside=outside)
        if not np.array_equal(number, their_number):
            raise ValueError(
                f"{self.name} and {other.name} were not evaluated on the same positions: evaluate "
                "both on the same texts and classes"
            )
        return estimate((right - theirs).sum(axis=1), number.sum(axis=1))

    def _in_words(self, what: str) -> None:
        if self.whole:
            raise ValueError(
                f"there is no {what} of {self.name}: it has one output for the whole text, which "
                "belongs to no word. accuracy(), cross_entropy(), reach(), effective_characters() "
                "and share_by_lag() count each text once"
            )

    def _memory(self, name: str) -> tuple[Array, Array]:
        if self.memory is None:
            raise ValueError(f"memory was not measured for {self.name}: evaluate with memory=True")
        return self._stack(name), self._stack("rows")

    def _mean(self, name: str) -> Estimate:
        sums, rows = self._memory(name)
        return estimate(sums.sum(axis=1), rows.sum(axis=1))

    def reach(self) -> Estimate:
        """Mean reach over positions, in characters; see `rv.memory.reach`.

        Raises:
            ValueError: If memory was not measured.
        """
        return self._mean("reach")

    def effective_characters(self) -> Estimate:
        """Mean effective characters over positions; see `rv.memory.effective_characters`.

        Raises:
            ValueError: If memory was not measured.
        """
        return self._mean("effective")

    def share_before_word(self) -> Estimate:
        """Mean share of connectivity before the current word and the space before it.

        Raises:
            ValueError: If memory was not measured, or there is one output for the whole text.
        """
        self._in_words("share before the word")
        return self._mean("before")

    def reach_by_known(self) -> list[Estimate]:
        """Mean reach by known characters of the word; raises as `share_before_word`."""
        self._in_words("reach by known characters")
        return estimates(*self._memory("reach"))

    def share_before_word_by_known(self) -> list[Estimate]:
        """`share_before_word` by known characters of the word; raises as that does."""
        self._in_words("share before the word")
        return estimates(*self._memory("before"))

    def share_by_lag(self) -> list[Estimate]:
        """Mean share at the distances 0, 1, ... in characters; the last entry is beyond.

        Raises:
            ValueError: If memory was not measured.
        """
        sums, rows = self._memory("lags")
        number = np.broadcast_to(rows.sum(axis=1, keepdims=True), sums.shape)
        return estimates(sums, number)

    def as_dict(self) -> dict[str, Any]:
        """All figures for JSON; without those by word if there is one output for the whole text."""
        kinds = {"in vocabulary": False, "all": True}
        found: dict[str, Any] = {
            "name": self.name,
            "texts": len(self.tallies),
            "characters": self.characters,
            "cross entropy": self.cross_entropy().as_dict(),
            "accuracy": {
                kind: {f"top {n}": self.accuracy(n, outside=o).as_dict() for n in TOPS}
                for kind, o in kinds.items()
            },
        }
        if not self.whole:
            found["accuracy by known"] = {
                kind: {f"top {n}": _lists(self.accuracy_by_known(n, outside=o)) for n in TOPS}
                for kind, o in kinds.items()
            }
        if self.memory is not None:
            found["memory"] = {
                "measure": self.memory.measure,
                "target": repr(self.memory.target),
                "of": self.memory.of,
                "start": self.memory.start,
                "lags": self.memory.lags,
                "reach": self.reach().as_dict(),
                "effective characters": self.effective_characters().as_dict(),
            }
            if not self.whole:
                found["memory"] |= {
                    "share before word": self.share_before_word().as_dict(),
                    "reach by known": _lists(self.reach_by_known()),
                    "share before word by known": _lists(self.share_before_word_by_known()),
                }
            found["memory"]["share by lag"] = _lists(self.share_by_lag())
        if self.check is not None:
            found["check"] = self.check.as_dict()
        return found


def _lists(figures: list[Estimate]) -> dict[str, list[float | int | str | None]]:
    """A list of figures as one list for each of their fields."""
    dicts = [figure.as_dict() for figure in figures]
    return {key: [each[key] for each in dicts] for key in ("value", "low", "high", "positions")}

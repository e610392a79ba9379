"""The rows that are asked for at one character, whole or in part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from rnnviz_widget.engines import AnyMeasure, Named
from rnnviz_widget.models import CheckedTarget
from rnnviz_widget.reading import Floats, Reading, info_of, measure_for
from rnnviz_widget.scene.facet import ExplainedClass, MeasureInfo
from rnnviz_widget.scene.rows import Failure, Outcome, Part

from .kept_rows import Begun, KeptRows, in_words

READY_MADE = "its rows are ready-made: there is no model that could explain another class"


Answer = list[tuple[int, Outcome]]
# An output, and what computes a stretch more of its row.
Task = tuple[int, Callable[[], Outcome]]


class PendingRows:
    """The rows at one position, whole or in part.

    Args:
        epoch: The epoch that they belong to.
        position: A character.
        tasks: One for each facet.
        tell: Called with itself where more of the rows has come behind the asker's back.
    """

    def __init__(
        self, epoch: int, position: int, tasks: Sequence[Task], tell: Callable[[PendingRows], None]
    ) -> None:
        self.epoch = epoch
        self.position = position
        self._tasks = tasks
        self._tell = tell
        self._outcomes: list[Outcome | None] = [None] * len(tasks)

    def advance(self) -> None:
        """Go a stretch further with each row that is not whole."""
        for n, (_, go_on) in enumerate(self._tasks):
            if self._outcomes[n] is None or isinstance(self._outcomes[n], Part):
                self._outcomes[n] = _attempt(go_on)

    def tell(self) -> None:
        """Say that there is more."""
        self._tell(self)

    @property
    def in_part(self) -> bool:
        """Whether there is more to come."""
        return any(isinstance(outcome, Part) for outcome in self._outcomes)

    @property
    def answer(self) -> Answer:
        """For each facet its output and what there is of its row."""
        found = zip(self._tasks, self._outcomes, strict=True)
        return [(s, outcome) for (s, _), outcome in found if outcome is not None]

    @property
    def rows(self) -> list[tuple[int, Floats | str]]:
        """For each facet its output and the whole row, or what went wrong."""
        return [
            (s, outcome.error if isinstance(outcome, Failure) else outcome)
            for s, outcome in self.answer
            if not isinstance(outcome, Part)
        ]


def rows_of(
    epoch: int, position: int, facets: Sequence[KeptRows], tell: Callable[[PendingRows], None]
) -> PendingRows:
    """The facets' own rows at a position, which are kept; see `PendingRows`."""
    outputs = [facet.facet.tokens.at(position) for facet in facets]
    tasks = [(s, partial(facet.advance, s)) for facet, s in zip(facets, outputs, strict=True)]
    return PendingRows(epoch, position, tasks, tell)


@dataclass(frozen=True)
class Look:
    """Another class explained at one character, for as long as it is looked at.

    Attributes:
        epoch, position, serial: As it was asked for.
        measures: What a score of each facet is.
        told: What each facet explains; None where it can't.
        answer: For each facet its output and row, or what there is of it, or what went wrong.
    """

    epoch: int
    position: int
    serial: int
    measures: list[MeasureInfo]
    told: list[ExplainedClass | None]
    answer: Answer


class PendingPreview(PendingRows):
    """Rows that explain another class at one position; they are not kept.

    Args:
        epoch: The epoch that they belong to.
        position: A character.
        facets: The models' readings.
        target: What is explained.
        measure: The measure, or None; see `Reading.measure_for`.
        serial: Which look this is.
        tell: See `PendingRows`.

    Raises:
        TypeError, ValueError: If that is no target. What a model can't explain is its failure.
    """

    def __init__(
        self,
        epoch: int,
        position: int,
        facets: Sequence[KeptRows],
        *,
        target: CheckedTarget,
        measure: Named | None,
        serial: int,
        tell: Callable[[Look], None],
    ) -> None:
        self._serial = serial
        self._measures: list[MeasureInfo] = []
        self._told: list[ExplainedClass | None] = []
        meant = measure_for(target, measure)
        tasks = []
        for facet in facets:
            reading = facet.reading
            its = meant
            if isinstance(reading, Reading):
                its = reading.measure_for(target, measure)
            self._measures.append(info_of(its))
            tasks.append(self._task(facet, facet.facet.tokens.at(position), target, its))
        super().__init__(epoch, position, tasks, lambda _: tell(self.look))

    def _task(self, facet: KeptRows, s: int, target: CheckedTarget, measure: AnyMeasure) -> Task:
        self._told.append(None)
        try:
            reading = facet.reading
            if not isinstance(reading, Reading):
                raise TypeError(READY_MADE)  # noqa: TRY301 - one of many things that may fail
            statistics_of = reading.statistics_of(s, target)
            self._told[-1] = statistics_of.classes.at(0, facet.facet.classes)
            explained = statistics_of.explained[0]
            if (explained, measure.name) == (reading.explained[s], reading.measure.name):
                return s, partial(facet.advance, s)
            return s, Begun(reading.pieces_of(s, explained, measure)).advance
        except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
            return s, partial(Failure, str(error))

    @property
    def look(self) -> Look:
        """What there is of it."""
        of = (self.epoch, self.position, self._serial)
        return Look(*of, self._measures, self._told, self.answer)


def _attempt(go_on: Callable[[], Outcome]) -> Outcome:
    try:
        return go_on()
    except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
        return Failure(in_words(error))

"""The rows that were asked for at one character, complete or in part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from rnnviz_widget.reading import Floats, Question
from rnnviz_widget.scene.facet import ExplainedClass, MeasureInfo
from rnnviz_widget.scene.replies import Preview, PreviewedFacet
from rnnviz_widget.scene.rows import Failure, Outcome, Part, pack_outcome

from .row_cache import RowCache, RowInProgress, in_words

READY_MADE = "its rows are ready-made: there is no model that could explain another class"


Answer = list[tuple[int, Outcome]]
# An output, and a function that computes the next stretch of its row.
Task = tuple[int, Callable[[], Outcome]]


class PendingRows:
    """The rows at one position, complete or in part.

    Args:
        epoch: The epoch that they belong to.
        position: A character.
        tasks: One for each facet.
        tell: Called with this object, from the fill's thread, when there is more of the rows.
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
        """Compute the next stretch of each row that is not complete."""
        for n in self._incomplete:
            self._outcomes[n] = _attempt(self._tasks[n][1])

    def advance_next(self) -> None:
        """Compute the next stretch of the first row that is not complete."""
        n = self._incomplete[0]
        self._outcomes[n] = _attempt(self._tasks[n][1])

    def tell(self) -> None:
        """Report that there is more of the rows."""
        self._tell(self)

    @property
    def _incomplete(self) -> list[int]:
        outcomes = enumerate(self._outcomes)
        return [n for n, one in outcomes if one is None or isinstance(one, Part)]

    @property
    def in_part(self) -> bool:
        """Whether any row is not complete."""
        return bool(self._incomplete)

    @property
    def share(self) -> float:
        """Which share of the rows has been computed, 0 to 1."""
        each = (_share(outcome) for outcome in self._outcomes)
        return sum(each) / max(1, len(self._outcomes))

    @property
    def complete(self) -> int:
        """How many rows are complete."""
        return len(self._tasks) - len(self._incomplete)

    @property
    def answer(self) -> Answer:
        """For each facet its output and as much of its row as there is."""
        found = zip(self._tasks, self._outcomes, strict=True)
        return [(s, outcome) for (s, _), outcome in found if outcome is not None]

    @property
    def rows(self) -> list[tuple[int, Floats | str]]:
        """For each facet its output and the complete row, or what went wrong."""
        return [
            (s, outcome.error if isinstance(outcome, Failure) else outcome)
            for s, outcome in self.answer
            if not isinstance(outcome, Part)
        ]


def rows_of(
    epoch: int, position: int, caches: Sequence[RowCache], tell: Callable[[PendingRows], None]
) -> PendingRows:
    """The facets' own rows at a position, which are kept; see `PendingRows`."""
    outputs = [cache.facet.tokens.at(position) for cache in caches]
    tasks = [(s, partial(cache.advance, s)) for cache, s in zip(caches, outputs, strict=True)]
    return PendingRows(epoch, position, tasks, tell)


@dataclass(frozen=True)
class PreviewedRows:
    """Another target explained at one character.

    Attributes:
        epoch, position, serial: As asked.
        measures: What a score of each facet is.
        explained: The classes that each facet explains; None where it can't.
        answer: For each facet its output and as much of its row as there is, or what went wrong.
    """

    epoch: int
    position: int
    serial: int
    measures: list[MeasureInfo]
    explained: list[ExplainedClass | None]
    answer: Answer

    def packed(self) -> Preview:
        """The reply to the page."""
        parts = zip(self.measures, self.explained, self.answer, strict=True)
        facets = [
            PreviewedFacet(measure, explained, pack_outcome(s, outcome, signed=measure.signed))
            for measure, explained, (s, outcome) in parts
        ]
        return Preview(self.epoch, self.position, self.serial, self.measures[0], facets)


class PendingPreview(PendingRows):
    """Rows that explain another target at one position; they are not kept.

    A model that can't explain the target has a failure instead of a row.
    """

    def __init__(
        self,
        epoch: int,
        position: int,
        caches: Sequence[RowCache],
        *,
        question: Question,
        serial: int,
        tell: Callable[[PreviewedRows], None],
    ) -> None:
        self._serial = serial
        self._measures: list[MeasureInfo] = []
        self._explained: list[ExplainedClass | None] = []
        tasks = [self._task(cache, cache.facet.tokens.at(position), question) for cache in caches]
        super().__init__(epoch, position, tasks, lambda _: tell(self.preview))

    def _task(self, cache: RowCache, s: int, question: Question) -> Task:
        self._measures.append(cache.facet.measure)
        self._explained.append(None)
        try:
            reading = cache.model_reading
            if reading is None:
                raise TypeError(READY_MADE)  # noqa: TRY301 - one of many things that may fail
            scoring = question.scoring(reading.model)
            self._measures[-1] = scoring.info
            statistics = reading.statistics_of(s, question)
            self._explained[-1] = statistics.classes.at(0, cache.facet.classes)
            explained = statistics.explained[0]
            own = reading.explained[s], reading.scoring.measure.name
            if (explained, scoring.measure.name) == own:
                return s, partial(cache.advance, s)
            return s, RowInProgress(reading.pieces_of(s, explained, scoring)).advance
        except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
            return s, partial(Failure, str(error))

    @property
    def preview(self) -> PreviewedRows:
        """The preview, as much of it as there is."""
        of = (self.epoch, self.position, self._serial)
        return PreviewedRows(*of, self._measures, self._explained, self.answer)


def _share(outcome: Outcome | None) -> float:
    if isinstance(outcome, Part):
        known = len(outcome.scores)
        return known / (outcome.start + known)
    return float(outcome is not None)


def _attempt(go_on: Callable[[], Outcome]) -> Outcome:
    try:
        return go_on()
    except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
        return Failure(in_words(error))

"""One model's reading of one text: predictions and targets at once, rows on demand."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import torch
from torch import Tensor

from rnnviz_widget.engines import (
    TOLERANCE,
    Accuracy,
    Engine,
    EngineName,
    Explained,
    Method,
    choose_engine,
    clean_torch,
    worst,
)
from rnnviz_widget.engines.sweep.changed_inputs import ReadStack
from rnnviz_widget.engines.sweep.route import RouteStack
from rnnviz_widget.models import SequenceModel, Unit, for_target
from rnnviz_widget.scene.facet import ExplainedClasses, Facet
from rnnviz_widget.scene.swaps import InputSwaps
from rnnviz_widget.scene.tokens import Tokens

from .checks import check_matrix, check_tolerance
from .facts import facts_of, names_of
from .notes import CORRECTED, notes_of
from .output_targets import OutputTargets
from .predictions import Predictions
from .question import Question, Scoring
from .row_computer import RowComputer
from .row_source import Floats
from .swaps import SwapsRun
from .target_statistics import TargetNumbers, TargetStatistics


class Reading:
    """One model's reading of one text: predictions and targets at once, rows on demand.

    The constructor runs the model forward once. What a row costs then depends on the engine.
    Methods that compute rows raise `FloatingPointError` if a score is not finite.

    Args:
        model: The model.
        text: The text.
        question: What is explained, and how. A measure or quantity of the model's own takes
            precedence.
        tolerance: The largest error of scores when many rows are computed, as a share of the
            largest of the row; 0 for exact ones. A row that is computed by itself is always exact.
        engine: "auto", "sweep", "scan" or "autograd"; see `engines.choose_engine`.
        before: The model's reading of another text. What both texts begin with is not read again,
            if the engine can read on from there.
        reads_later: Whether `engine.find_reads` may be left to the caller.

    Attributes:
        facet: The facts about the model on the text, without its rows.
        given: The model with the weights that read the text, whatever is refreshed later.
        asked_unit: The unit that is explained; None: classes are.
        model: The same; of a unit, the model that gives its value, see `models.unit.of_unit`.
        scoring: What a score is.
        engine: What has read the text. What each output reads may be assumed: `find_reads`.
        explained: What is explained at each output.
        target_log_probability: The log probability of the target's (first) class, in nats, (S,).
        block: How many rows to ask of `fill` at a time, where the nearest rows are wanted first.
        accuracy: The worst accuracy of the rows that `fill` has computed so far.
        same_rows: The outputs whose rows are those of the reading before.

    Raises:
        TypeError, ValueError: If text or target do not fit the model, or the engine can't serve it.
        FloatingPointError: If a logit is not finite.
    """

    explained: list[Explained]
    predictions: Predictions
    accuracy: Accuracy
    _numbers: TargetNumbers

    def __init__(
        self,
        model: SequenceModel,
        text: str,
        question: Question = Question(),  # noqa: B008 - it is frozen
        *,
        tolerance: float = TOLERANCE,
        engine: EngineName = "auto",
        before: Reading | None = None,
        reads_later: bool = False,
    ) -> None:
        # A snapshot, so that rows computed later use the weights that read the text.
        self.given = model.snapshot()
        self._choice: EngineName = engine
        self.asked_unit = question.target if isinstance(question.target, Unit) else None
        self.model = model = self._asked(question, text, before)
        self.scoring, self._question = question.scoring(model), question
        tokens = model.tokens(text)
        self._answers = model.answers(tokens)
        self._tolerance = check_tolerance(tolerance)
        if before is not None and before.model.network is not model.network:
            before = None
        # Of a text that is read on, little is new.
        small = before is not None and model.network.small_steps
        with clean_torch(one_thread=small):
            ids = torch.tensor(tokens.ids)
            read = None if before is None else before.engine.read_text
            # Methods ask what each output reads.
            later = reads_later and not isinstance(self.scoring.measure, Method)
            self.engine: Engine = choose_engine(model.network, ids, engine, read, reads_later=later)
            before = before if self.engine.kept else None
            self.predictions = self._predict(tokens, before)
            self._targets = OutputTargets(model, self.engine, self.predictions.top, self._answers)
            explained = self._explain(self.predictions.logits, question, before)
            reads = self.engine.reads
            notes = notes_of(model, tokens, reads, question, self.scoring)
        self.predictions.drop()
        self._rows = RowComputer(model, ids, self.engine)
        computes, _ = self._rows.engine_of(self.scoring.measure)
        self.facet = Facet(
            tokens=tokens,
            reads=reads,
            measure=self.scoring.info,
            top=self.predictions.top,
            top_probabilities=self.predictions.odds,
            explained=explained,
            notes=notes,
            **facts_of(model),
            **names_of(computes),
        )
        self.block = computes.block
        self.same_rows = [] if before is None else self._same_rows(before)
        self.accuracy = before.accuracy if before is not None and self.same_rows else Accuracy()

    def _asked(self, question: Question, text: str, before: Reading | None) -> SequenceModel:
        """See `models.for_target`. The model of a reading before is used again if it is that."""
        unit = self.asked_unit
        if unit is None or before is None or before.asked_unit != unit:
            return for_target(self.given, question.target, text)
        same = before.given.network is self.given.network
        return before.model if same else for_target(self.given, unit, text)

    def _predict(self, tokens: Tokens, before: Reading | None) -> Predictions:
        what = self.model, self.engine, tokens.texts
        if before is None:
            return Predictions(*what)
        own, others = self._answers, before._answers  # noqa: SLF001
        again = [s for s in range(self.engine.kept) if own[s] != others[s]]
        return Predictions(*what, before.predictions, again)

    def _same_rows(self, before: Reading) -> list[int]:
        """The outputs whose rows are those of a reading that this one goes on from."""
        # What a method computes may depend on all of the text, such as on its symbols' frequencies.
        if isinstance(self.scoring.measure, Method) or self.scoring != before.scoring:
            return []
        return [s for s in range(self.engine.kept) if self.explained[s] == before.explained[s]]

    def corrected(self) -> Reading:
        """This reading, or one with what each output reads where that is not what was assumed."""
        reads = self.engine.reads
        if reads == self.facet.reads:
            return self
        other, tokens = copy.copy(self), self.facet.tokens
        with clean_torch():
            notes = notes_of(self.model, tokens, reads, self._question, self.scoring)
        other.facet = dataclasses.replace(self.facet, reads=reads, notes=[*notes, CORRECTED])
        return other

    def _explain(
        self, logits: Iterable[Tensor], question: Question, before: Reading | None = None
    ) -> ExplainedClasses:
        """Find out what is explained at all outputs.

        Args:
            logits: Those of the outputs that `before` does not have.
            question: The question.
            before: A reading that this one goes on from.
        """
        targets = self._targets
        explained, reasons = targets.chosen(question, range(len(self)))
        if before is None:
            numbers = targets.numbers(logits, explained)
        else:
            kept, rows = self.engine.kept, self.predictions.rows
            others = [s for s in range(kept) if explained[s] != before.explained[s]]
            others = sorted({*others} - {*rows})
            rows = [*others, *rows]
            some, logits = [explained[s] for s in rows], chain(targets.logits(others), logits)
            found = targets.numbers(logits, some)
            numbers = before._numbers.replaced(kept, rows, found)  # noqa: SLF001
        known = targets.known(explained, reasons, numbers)
        self.explained, self._numbers = known.explained, known.numbers
        self.target_log_probability: Floats = known.logs[:, 0]
        return known.classes

    def explaining(self, question: Question) -> Reading:
        """The same reading with another question; the text is read again for a unit only."""
        if self.asked_unit is not None or isinstance(question.target, Unit):
            options: dict[str, Any] = {"tolerance": self._tolerance, "engine": self._choice}
            return Reading(self.given, self.facet.text, question, before=self, **options)
        other = copy.copy(self)
        other.scoring, other._question = question.scoring(self.model), question  # noqa: SLF001
        engine, _ = self._rows.engine_of(other.scoring.measure)
        with clean_torch():
            explained = other._explain(self._targets.logits(range(len(self))), question)  # noqa: SLF001
            about = self.facet.tokens, self.facet.reads, question, other.scoring
            notes = notes_of(self.model, *about)
        other.facet = dataclasses.replace(
            self.facet,
            measure=other.scoring.info,
            explained=explained,
            notes=notes,
            **names_of(engine),
        )
        other.block, other.accuracy, other.same_rows = engine.block, Accuracy(), []
        return other

    def statistics_of(self, row: int, question: Question) -> TargetStatistics:
        """What a question with a single target means at one output, with probabilities."""
        return self._targets.statistics_of(row, question)

    def outputs_of(self, rows: Sequence[int]) -> Tensor:
        """The logits of some outputs, (N, V)."""
        return self.engine.outputs(rows)

    def __len__(self) -> int:
        """The number of outputs, S."""
        return len(self._answers)

    @property
    def read_stack(self) -> ReadStack | None:
        """What can read on from inputs that are changed; None: the model must be run again."""
        return self._rows.read_stack

    @property
    def route_stack(self) -> RouteStack | None:
        """What finds the route of a memory; None: see `engine_words` of the facet."""
        return self.engine.route_stack

    def rows(self, rows: Sequence[int]) -> Floats:
        """Compute C[s, :] exactly for each s in `rows`, (N, T), in the model's own precision."""
        explained = [self.explained[s] for s in rows]
        return self._rows.rows(rows, explained, self.scoring.measure, 0.0)[0]

    def matrix(self, rows: Sequence[int] | None = None) -> tuple[Floats, Accuracy]:
        """Compute C, (S, T), within the tolerance, and how exact it is.

        Args:
            rows: Only these outputs, R of them, (R, T); None: all.

        Raises:
            ValueError: If there are more than `MATRIX_LIMIT` scores.
        """
        some = range(len(self)) if rows is None else rows
        check_matrix(len(some), len(self))
        explained = [self.explained[s] for s in some]
        return self._rows.rows(some, explained, self.scoring.measure, self._tolerance)

    def pieces(self, row: int) -> Iterator[tuple[int, Floats]]:
        """Compute one row exactly, the inputs nearest to s first; see `Engine.pieces`."""
        return self.pieces_of(row, self.explained[row], self.scoring)

    def pieces_of(
        self, row: int, explained: Explained, scoring: Scoring
    ) -> Iterator[tuple[int, Floats]]:
        """Like `pieces`, for anything else; see `statistics_of` and `Question.scoring`."""
        return self._rows.pieces(row, explained, scoring.measure)

    def swaps(self, s: int, t: int) -> Iterator[float | InputSwaps]:
        """Compute what output s is with other symbols as input t; see `SwapsRun.steps`."""
        measure = self.scoring.measure
        method = measure if isinstance(measure, Method) and measure.frequencies else None
        of = (self.model, self.facet, self.engine, self._rows, self.explained[s])
        return SwapsRun(*of, s, t, method).steps()

    def fill(
        self, rows: Sequence[int], *, patience: float = float("inf")
    ) -> Iterator[tuple[float, list[tuple[int, Floats]]]]:
        """Compute many rows in short steps, so that a hovered row can come in between.

        Args:
            rows: Output indices s, each once.
            patience: How many seconds a step may take, unless a single row takes longer.

        Yields:
            How much is done, 0 to 1, and the rows that have become ready: s and C[s, :].
        """
        explained = [self.explained[s] for s in rows]
        limits = {"tolerance": self._tolerance, "patience": patience}
        parts = self._rows.fill(rows, explained, self.scoring.measure, **limits)
        for share, found, accuracy in parts:
            if accuracy is not None:
                self.accuracy = worst(self.accuracy, accuracy)
            yield share, found

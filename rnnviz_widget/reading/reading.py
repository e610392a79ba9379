"""One model's reading of one text: predictions and targets at once, rows on demand."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from rnnviz_widget.engines import (
    TOLERANCE,
    Accuracy,
    Engine,
    EngineName,
    Explained,
    choose_engine,
    clean_torch,
    worst,
)
from rnnviz_widget.models import SequenceModel, choose_targets
from rnnviz_widget.scene.facet import ExplainedClasses, Facet

from .checks import check_matrix, check_tolerance
from .finite import check_logits
from .question import Question, Scoring
from .read_as import read_as
from .row_computer import RowComputer
from .row_source import Floats
from .target_statistics import (
    OUTPUTS_AT_ONCE,
    Blocks,
    TargetStatistics,
    blocks_of,
    single,
    statistics_of_targets,
)

PREDICTIONS = 10
_NUMBER = "the one number that it gives"
AHEAD = "It reads ahead: its predictions depend on later characters, too."
BACKWARD = (
    "It reads from right to left: its predictions depend on later characters, and not on earlier "
    "ones."
)


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
        engine: "auto", "sweep" or "autograd"; see `engines.choose_engine`.

    Attributes:
        facet: The facts about the model on the text, without its rows.
        model: The model with the weights that read the text, whatever is refreshed later.
        scoring: What a score is.
        explained: What is explained at each output.
        target_log_probability: The log probability of the target's (first) class, in nats, (S,).
        block: How many rows to ask of `fill` at a time, where the nearest rows are wanted first.
        accuracy: The worst accuracy of the rows that `fill` has computed so far.

    Raises:
        TypeError, ValueError: If text or target do not fit the model, or the engine can't serve it.
        FloatingPointError: If a logit is not finite.
    """

    def __init__(
        self,
        model: SequenceModel,
        text: str,
        question: Question = Question(),  # noqa: B008 - it is frozen
        *,
        tolerance: float = TOLERANCE,
        engine: EngineName = "auto",
    ) -> None:
        # A snapshot, so that rows computed later use the weights that read the text.
        self.model = model = model.snapshot()
        self.scoring = question.scoring(model)
        tokens = model.tokens(text)
        self._answers = model.answers(tokens)
        self._tolerance = check_tolerance(tolerance)
        with clean_torch():
            ids = torch.tensor(tokens.ids)
            self._engine: Engine = choose_engine(model.network, ids, engine)
            logits = self._engine.logits
            parts: Iterable[Tensor] = Blocks(self._engine, len(ids))
            if len(logits):
                parts = torch.split(logits, OUTPUTS_AT_ONCE)
            best = [self._best(part, tokens.texts, n) for n, part in enumerate(parts)]
            self._top = np.concatenate([each.indices.cpu().numpy() for each in best])
            explained = self._explain(parts, question)
        self._engine.logits = self._engine.logits[:0].clone()  # frees the memory of the others
        self._rows = RowComputer(model, ids, self._engine)
        reads = self._engine.reads
        notes = [*model.network.notes, *model.notes, *tokens.notes]
        notes += read_as(model.network, ids, model.inputs)
        if not reads.causal and not model.network.capabilities.one_output:
            notes.append(BACKWARD if reads.backward else AHEAD)
        self._notes = notes
        computes, _ = self._rows.engine_of(self.scoring.measure)
        self.facet = Facet(
            name=model.name,
            tokens=tokens,
            reads=reads,
            measure=self.scoring.info,
            classes=model.outputs,
            top=self._top,
            top_probabilities=np.concatenate([each.values.cpu().numpy() for each in best]),
            explained=explained,
            truth=_truth_of(model),
            engine=computes.name,
            engine_words=f"{computes.name}: {computes.reason}",
            notes=self._notes_on(question),
            unit=model.unit,
            one_output=model.network.capabilities.one_output,
        )
        self.block, self.accuracy = computes.block, Accuracy()

    def _notes_on(self, question: Question) -> list[str]:
        """The notes, with that on what all logits have in common where it concerns the scores."""
        part = self.model.network.capabilities.common_part
        if part is None or self.scoring.is_free_of_common_part(question.target):
            return self._notes
        return [*self._notes, part.note]

    def _explain(self, logits: Iterable[Tensor], question: Question) -> ExplainedClasses:
        found = self._statistics(logits, question, range(len(self._answers)))
        self.explained = found.explained
        self.target_log_probability: Floats = found.logs[:, 0]
        return found.classes

    def _chosen(self, question: Question, rows: Sequence[int]) -> tuple[list[Explained], list[str]]:
        """What a question means at some outputs, and why."""
        top = self._top[list(rows)]
        answers, classes = [self._answers[s] for s in rows], self.model.classes
        best, second = top[:, 0].tolist(), top[:, :2][:, -1].tolist()
        chosen, reasons = choose_targets(question.target, answers, best, classes, second)
        explained = question.scoring(self.model).explained(chosen, self.model)
        return explained, reasons if self.model.unit is None else [_NUMBER] * len(rows)

    def _statistics(
        self, logits: Iterable[Tensor], question: Question, rows: Sequence[int]
    ) -> TargetStatistics:
        """What a question means at some outputs, with the classes' probabilities."""
        logs = self.model.network.log_probabilities if self.model.unit is None else None
        return statistics_of_targets(logits, *self._chosen(question, rows), logs)

    def explaining(self, question: Question) -> Reading:
        """The same reading with another question; the text is not read again."""
        other = copy.copy(self)
        other.scoring = question.scoring(self.model)
        engine, _ = self._rows.engine_of(other.scoring.measure)
        with clean_torch():
            explained = other._explain(self._logits(range(len(self))), question)  # noqa: SLF001
        other.facet = dataclasses.replace(
            self.facet,
            measure=other.scoring.info,
            explained=explained,
            notes=other._notes_on(question),  # noqa: SLF001
            engine=engine.name,
            engine_words=f"{engine.name}: {engine.reason}",
        )
        other.block, other.accuracy = engine.block, Accuracy()
        return other

    def _logits(self, rows: Sequence[int]) -> Iterator[Tensor]:
        return blocks_of(self._engine, rows)

    def statistics_of(self, row: int, question: Question) -> TargetStatistics:
        """What a question with a single target means at one output, with probabilities."""
        with clean_torch():
            return self._statistics(self._logits([row]), question, [row])

    def likeliest(self, row: int, prefix: str, most: int) -> list[tuple[str, float]]:
        """The classes whose names begin with `prefix`, and their probabilities, best first."""
        outputs = self.facet.classes
        named = [k for k, name in enumerate(outputs) if name.startswith(prefix)]
        with clean_torch():
            odds = self._probabilities(self._engine.outputs([row])[0])[named]
            best = odds.topk(min(most, len(named)))
        found = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        return [(outputs[named[n]], p) for n, p in found]

    def odds(self, row: int) -> Floats:
        """The probability of every class at an output, (V,), float32, without reading again."""
        with clean_torch():
            odds = self._probabilities(self._engine.outputs([row])[0]).float()
        numbers: Floats = odds.cpu().numpy()
        return numbers

    def _best(self, logits: Tensor, tokens: Sequence[str], number: int) -> torch.return_types.topk:
        """The best classes of the outputs of block `number`."""
        check_logits(logits, tokens, number * OUTPUTS_AT_ONCE, self.model.name)
        odds = self._probabilities(logits)
        return odds.topk(min(PREDICTIONS, logits.shape[1]), dim=1)

    def _probabilities(self, logits: Tensor) -> Tensor:
        """The probabilities of the classes, from logits (.., V); or the model's one number."""
        if self.model.unit is not None:
            return single(logits)
        return self.model.network.probabilities(single(logits))

    def __len__(self) -> int:
        """The number of outputs, S."""
        return len(self._answers)

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


def _truth_of(model: SequenceModel) -> Literal["word", "next"] | None:
    if model.truth == "word":
        return "word"
    return "next" if model.truth == "next" else None

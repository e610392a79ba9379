"""What a question means at the outputs of one model on one text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

from rnnviz_widget.engines import Explained, clean_torch
from rnnviz_widget.models import TOP, SequenceModel, Unit, choose_targets
from rnnviz_widget.models.truth import TrueClass

from .question import Question
from .target_statistics import (
    HasLogits,
    TargetNumbers,
    TargetStatistics,
    numbers_of_targets,
    parts_of,
    statistics_of_targets,
)

_NUMBER = "the one number that it gives"
_UNIT = "the unit you chose"


@dataclass(frozen=True, eq=False)
class OutputTargets:
    """Finds what is explained at each output, and its probability.

    Attributes:
        model: The model that read the text.
        engine: What read it, or else has the logits of its outputs.
        top: The best classes of each output, best first, (S, K).
        answers: The right answer at each output.
    """

    model: SequenceModel
    engine: HasLogits
    top: npt.NDArray[np.integer]
    answers: Sequence[TrueClass]

    def chosen(self, question: Question, rows: Sequence[int]) -> tuple[list[Explained], list[str]]:
        """What a question means at some outputs, and why."""
        top = self.top[list(rows)]
        answers, classes = [self.answers[s] for s in rows], self.model.classes
        best, second = top[:, 0].tolist(), top[:, :2][:, -1].tolist()
        unit = question.target if isinstance(question.target, Unit) else None
        # Of a unit the model has been made one of a single number.
        target = TOP if isinstance(question.target, Unit) else question.target
        chosen, reasons = choose_targets(target, answers, best, classes, second)
        explained = question.scoring(self.model).explained(chosen, self.model)
        if self.model.unit is not None:
            reasons = [_NUMBER if unit is None else _UNIT] * len(rows)
        return explained, reasons

    def logits(self, rows: Sequence[int]) -> Iterator[Tensor]:
        """The logits of some outputs, in parts."""
        return parts_of(self.engine, rows)

    def numbers(self, logits: Iterable[Tensor], explained: Sequence[Explained]) -> TargetNumbers:
        """The numbers of targets at as many outputs, whose logits these are."""
        network = self.model.network
        log_probabilities = network.log_probabilities if self.model.unit is None else None
        return numbers_of_targets(logits, explained, log_probabilities)

    def known(
        self, explained: list[Explained], reasons: list[str], numbers: TargetNumbers
    ) -> TargetStatistics:
        """The targets with their probabilities."""
        one_number = self.model.unit is not None
        return statistics_of_targets(explained, reasons, numbers, one_number=one_number)

    def statistics_of(self, row: int, question: Question) -> TargetStatistics:
        """What a question with a single target means at one output, with probabilities."""
        with clean_torch():
            explained, reasons = self.chosen(question, [row])
            return self.known(explained, reasons, self.numbers(self.logits([row]), explained))

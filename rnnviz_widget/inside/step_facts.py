"""What stands at each step of texts, and what a model predicts there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz_widget.models import TRUTH, SequenceModel
from rnnviz_widget.reading import Question, Reading

from .text_states import Numbers


@dataclass(frozen=True, eq=False)
class StepFacts:
    """The S steps of one text or of several, one text after the other.

    Attributes:
        symbols: What is read at each step.
        predicted: The likeliest class; None: the model has no classes.
        truth: The true class; None: not known.
        loss: -ln of the true class's probability, (S,); NaN: not known.
        ends: The character of its text after the step's last.
    """

    symbols: Sequence[str]
    predicted: Sequence[str | None]
    truth: Sequence[str | None]
    loss: Numbers
    ends: Sequence[int]

    def __len__(self) -> int:
        return len(self.symbols)


def facts_of_reading(reading: Reading) -> StepFacts:
    """What stands at each step of a text that a model has read, whatever is explained there."""
    if reading.asked_unit is not None:
        return facts_of_text(reading.given, reading.facet.text)
    if _has_no_classes(reading.given):
        return _facts(reading, None)
    return _facts(reading, reading.explaining(Question(TRUTH)).target_log_probability)


def facts_of_text(model: SequenceModel, text: str) -> StepFacts:
    """The same of a text that the model has not read yet.

    Raises:
        TypeError, ValueError, FloatingPointError: If it can't.
    """
    reading = Reading(model, text, reads_later=True)
    return _facts(reading, None if _has_no_classes(model) else reading.target_log_probability)


def _has_no_classes(model: SequenceModel) -> bool:
    return model.unit is not None or model.network.capabilities.one_number


def _facts(reading: Reading, log: Numbers | None) -> StepFacts:
    """`log`: the log probability of the true class at each step; None: there are no classes."""
    tokens, model = reading.facet.tokens, reading.given
    symbols = [text or tokens.symbols[t] for t, text in enumerate(tokens.texts)]
    ends = [end for _, end in tokens.spans]
    if log is None:
        unknown: list[str | None] = [None] * len(tokens)
        return StepFacts(symbols, unknown, unknown, np.full(len(tokens), np.nan), ends)
    answers = [one.target for one in model.answers(tokens)]
    known = np.asarray([target is not None for target in answers])
    return StepFacts(
        symbols,
        [model.outputs[best] for best in reading.predictions.top[:, 0]],
        [None if target is None else model.outputs[target] for target in answers],
        np.where(known, -np.asarray(log, np.float64), np.nan),
        ends,
    )


def facts_of_symbols(symbols: Sequence[str]) -> StepFacts:
    """Of symbols by themselves, as the rows of an embedding matrix are."""
    unknown: list[str | None] = [None] * len(symbols)
    return StepFacts(symbols, unknown, unknown, np.full(len(symbols), np.nan), [0 for _ in symbols])


def joined_facts(parts: Sequence[StepFacts]) -> StepFacts:
    """The steps of several texts as those of one."""
    return StepFacts(
        [one for part in parts for one in part.symbols],
        [one for part in parts for one in part.predicted],
        [one for part in parts for one in part.truth],
        np.concatenate([part.loss for part in parts]),
        [one for part in parts for one in part.ends],
    )

"""What one text adds to a check: its outputs, what really happens there, what measures say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rnnviz_widget.models import TRUTH, SequenceModel
from rnnviz_widget.reading import Question, Reading

from .drawn_symbols import DrawnSymbols, exchangeable
from .measured import RowMeasured, class_or_pair, measure_row, other_class, scores_of
from .record import TextCheck
from .rerun import Rerunner
from .truth import CheckSettings, RowPlan, RowRerun, RowTruth, effects

# How far a rerun of the unchanged text may be from the first run, in nats.
_SAME = 1e-3


@dataclass(frozen=True, eq=False)
class CheckWork:
    """What is done with each text.

    Attributes:
        questions: What the model is asked by each measure, by their names; of the same target.
        replacements: What is drawn in an input's place.
        settings: How measures are checked.
        twin: The model with its weights made anew; None: there is none.
    """

    questions: Mapping[str, Question]
    replacements: DrawnSymbols
    settings: CheckSettings
    twin: SequenceModel | None


@dataclass(frozen=True, eq=False)
class TextReruns:
    """A text that was read, and reruns of some of its outputs.

    Attributes:
        reading: The model's reading of the text.
        rerun: Reruns of each output that is checked.
        runner: Runs the model.
    """

    reading: Reading
    rerun: list[RowRerun]
    runner: Rerunner

    @classmethod
    def of(
        cls,
        reading: Reading,
        number: int,
        replacements: DrawnSymbols,
        settings: CheckSettings,
        *,
        wants_truth: bool,
    ) -> TextReruns:
        """The outputs of a text that are checked, and their draws; the same each time.

        Args:
            reading: The model's reading of the text, with what is explained.
            number: The number of the text, which the draws depend on.
            replacements: What is drawn in an input's place.
            settings: How measures are checked.
            wants_truth: Whether only outputs with a truth are checked, where there are any.
        """
        model, tokens = reading.model, reading.facet.tokens
        runner = Rerunner(model, tokens.ids)
        can = exchangeable(tokens)
        places = {row: _places(reading, row, can) for row in _rows(reading, settings, wants_truth)}
        some = [row for row, at in places.items() if len(at) > 1]
        generator = np.random.default_rng([settings.seed, number])
        chosen = sorted(generator.permutation(some)[: settings.rows].tolist())
        plans = [
            RowPlan.made(
                number,
                row,
                class_or_pair(reading, row),
                places=places[row],
                replacements=replacements,
                settings=settings,
            )
            for row in chosen
        ]
        rerun = [
            RowRerun(runner, tokens.ids, plan, settings.steps, number=model.unit is not None)
            for plan in plans
        ]
        return cls(reading, rerun, runner)

    def truth(self) -> TextCheck:
        """What really happens at the outputs."""
        if not self.rerun:
            return TextCheck([])
        plans = [each.plan for each in self.rerun]
        ids = self.reading.facet.tokens.ids
        found = effects(self.runner, ids, plans)
        rows = [each.truth(*one) for each, one in zip(self.rerun, found, strict=True)]
        return TextCheck(rows, notes=self._notes(rows))

    def _notes(self, rows: Sequence[RowTruth]) -> list[str]:
        """Where the rerun of the text as it is differs from its first run."""
        facet = self.reading.facet
        if facet.unit is not None:
            first = np.array([facet.explained.probability[row.row] for row in rows])
            apart = abs(first - [row.explained for row in rows]) / np.maximum(abs(first), 1)
        else:
            odds = np.array([facet.explained.probability[row.row] for row in rows], np.float64)
            rivals = facet.explained.rivals
            second = None if rivals is None else rivals.probability[[row.row for row in rows]]
            with np.errstate(divide="ignore", invalid="ignore"):
                first = np.log(odds) - (0 if second is None else np.log(second.astype(np.float64)))
            apart = abs(first - [row.explained for row in rows])
        worst = float(np.nanmax(np.where(np.isfinite(apart), apart, 0), initial=0))
        if worst <= _SAME:
            return []
        note = (
            f"run again on the same text, {facet.name} gives something else than at first (by up "
            f"to {worst:.2g}): it may draw random numbers, or keep a state from one run to the next"
        )
        return [note]

    def measured(
        self, truths: Sequence[RowTruth], question: Question, twin: SequenceModel | None, seed: int
    ) -> list[RowMeasured]:
        """What a measure says of the outputs, and how it fares.

        Args:
            truths: What really happens, as `truth` found it.
            question: What the model was asked.
            twin: The model with its weights made anew; None: there is none.
            seed: For the other classes.
        """
        if not self.rerun:
            return []
        reading = self.reading
        generators = [np.random.default_rng([seed, each.plan.row, 1]) for each in self.rerun]
        classes = len(reading.model.outputs) if reading.model.unit is None else 1
        others = [
            other_class(generator, each.plan.target, classes)
            for generator, each in zip(generators, self.rerun, strict=True)
        ]
        every = scores_of(reading, question, twin, truths, others)
        signed = reading.facet.measure.signed
        return [
            measure_row(rerun, truth, scores, signed=signed)
            for rerun, truth, scores in zip(self.rerun, truths, every, strict=True)
        ]


def check_text(text: str, model: SequenceModel, work: CheckWork, number: int) -> TextCheck:
    """Hold measures against reruns of a text.

    Args:
        text: The text.
        model: The model.
        work: What is done with it.
        number: The number of the text, which the draws depend on.
    """
    (first, *others) = work.questions.items()
    reruns = TextReruns.of(
        Reading(model, text, first[1]),
        number,
        work.replacements,
        work.settings,
        wants_truth=first[1].target is TRUTH,
    )
    found = reruns.truth()
    for name, question in (first, *others):
        if question is not first[1]:
            reruns = replace(reruns, reading=reruns.reading.explaining(question))
        found.measured[name] = reruns.measured(found.rows, question, work.twin, work.settings.seed)
    return found


def _rows(reading: Reading, settings: CheckSettings, wants_truth: bool) -> list[int]:
    """The outputs that may be checked."""
    length = len(reading)
    if reading.model.network.capabilities.one_output:
        return [length - 1]
    start = length // 2 if settings.start is None else settings.start
    rows = [row for row in range(length) if row >= start]
    if not wants_truth:
        return rows
    answers = reading.model.answers(reading.facet.tokens)
    return [row for row in rows if answers[row].target is not None] or rows


def _places(reading: Reading, row: int, can: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """The inputs of an output that can be exchanged: those that it reads."""
    read = reading.facet.reads.mask(row, row + 1)[0] & can
    if reading.model.network.options.mask is not None:
        read[row] = False  # it is masked there
    return np.flatnonzero(read)

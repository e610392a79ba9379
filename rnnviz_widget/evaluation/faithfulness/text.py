"""Checks measures on one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rnnviz_widget.models import TRUTH, SequenceModel
from rnnviz_widget.reading import Question, Reading
from rnnviz_widget.reading.other_classes import class_or_pair, other_class
from rnnviz_widget.reading.rerun import Rerunner

from .drawn_symbols import DrawnSymbols, exchangeable
from .measured import RowMeasured, measure_row, scores_of
from .record import TextCheck
from .row_effects import CheckSettings, RowEffects, RowPlan, RowRerun, effects

# The largest difference between two runs of the same text that is not reported, in nats.
_SAME = 1e-3


@dataclass(frozen=True, eq=False)
class CheckWork:
    """What to check in each text.

    Attributes:
        questions: The target with each measure, by the measure's name.
        replacements: The symbols that may replace an input.
        settings: The settings.
        twin: The re-initialised model, if there is one.
    """

    questions: Mapping[str, Question]
    replacements: DrawnSymbols
    settings: CheckSettings
    twin: SequenceModel | None


@dataclass(frozen=True, eq=False)
class TextReruns:
    """A text and the outputs of it that are checked.

    Attributes:
        reading: The model's reading of the text.
        rerun: Reruns the model for each checked output.
        runner: Runs the model on changed texts.
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
        """Choose the outputs that are checked, and draw replacements. Repeatable.

        Args:
            reading: The model's reading of the text.
            number: The index of the text, which the draws depend on.
            replacements: The symbols that may replace an input.
            settings: The settings.
            wants_truth: Whether outputs without a truth are left out, if some have one.
        """
        model, tokens = reading.model, reading.facet.tokens
        runner = Rerunner(model, tokens.ids)
        can = exchangeable(tokens)
        rows = _rows(reading, settings, wants_truth)
        places = {row: places_of(reading, row, can) for row in rows}
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

    def true_effects(self) -> TextCheck:
        """Measure the true effects at the checked outputs."""
        if not self.rerun:
            return TextCheck([])
        plans = [each.plan for each in self.rerun]
        ids = self.reading.facet.tokens.ids
        found = effects(self.runner, ids, plans)
        rows = [each.true_effects(*one) for each, one in zip(self.rerun, found, strict=True)]
        return TextCheck(rows, notes=self._notes(rows))

    def _notes(self, rows: Sequence[RowEffects]) -> list[str]:
        """A note if running the unchanged text again gives other numbers."""
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
            f"when run again on the same text, {facet.name} predicts something else (by up to "
            f"{worst:.2g}): it may draw random numbers, or keep a state between runs"
        )
        return [note]

    def measured(
        self,
        true_rows: Sequence[RowEffects],
        question: Question,
        twin: SequenceModel | None,
        seed: int,
    ) -> list[RowMeasured]:
        """Compare the rows of the reading's measure with the true effects.

        Args:
            true_rows: The true effects, from `true_effects`.
            question: The target and the measure.
            twin: The re-initialised model, if there is one.
            seed: Seeds the choice of other classes.
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
        every = scores_of(reading, question, twin, true_rows, others)
        signed = reading.facet.measure.signed
        return [
            measure_row(rerun, true, scores, signed=signed)
            for rerun, true, scores in zip(self.rerun, true_rows, every, strict=True)
        ]


def check_text(text: str, model: SequenceModel, work: CheckWork, number: int) -> TextCheck:
    """Check measures on a text.

    Args:
        text: The text.
        model: The model.
        work: What to check.
        number: The index of the text, which the draws depend on.
    """
    (first, *others) = work.questions.items()
    reruns = TextReruns.of(
        Reading(model, text, first[1]),
        number,
        work.replacements,
        work.settings,
        wants_truth=first[1].target is TRUTH,
    )
    found = reruns.true_effects()
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


def places_of(reading: Reading, row: int, can: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """The inputs that an output reads and that can be exchanged, ascending, (N,)."""
    read = reading.facet.reads.mask(row, row + 1)[0] & can
    if reading.model.network.options.mask is not None:
        read[row] = False  # it is masked there
    return np.flatnonzero(read)

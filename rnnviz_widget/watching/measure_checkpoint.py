"""Measures a checkpoint in short steps: what its predictions depend on, and whether reruns say so.

    reach, effective characters, share before the word    means over the later half of the text's
                outputs; see `rv.memory`
    check       over a few of these outputs, by how much more the log odds of what is explained fall
                when the row's strongest inputs are exchanged than when as many random ones are, in
                nats, mean over 1, 2, 4, 8 and 16 inputs. Above 0: running the model again confirms
                the picture. Of a model of one number, by how much more that number moves.

The picture of the explorer is made of the same rows.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from rnnviz_widget import memory
from rnnviz_widget.evaluation.faithfulness.check_output import check_output
from rnnviz_widget.explorer import RowCache
from rnnviz_widget.explorer.epoch import Epoch, caches_of
from rnnviz_widget.models import SequenceModel
from rnnviz_widget.reading import Question, Reading
from rnnviz_widget.scene.output_check import ExchangeCurve, OutputCheck
from rnnviz_widget.words import Words

FIGURES = ("reach", "effective characters", "share before the word", "check")
"""The names of what is measured."""

# How many seconds a step may take, unless a single row takes longer.
_PATIENCE = 0.02
# How many outputs are checked.
_CHECKED = 3

Figures = dict[str, float | None]


@dataclass(frozen=True, eq=False)
class MeasuredCheckpoint:
    """A checkpoint that was measured.

    Attributes:
        model: The model with its weights.
        figures: What was measured, by `FIGURES`; None: it has no such figure.
        shown: What the explorer is to show: its text, read by this model, with all rows.
    """

    model: SequenceModel
    figures: Figures
    shown: Epoch


class CheckpointMeasuring:
    """Measures checkpoints of one module on one text.

    Args:
        model: The model; its network runs `twin`.
        twin: The module that weights are put into. The training does not use it.
        text: The text.
        question: What is explained.
    """

    def __init__(
        self, model: SequenceModel, twin: nn.Module, text: str, question: Question
    ) -> None:
        self.model, self.text, self.question = model, text, question
        self._twin = twin

    def measure(
        self, weights: Mapping[str, Tensor], shown: Epoch
    ) -> Generator[None, None, MeasuredCheckpoint]:
        """Measure weights, in short steps, between which others may compute.

        Args:
            weights: The weights, as the module's `state_dict` names them.
            shown: What the explorer shows now.

        Raises:
            Exception: Whatever the module raises with these weights.
        """
        # What is no tensor, which a module may add to its `state_dict`, stays as it was.
        self._twin.load_state_dict(weights, strict=False)
        model = self.model.snapshot(self.model.network.renewed())
        yield
        cache = yield from _rows_of(model, self.text, self.question)
        figures = self._memory(cache)
        yield
        figures["check"] = yield from self._check(cache)
        same = (shown.text, shown.question) == (self.text, self.question)
        if not same:
            cache = yield from _rows_of(model, shown.text, shown.question)
        epoch = Epoch(shown.text, [cache], shown.question)
        return MeasuredCheckpoint(model, figures, epoch)

    def _memory(self, cache: RowCache) -> Figures:
        facet = cache.facet
        outputs = self._outputs(cache)
        scores = cache.connectivity().scores[outputs]
        spans = np.array(facet.tokens.spans).reshape(-1, 2)
        some = scores.any(axis=1)
        before = None
        if not facet.one_output:
            starts = Words.of(self.text).at(spans).starts[outputs]
            before = _mean(memory.share_before(scores, starts, spans)[some])
        return {
            "reach": _mean(memory.reach(scores, spans, at=outputs)[some]),
            "effective characters": _mean(memory.effective_characters(scores, spans)[some]),
            "share before the word": before,
        }

    def _check(self, cache: RowCache) -> Generator[None, None, float | None]:
        reading = cache.model_reading
        assert reading is not None
        outputs = self._outputs(cache)
        places = np.unique(np.linspace(0, len(outputs) - 1, _CHECKED).round().astype(int))
        found = []
        for row in outputs[places].tolist():
            try:
                one = yield from check_output(reading, row, cache.rows[row])
            except ValueError:  # It reads nothing there that can be exchanged.
                continue
            found.append(advantage(one))
        return _mean(found)

    @staticmethod
    def _outputs(cache: RowCache) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """The outputs that count: those of the later half, or the one for the whole text."""
        length = len(cache.reading)
        first = length - 1 if cache.facet.one_output else length // 2
        return np.arange(first, length)


def advantage(check: OutputCheck) -> float:
    """By how much more an output loses with its strongest inputs exchanged than with random ones.

    In nats of log odds; of a model of one number, in that number's unit.
    """

    def fall(curve: ExchangeCurve) -> float:
        if check.unit is not None:
            return float(np.mean(np.abs(np.array(curve.mean) - check.before)))
        return float(np.mean(_log_odds(check.before) - _log_odds(np.array(curve.mean))))

    return fall(check.strongest) - fall(check.random)


def _log_odds(
    chance: float | np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    p = np.clip(chance, 1e-12, 1 - 1e-12)
    found: np.ndarray[tuple[int], np.dtype[np.float64]] = np.log(p) - np.log1p(-p)
    return found


def _mean(values: Sequence[float] | np.ndarray[tuple[int], np.dtype[np.float64]]) -> float | None:
    finite = [float(one) for one in values if math.isfinite(one)]
    return sum(finite) / len(finite) if finite else None


def _rows_of(
    model: SequenceModel, text: str, question: Question
) -> Generator[None, None, RowCache]:
    """A model's reading of a text with all rows, in short steps."""
    reading = Reading(model, text, question, reads_later=True)
    yield
    for _ in reading.engine.find_reads():
        yield
    reading = reading.corrected()
    [cache] = caches_of({model.name: reading})
    for _ in cache.fill(range(len(reading)), patience=_PATIENCE):
        yield
    return cache

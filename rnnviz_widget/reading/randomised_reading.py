"""Rows of the same model with random weights, and of a random class.

What such a row shows too is not due to what the model has learnt. Source: Adebayo et al., "Sanity
checks for saliency maps", 2018, the model parameter randomization test.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import numpy as np

from rnnviz_widget.engines import Accuracy, Method
from rnnviz_widget.models import SequenceModel
from rnnviz_widget.models.null_twin import null_twin, why_no_twin
from rnnviz_widget.picture import LagMeans
from rnnviz_widget.scene.facet import Facet

from .other_classes import class_or_pair, other_class, targets_for
from .question import Question
from .rank_correlation import spearman
from .reading import Reading
from .row_source import Floats

What = Literal["weights", "class"]
"""What is random: the model's weights, or the class that is explained."""

RANDOM: tuple[What, ...] = ("weights", "class")

INPUTS_TO_RANK = 8
"""A rank correlation of fewer inputs is not told."""

ROWS_AT_A_LAG = 8
"""What is expected at a lag is only used if at least this many outputs have a token there."""


def why_not_randomised(reading: Reading, what: What) -> str | None:
    """Why there are no such rows, in words; None: there are."""
    model, measure = reading.model, reading.scoring.measure
    if what == "weights":
        return why_no_twin(model)
    if model.unit is not None:
        return f"{model.name} gives one number: there is no other class"
    if isinstance(measure, Method) and not measure.of_target:
        return f"{measure.name} is the same for every class"
    if _others(reading, 0) is None:
        return f"{model.name} has too few classes for another one"
    return None


def read_randomised(
    reading: Reading,
    question: Question,
    what: What,
    seed: int = 0,
    twin: Callable[[SequenceModel], SequenceModel] | None = None,
) -> Reading:
    """The same text read by the re-initialised model, or the same reading of random classes.

    The re-initialised model explains the classes that the model itself explains. A random class is
    drawn uniformly from all others (for a contrast a pair of others), for each output by itself.

    Args:
        reading: The model's reading.
        question: Its question.
        what: What is random.
        seed: Seeds the weights and the draws, which `rv.check` with the same seed uses, too.
        twin: Re-initialises the model; default: `null_twin`.

    Raises:
        ValueError: If `why_not_randomised` says why.
        FloatingPointError: If a logit of the re-initialised model is not finite.
    """
    why = why_not_randomised(reading, what)
    if why is not None:
        raise ValueError(why)
    model, outputs = reading.model, range(len(reading))
    if what == "class":
        others = [_others(reading, s, seed) for s in outputs]
        target = targets_for(model, len(reading), outputs, others)
        return reading.explaining(dataclasses.replace(question, target=target))
    explained = [class_or_pair(reading, s) for s in outputs]
    target = targets_for(model, len(reading), outputs, explained)
    other = null_twin(model, seed) if twin is None else twin(model)
    return Reading(other, reading.facet.text, dataclasses.replace(question, target=target))


def _others(reading: Reading, s: int, seed: int = 0) -> int | tuple[int, int] | None:
    generator = np.random.default_rng([seed, s, 1])
    return other_class(generator, class_or_pair(reading, s), len(reading.model.outputs))


class RandomisedReading:
    """Rows with random weights or of random classes; see `RowSource`.

    They are prepared when the first row is computed, since that reads the text again.

    Args:
        facet: The facts about the model on the text, with its own weights and classes.
        make: Makes the reading.
    """

    def __init__(self, facet: Facet, block: int, make: Callable[[], Reading]) -> None:
        self.facet, self.block = facet, block
        self.accuracy = Accuracy()
        self._make = make
        self._made: Reading | Exception | None = None

    @property
    def reading(self) -> Reading:
        """The reading; made now if it was not made before. If that fails, it is not tried again."""
        if self._made is None:
            try:
                self._made = made = self._make()
                if made.facet.reads.causal != self.facet.reads.causal:
                    raise ValueError("it then reads other tokens: nothing can be compared")  # noqa: TRY301
            except Exception as error:  # noqa: BLE001 - a model may raise anything
                self._made = error
        if isinstance(self._made, Exception):
            raise self._made
        return self._made

    def __len__(self) -> int:
        """The number of outputs, S."""
        return len(self.facet)

    def matrix(self) -> tuple[Floats, Accuracy]:
        """C, shape (S, T), and how exact it is."""
        return self.reading.matrix()

    def pieces(self, row: int) -> Iterator[tuple[int, Floats]]:
        """One row, nearest inputs first."""
        yield from self.reading.pieces(row)

    def fill(
        self, rows: Sequence[int], *, patience: float = float("inf")
    ) -> Iterator[tuple[float, list[tuple[int, Floats]]]]:
        """Many rows in steps."""
        yield from self.reading.fill(rows, patience=patience)


def rank_correlation(
    facet: Facet,
    s: int,
    rows: tuple[Floats, Floats],
    means: tuple[LagMeans | None, LagMeans | None] | None = None,
) -> float:
    """Spearman's correlation of two rows, with their signs, over the inputs that output s reads.

    Args:
        facet: The facts about the model.
        s: The output.
        rows: The rows, each (T,) or the first s + 1 numbers.
        means: What share is to be expected at each lag, of either side: shares are divided by it,
            and inputs at lags that fewer than `ROWS_AT_A_LAG` outputs have are left out. None:
            scores are compared as they are.

    Returns:
        The correlation; NaN if there are fewer than `INPUTS_TO_RANK` inputs, or all of a side are
        equal.
    """
    length = min(map(len, rows))
    read = facet.reads.mask(s, s + 1)[0, :length]
    if means is None:
        one, other = (row[:length][read] for row in rows)
    else:
        lags = abs(s - np.arange(length))
        read = read & (len(facet) - lags >= ROWS_AT_A_LAG)
        sides = []
        for row, mean in zip(rows, means, strict=True):
            if mean is None:
                return math.nan
            expected = mean.at(s, length)
            read = read & (expected > 0)
            sides.append((row[:length], expected))
        one, other = (row[read] / expected[read] for row, expected in sides)
    return spearman(one, other) if read.sum() >= INPUTS_TO_RANK else math.nan

"""`rv.randomised`: all scores of a model beside those with random weights and of random classes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnnviz_widget.calls import suggest_arguments
from rnnviz_widget.engines import Named
from rnnviz_widget.models import TRUTH, SequenceModel, Target, as_target
from rnnviz_widget.picture import LagMeans
from rnnviz_widget.picture.rank_words import random_class_words, random_weights_words

from .checks import check_matrix, check_model
from .compute import whole
from .question import Question
from .randomised_reading import RANDOM, What, rank_correlation, read_randomised, why_not_randomised
from .reading import Reading
from .result import Connectivity
from .row_source import Floats


@dataclass(frozen=True, eq=False)
class RandomisedConnectivity:
    """How much of a model's picture any network of its shape would show, or any class.

    Attributes:
        own: The model's scores.
        weights: The scores of the same model with re-initialised weights, for the same classes;
            None where `why_not` says why.
        classes: The model's scores for another class at each output, drawn uniformly from all
            others; None likewise.
        why_not: By "weights" and "class" why there are none, in words.
    """

    own: Connectivity
    weights: Connectivity | None
    classes: Connectivity | None
    why_not: Mapping[What, str]

    def __repr__(self) -> str:
        said = []
        for what in RANDOM:
            if what in self.why_not:
                said.append(f"{what}: {self.why_not[what]}")
                continue
            raw, over = (self.correlations(what, per_lag=each) for each in (False, True))
            said.append(f"{what}: {_mean(raw)}, over what is expected at a lag {_mean(over)}")
        figures = "; ".join(said)
        return f"RandomisedConnectivity(mean rank correlation of {self.own.name}; {figures})"

    def correlations(self, what: What = "weights", *, per_lag: bool = False) -> Floats:
        """Spearman's correlation of each output's two rows, (S,).

        Scores with a sign are ranked with it; `rv.check` compares sizes.

        Args:
            what: "weights" or "class".
            per_lag: Whether each share is divided by the mean share at its lag first; inputs at
                lags that fewer than 8 outputs have are left out.

        Returns:
            The correlations; NaN where they are not defined, or of fewer than 8 inputs.

        Raises:
            ValueError: If there are no such scores.
        """
        one, other = self.own.scores, self._other(what).scores
        means = (self._means["own"], self._means[what]) if per_lag else None
        facet = self.own.facet
        rows = range(len(one))
        return np.array([rank_correlation(facet, s, (one[s], other[s]), means) for s in rows])

    def sentence(self, row: int, what: What = "weights", *, per_lag: bool = False) -> str:
        """What the page says of an output.

        Args:
            row: The output, s.
            what: "weights" or "class".
            per_lag: Whether as by the scale "expected", which shows what is over the expected.

        Raises:
            ValueError: If there are no such scores.
        """
        raw, over = (self.correlations(what, per_lag=each)[row] for each in (False, True))
        if what == "weights":
            return random_weights_words(self.own.name, raw, over, by_over=per_lag)
        explained = self._other(what).facet.at(row).explained
        assert explained is not None
        return random_class_words(explained, raw, over, by_over=per_lag)

    def _other(self, what: What) -> Connectivity:
        found = {"weights": self.weights, "class": self.classes}
        if what not in found:
            raise ValueError(f"what must be 'weights' or 'class'; got {what!r}")
        other = found[what]
        if other is None:
            raise ValueError(self.why_not[what])
        return other

    @cached_property
    def _means(self) -> dict[str, LagMeans | None]:
        each = {"own": self.own, "weights": self.weights, "class": self.classes}
        return {name: None if one is None else _lag_means(one) for name, one in each.items()}


def _lag_means(of: Connectivity) -> LagMeans | None:
    if of.one_output:
        return None
    rows = {s: row[: s + 1] if of.causal else row for s, row in enumerate(of.scores)}
    return LagMeans(rows, signed=of.signed, rounded=False)


def _mean(numbers: Floats) -> str:
    known = numbers[~np.isnan(numbers)]
    return f"{known.mean():.2f}" if len(known) else str(math.nan)


@suggest_arguments()
def randomised(
    model: SequenceModel,
    text: str,
    *,
    target: Target = TRUTH,
    measure: Named | None = None,
    of: str | None = None,
    seed: int = 0,
) -> RandomisedConnectivity:
    """Compute a model's scores on a text, with random weights, and for a random class.

    What all three show is not due to what the model has learnt of this class. Source: Adebayo et
    al., "Sanity checks for saliency maps", 2018.

    Args:
        model: The model. It is not changed.
        text: The text.
        target: What is explained; see `rv.connectivity`.
        measure: The measure; see there.
        of: Which number of the target is explained; see there.
        seed: Seeds the weights and the classes; those of the widget have 0, and `rv.check` with the
            same seed has the same.

    Returns:
        Scores, and how they rank the inputs alike. What a model does not have, such as another
            class, is None.

    Raises:
        TypeError, ValueError, ImportError, FloatingPointError: As `rv.connectivity`.
    """
    check_model(model)
    tokens = len(model.tokens(text).ids)
    check_matrix(tokens, tokens)
    question = Question(as_target(target), measure, of)
    reading = Reading(model, text, question)
    why_not: dict[What, str] = {}
    found: dict[What, Connectivity | None] = {}
    for what in RANDOM:
        why = why_not_randomised(reading, what)
        if why is not None:
            why_not[what] = why
        other = None if why else read_randomised(reading, question, what, seed)
        found[what] = None if other is None else whole(other)
    return RandomisedConnectivity(whole(reading), found["weights"], found["class"], why_not)

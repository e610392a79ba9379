"""What an intervention changes about one output: its prediction, and what it reads of one input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rnnviz_widget.engines import Explained, Measure, Network, classes_of, clean_torch
from rnnviz_widget.engines.autograd.passes import Passes
from rnnviz_widget.models import TRUTH, Intervention, SequenceModel, Target, as_target
from rnnviz_widget.models.intervention import intervened
from rnnviz_widget.reading import Floats, Question, Reading, check_model

from .positions import checked_pair


@dataclass(frozen=True)
class InterventionEffect:
    """One output with and without an intervention, each by really running the model.

    Attributes:
        s: The output.
        t: The input.
        interventions: What was done.
        before: C[s, t] of the model as it is.
        after: C[s, t] under the intervention, of the same target.
        probability_before: The target's probability, or the model's one number, as it is.
        probability_after: The same under the intervention.
    """

    s: int
    t: int
    interventions: tuple[Intervention, ...]
    before: float
    after: float
    probability_before: float
    probability_after: float

    @property
    def removed(self) -> float:
        """Which share of C[s, t] is gone: 1 - after / before; 0 where there was nothing."""
        return 1 - self.after / self.before if self.before else 0.0

    @property
    def words(self) -> str:
        """The same in a sentence; steps are tokens, from 0."""
        return self.said(lambda step: f"token {step}")

    def said(self, step: Callable[[int], str]) -> str:
        """The same in a sentence.

        Args:
            step: What a step is called.
        """
        what = "; ".join(each.said(step) for each in self.interventions)
        if self.removed < 0:
            share = "it grew"
        elif self.removed > 1:
            share = "too weak for a share: it turned its sign"
        else:
            share = f"{100 * self.removed:.0f} % is gone"
        return (
            f"With {what}, the link from {step(self.t)} to {step(self.s)} goes from "
            f"{self.before:.4g} to {self.after:.4g} ({share}), and the target from "
            f"{self.probability_before:.4g} to {self.probability_after:.4g}."
        )


def intervention_effect(
    model: SequenceModel,
    text: str,
    s: int,
    t: int,
    *interventions: Intervention,
    target: Target = TRUTH,
    measure: str | None = None,
    of: str | None = None,
) -> InterventionEffect:
    """Run a model with and without an intervention, and compare one output.

    Args:
        model: The model.
        text: The text.
        s: The output, as a token.
        t: The input, as a token.
        interventions: What is done.
        target: What is explained; the same class with and without. See `rv.connectivity`.
        measure: How; see `rv.connectivity`.
        of: Which number of the target; see `rv.connectivity`.

    Raises:
        TypeError, ValueError, IndexError: As `rv.connectivity` and `SequenceModel.intervened`.
    """
    check_model(model)
    reading = Reading(model, text, Question(as_target(target), measure, of))
    return effect_of(reading, *checked_pair(s, t, len(reading)), interventions)


def effect_of(
    reading: Reading, s: int, t: int, interventions: Sequence[Intervention]
) -> InterventionEffect:
    """What interventions change about one output of a reading."""
    other = intervened(reading.model, *interventions, text=reading.facet.text)
    explained = reading.explained[s]
    before = float(_row_of(reading, s, explained, reading)[t])
    at_first = _probability(reading.model.network, reading.outputs_of([s])[0], explained)
    measure = reading.scoring.measure
    if isinstance(measure, Measure):
        after, logits = _one_gradient(other.network, reading, s, t, measure)
    else:
        again = Reading(other, reading.facet.text)
        after = float(_row_of(again, s, explained, reading)[t])
        logits = again.outputs_of([s])[0]
    probability = _probability(other.network, logits, explained)
    return InterventionEffect(s, t, tuple(interventions), before, after, at_first, probability)


def _one_gradient(
    network: Network, reading: Reading, s: int, t: int, measure: Measure
) -> tuple[float, Tensor]:
    """C[s, t] of another network by a single gradient, and its logits at s, (V,).

    What it reads of other outputs is not found out, which takes several gradients more.
    """
    ids = torch.tensor(reading.facet.tokens.ids)
    if reading.facet.reads.causal:
        ids = ids[: s + 1]
    with clean_torch(), network.computing():
        passes = Passes(network, ids)
        gradient = passes.first().alone(s, reading.explained[s])[t : t + 1]
        score = measure.score(gradient, passes.matrix, passes.embedding[t : t + 1])
        return float(score[0]), passes.outputs().at([s])[0]


def _row_of(reading: Reading, s: int, explained: Explained, asked: Reading) -> Floats:
    """C[s, :] of what another reading explains at s."""
    row = np.zeros(len(reading))
    for first, scores in reading.pieces_of(s, explained, asked.scoring):
        row[first : first + len(scores)] = scores
    return row


def _probability(network: Network, logits: Tensor, explained: Explained) -> float:
    """The probability of what is explained, or the one number that the model gives."""
    first = classes_of(explained)[0]
    with clean_torch():
        if network.capabilities.one_number:
            return float(logits[first])
        return float(network.probabilities(logits.double())[first])

"""What an intervention changes about one output: its prediction, and what it reads of one input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from rnnviz_widget.engines import Explained, classes_of, clean_torch
from rnnviz_widget.models import TRUTH, Intervention, SequenceModel, Target, as_target
from rnnviz_widget.models.intervention import intervened
from rnnviz_widget.reading import Question, Reading, check_model

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
        """The same in a sentence."""
        what = "; ".join(each.words for each in self.interventions)
        return (
            f"With {what}, {self.removed:.0%} of the link from token {self.t} to token {self.s} is "
            f"gone ({self.before:.4g}, then {self.after:.4g}), and the target goes from "
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
    other = Reading(
        intervened(reading.model, *interventions, text=reading.facet.text), reading.facet.text
    )
    explained = reading.explained[s]
    numbers = [
        (_link(each, s, t, reading, explained), _probability(each, s, explained))
        for each in (reading, other)
    ]
    (before, p_before), (after, p_after) = numbers
    return InterventionEffect(s, t, tuple(interventions), before, after, p_before, p_after)


def _link(reading: Reading, s: int, t: int, asked: Reading, explained: Explained) -> float:
    """C[s, t] of what another reading explains at s."""
    for first, scores in reading.pieces_of(s, explained, asked.scoring):
        if first <= t < first + len(scores):
            return float(scores[t - first])
    return 0.0


def _probability(reading: Reading, s: int, explained: Explained) -> float:
    """The probability of what is explained at s, or the one number that the model gives."""
    network, first = reading.model.network, classes_of(explained)[0]
    with clean_torch(), network.computing(), torch.no_grad():
        logits = network.logits(torch.tensor(reading.facet.tokens.ids))[s].double()
        if network.capabilities.one_number:
            return float(logits[first])
        return float(network.probabilities(logits)[first])

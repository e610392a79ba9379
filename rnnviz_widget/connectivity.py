"""A model and a text in; scores with their tokens, targets and predictions out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch

from .engines import AutogradEngine, Engine, Measure, measure_named
from .models import TRUTH, SequenceModel, Target, Tokens, choose_targets

Floats = npt.NDArray[np.floating]
Prediction = tuple[str, float]

PREDICTIONS = 10


class Reading:
    """One model's reading of one text: predictions and targets now, rows on demand.

    Making one runs the model forward once; every row then costs a backward pass.

    Args:
        model: The model.
        text: The text.
        target: `TRUTH`, `TOP`, a class, or a list with one of these for each token.
        measure: "norm", "squared", "embedding_norm" or "grad_x_input".

    Attributes:
        tokens: The text as the model reads it.
        causal: Whether no output depends on a later input.
        notes: What a reader should know about this model, in words.
        top: The best classes, best first, shape (S, K), and `top_probabilities` likewise.
        target: The class explained at each output, shape (S,), with `target_probability`,
            `target_rank` (1 = the best) and `reasons`, in words.

    Raises:
        TypeError, ValueError: If the text or target does not fit the model.
        FloatingPointError: If a logit is not finite.
    """

    def __init__(
        self, model: SequenceModel, text: str, target: Target = TRUTH, measure: str = "norm"
    ) -> None:
        self.measure: Measure = measure_named(measure)
        self.model = model
        self.tokens: Tokens = model.tokens(text)
        # In a caller's inference mode every gradient would silently be zero.
        with torch.inference_mode(mode=False):
            self._engine: Engine = AutogradEngine(model.network, torch.tensor(self.tokens.ids))
            self._predict(target)
        self.causal = self._engine.causal
        self.notes = list(model.network.notes)

    def _predict(self, target: Target) -> None:
        logits = self._engine.logits
        bad = ~torch.isfinite(logits).all(dim=1)
        if bad.any():
            first = int(bad.nonzero()[0])
            raise FloatingPointError(
                f"{self.model.name} gives logits that are not finite, first at token {first} "
                f"({self.tokens.texts[first]!r}); check the weights for NaN"
            )
        if logits.dtype in (torch.float16, torch.bfloat16):
            logits = logits.float()
        probabilities = logits.softmax(dim=1)
        best = probabilities.topk(min(PREDICTIONS, logits.shape[1]), dim=1)
        self.top = best.indices.cpu().numpy()
        self.top_probabilities = best.values.cpu().numpy()
        self.target, self.reasons = choose_targets(
            target, self.model.answers(self.tokens), self.top[:, 0].tolist(), self.model.classes
        )
        at = torch.tensor(self.target, device=logits.device)[:, None]
        self.target_probability = probabilities.gather(1, at)[:, 0].cpu().numpy()
        self.target_rank = (1 + (logits > logits.gather(1, at)).sum(dim=1)).cpu().numpy()

    def __len__(self) -> int:
        """The number of outputs S."""
        return len(self.target)

    def rows(self, rows: Sequence[int]) -> Floats:
        """Compute C[s, :] for each s in `rows`, shape (N, T), in the model's own precision.

        Raises:
            FloatingPointError: If a score is not finite.
        """
        targets = [self.target[row] for row in rows]
        with torch.inference_mode(mode=False):
            scores = self._engine.rows(rows, targets, self.measure)
        if scores.dtype in (torch.float16, torch.bfloat16):
            scores = scores.float()
        if not torch.isfinite(scores).all():
            raise FloatingPointError(
                f"the gradient of {self.model.name} is not finite at output "
                f"{next(r for r, c in zip(rows, scores, strict=True) if not c.isfinite().all())}"
            )
        numbers: Floats = scores.cpu().numpy()
        return numbers


@dataclass(frozen=True)
class Connectivity:
    """How every output of one model depends on every input of one text.

    Attributes:
        scores: C, shape (S, T), float: [output s, input t]. For the measure "norm" the L2 norm
            of the gradient of the target's logit at s with respect to the one-hot input at t.
        tokens: The text of each token.
        targets: The class explained at each output.
        reasons: Why that class, in words: "the word being typed", "the top prediction, as ...".
        predictions: For each output, a list of (class, probability), best first, 10 at most.
        target_probabilities: The probability of each target, shape (S,).
        target_ranks: Its rank among all classes, shape (S,); 1 is the best.
        measure: The measure's name.
        name: The model's name.
        text: The text.
    """

    scores: Floats = field(repr=False)
    tokens: list[str] = field(repr=False)
    targets: list[str] = field(repr=False)
    reasons: list[str] = field(repr=False)
    predictions: list[list[Prediction]] = field(repr=False)
    target_probabilities: Floats = field(repr=False)
    target_ranks: npt.NDArray[np.integer] = field(repr=False)
    measure: str
    name: str
    text: str


def connectivity(
    model: SequenceModel, text: str, *, target: Target = TRUTH, measure: str = "norm"
) -> Connectivity:
    r"""Compute the connectivity of a model on a text.

    With x_t the one-hot input at t and y_s the logit of the target at s, C[s, t] is

        norm             ||dy_s/dx_t||_2
        squared          ||dy_s/dx_t||_2^2
        embedding_norm   ||dy_s/de_t||_2, e_t the embedded input
        grad_x_input     <dy_s/dx_t, x_t>, signed

    Source: Madsen, "Visualizing memorization in RNNs", Distill, 2019: the formula is `norm`, its
    figure drew `squared`.

    Args:
        model: The model.
        text: The text, read as the model reads it.
        target: What is explained: `rv.TRUTH` (default), `rv.TOP`, an output class, or a list with
            one of these for each token. Where there is no truth, the top prediction.
        measure: One of the four names above.

    Returns:
        Scores of shape (S, T) in the module's own precision (single for half), with tokens,
        targets and predictions.

    Raises:
        TypeError: If `model` is no `SequenceModel`, or text or target of the wrong kind.
        ValueError: If the text is empty or has symbols the model does not know, or there is no
            such class or measure.
        FloatingPointError: If a logit or a gradient is not finite.
    """
    check_model(model)
    reading = Reading(model, text, target, measure)
    names = model.outputs
    return Connectivity(
        scores=reading.rows(range(len(reading))),
        tokens=reading.tokens.texts,
        targets=[names[k] for k in reading.target],
        reasons=reading.reasons,
        predictions=[
            [(names[k], float(p)) for k, p in zip(ks, ps, strict=True)]
            for ks, ps in zip(reading.top, reading.top_probabilities, strict=True)
        ],
        target_probabilities=reading.target_probability,
        target_ranks=reading.target_rank,
        measure=reading.measure.name,
        name=model.name,
        text=text,
    )


def check_model(model: object) -> None:
    """Refuse what is no model, and say how to make one.

    Raises:
        TypeError: If `model` is not a `SequenceModel`.
    """
    if not isinstance(model, SequenceModel):
        raise TypeError(
            f"expected an rv.SequenceModel; got {type(model).__name__}. Wrap a torch module as "
            "rv.SequenceModel(module, inputs=symbols, outputs=classes)"
        )

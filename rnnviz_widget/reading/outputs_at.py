"""What a model predicts at a few outputs of a text, without what a whole reading of it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rnnviz_widget.engines import clean_torch
from rnnviz_widget.models import TRUTH, SequenceModel
from rnnviz_widget.scene.facet import Output, Prediction

from .finite import check_logits
from .output_targets import OutputTargets
from .question import Question
from .rerun import Rerunner
from .target_statistics import single


@dataclass(frozen=True)
class _KnownLogits:
    """The logits of some outputs, (R, V), called 0 to R - 1."""

    logits: Tensor

    def outputs(self, rows: Sequence[int]) -> Tensor:
        return self.logits[list(rows)]


def outputs_at(model: SequenceModel, text: str, rows: Sequence[int]) -> list[Output]:
    """The likeliest class at some outputs of a text, and the true one.

    The text is read from its beginning to its end, but the head reads these outputs only, where it
    can be run by itself: most of what a large vocabulary takes.

    Args:
        model: The model.
        text: The text.
        rows: The outputs, R of them.

    Returns:
        For each the best class, and the true one, None where that is not known; nothing of a model
        that gives one number.

    Raises:
        TypeError, ValueError, RuntimeError: If the model can't read the text.
        FloatingPointError: If a logit is not finite.
    """
    if model.unit is not None:
        return [Output([], None) for _ in rows]
    tokens = model.tokens(text)
    answers, names = model.answers(tokens), model.outputs
    logits = Rerunner(model, tokens.ids).logits(torch.tensor([tokens.ids]), rows)[0]
    check_logits(logits, tokens.texts, rows, model.name)
    with clean_torch():
        best = model.network.probabilities(single(logits)).topk(min(2, logits.shape[1]), dim=1)
        top, odds = best.indices.cpu().numpy(), best.values.cpu().numpy()
        known = _KnownLogits(logits)
        targets = OutputTargets(model, known, top, [answers[s] for s in rows])
        of_each = range(len(rows))
        explained, reasons = targets.chosen(Question(TRUTH), of_each)
        numbers = targets.numbers([logits], explained)
        true = targets.known(explained, reasons, numbers).classes
    return [
        Output(
            [Prediction(names[top[n, 0]], float(odds[n, 0]))],
            None if answers[s].target is None else true.at(n, names),
        )
        for n, s in enumerate(rows)
    ]

"""One model's reading of one text: predictions and targets now, rows on demand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from rnnviz_widget.engines import (
    TOLERANCE,
    Accuracy,
    Engine,
    EngineName,
    Measure,
    choose_engine,
    measure_named,
)
from rnnviz_widget.models import TRUTH, SequenceModel, Target, Tokens, choose_targets

from .source import Floats

PREDICTIONS = 10
# Outputs whose probabilities are worked out at a time: a number for each class takes room.
_OUTPUTS_AT_ONCE = 512


class Reading:
    """One model's reading of one text: predictions and targets now, rows on demand.

    Making one runs the model forward once; rows then cost what their engine makes of it.

    Args:
        model: The model.
        text: The text.
        target: `TRUTH`, `TOP`, a class, or a list with one of these for each token.
        measure: "norm", "squared", "embedding_norm" or "grad_x_input".
        tolerance: How far a score of many rows may be off, as a share of the largest of its row;
            0 for exact ones. A row that is computed by itself is exact.
        engine: "auto", "sweep" or "autograd"; see `engines.choose_engine`.

    Attributes:
        tokens: The text as the model reads it.
        causal: Whether no output depends on a later input.
        notes: What a reader should know about this model, in words.
        top: The best classes, best first, shape (S, K), and `top_probabilities` likewise.
        target: The class explained at each output, shape (S,), with `target_probability`,
            `target_log_probability` in nats, `target_rank` (1 = the best) and `reasons`, in words.
        engine: The engine's name, "sweep" or "autograd", and `engine_reason`, why it serves.
        block: How many rows to ask of `fill` at a time, when the nearest are wanted first.
        accuracy: How exact the rows are that `fill` has given, the worst of them.

    Raises:
        TypeError, ValueError: If the text or target does not fit the model, or the engine can't
            serve it.
        FloatingPointError: If a logit is not finite.
    """

    def __init__(
        self,
        model: SequenceModel,
        text: str,
        target: Target = TRUTH,
        measure: str = "norm",
        *,
        tolerance: float = TOLERANCE,
        engine: EngineName = "auto",
    ) -> None:
        self.measure: Measure = measure_named(measure)
        self.model = model
        self.tokens: Tokens = model.tokens(text)
        self._tolerance = check_tolerance(tolerance)
        # In a caller's inference mode every gradient would silently be zero.
        with torch.inference_mode(mode=False):
            ids = torch.tensor(self.tokens.ids)
            self._engine: Engine = choose_engine(model.network, ids, engine)
            self._predict(target, self._engine.logits)
        self._engine.logits = self._engine.logits[:0].clone()  # let go of the others
        self.causal = self._engine.causal
        self.engine, self.engine_reason = self._engine.name, self._engine.reason
        self.block = self._engine.block
        self.notes = list(model.network.notes)
        self.accuracy = Accuracy()

    def _predict(self, target: Target, logits: Tensor) -> None:
        parts = [
            self._outlook(part, n) for n, part in enumerate(torch.split(logits, _OUTPUTS_AT_ONCE))
        ]
        self.top = np.concatenate([best.indices.cpu().numpy() for best in parts])
        self.top_probabilities = np.concatenate([best.values.cpu().numpy() for best in parts])
        self.target, self.reasons = choose_targets(
            target, self.model.answers(self.tokens), self.top[:, 0].tolist(), self.model.classes
        )
        at = torch.tensor(self.target, device=logits.device)[:, None]
        logs, rank = [], []
        for part, classes in zip(
            torch.split(logits, _OUTPUTS_AT_ONCE), torch.split(at, _OUTPUTS_AT_ONCE), strict=True
        ):
            its = part.gather(1, classes)
            logs.append(_single(part).log_softmax(dim=1).gather(1, classes)[:, 0])
            rank.append(1 + (part > its).sum(dim=1))
        self.target_log_probability = torch.cat(logs).cpu().numpy()
        self.target_probability = np.exp(self.target_log_probability)
        self.target_rank = torch.cat(rank).cpu().numpy()

    def _outlook(self, logits: Tensor, number: int) -> torch.return_types.topk:
        bad = ~torch.isfinite(logits).all(dim=1)
        if bad.any():
            first = number * _OUTPUTS_AT_ONCE + int(bad.nonzero()[0])
            raise FloatingPointError(
                f"{self.model.name} gives logits that are not finite, first at token {first} "
                f"({self.tokens.texts[first]!r}); check the weights for NaN"
            )
        return _single(logits).softmax(dim=1).topk(min(PREDICTIONS, logits.shape[1]), dim=1)

    @property
    def outputs(self) -> tuple[str, ...]:
        """All class names."""
        return self.model.outputs

    def __len__(self) -> int:
        """The number of outputs S."""
        return len(self.target)

    def rows(self, rows: Sequence[int]) -> Floats:
        """Compute C[s, :] exactly for each s in `rows`, (N, T), in the model's own precision.

        Raises:
            FloatingPointError: If a score is not finite.
        """
        return self._scores(rows, 0.0)[0]

    def matrix(self) -> tuple[Floats, Accuracy]:
        """Compute C, (S, T), within the tolerance; and how exact it is.

        Raises:
            FloatingPointError: If a score is not finite.
        """
        return self._scores(range(len(self)), self._tolerance)

    def _scores(self, rows: Sequence[int], tolerance: float) -> tuple[Floats, Accuracy]:
        targets = [self.target[row] for row in rows]
        with torch.inference_mode(mode=False):
            scores, accuracy = self._engine.rows(rows, targets, self.measure, tolerance=tolerance)
        return self._checked(scores, rows), accuracy

    def pieces(self, row: int) -> Iterator[tuple[int, Floats]]:
        """Compute one row exactly, from its nearest inputs backwards; see `Engine.pieces`.

        Raises:
            FloatingPointError: If a score is not finite.
        """
        with torch.inference_mode(mode=False):
            pieces = self._engine.pieces(row, self.target[row], self.measure)
        while True:
            with torch.inference_mode(mode=False):
                piece = next(pieces, None)
            if piece is None:
                return
            start, scores = piece
            yield start, self._checked(scores[None], [row])[0]

    def fill(
        self, rows: Sequence[int], *, patience: float = float("inf")
    ) -> Iterator[tuple[float, list[tuple[int, Floats]]]]:
        """Compute many rows in parts, short enough to let a hover come in between.

        Args:
            rows: Output indices s, each once.
            patience: How many seconds a part may last, where a row is not itself longer.

        Yields:
            How much is done, 0 to 1, and the rows that have become ready: s and C[s, :].

        Raises:
            FloatingPointError: If a score is not finite.
        """
        targets = [self.target[row] for row in rows]
        with torch.inference_mode(mode=False):
            fill = self._engine.fill(
                rows, targets, self.measure, tolerance=self._tolerance, patience=patience
            )
            parts = iter(fill)
        while True:
            # Not around the yield: what others do meanwhile has its own mode.
            with torch.inference_mode(mode=False):
                part = next(parts, None)
            if part is None:
                return
            if part:
                self.accuracy = worst(self.accuracy, fill.accuracy)
            yield fill.share, [(s, self._checked(row[None], [s])[0]) for s, row in part]

    def _checked(self, scores: Tensor, rows: Sequence[int]) -> Floats:
        scores = _single(scores)
        # Unlike isfinite this takes no room of the size of the scores.
        if not all(map(torch.isfinite, torch.aminmax(scores))):
            raise FloatingPointError(
                f"the gradient of {self.model.name} is not finite at output "
                f"{next(r for r, c in zip(rows, scores, strict=True) if not c.isfinite().all())}"
            )
        numbers: Floats = scores.cpu().numpy()
        return numbers


def worst(one: Accuracy, other: Accuracy) -> Accuracy:
    """What is true of scores of both."""
    return Accuracy(
        tolerance=max(one.tolerance, other.tolerance),
        error=max(one.error, other.error),
        rank=max(one.rank, other.rank),
    )


def _single(numbers: Tensor) -> Tensor:
    """Half-precision numbers in single precision, others as they are."""
    return numbers.float() if numbers.dtype in (torch.float16, torch.bfloat16) else numbers


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


def check_tolerance(tolerance: float) -> float:
    """Refuse what is no tolerance.

    Raises:
        ValueError: If it is not a number from 0 to below 1.
    """
    if not isinstance(tolerance, (int, float)) or not 0 <= tolerance < 1:
        raise ValueError(
            "tolerance must be 0 (exact) or a share of a row's largest score below 1, such as "
            f"1e-4; got {tolerance!r}"
        )
    return float(tolerance)

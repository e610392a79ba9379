"""Gradients of several rows at once, checked against a row that was computed by itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rnnviz_widget.engines.rounding import agree

from .passes import Graph, Passes
from .row_batch import RowRequest


class RejectedError(Exception):
    """A strategy gives other gradients than a row alone, or costs more; the message says which."""


class VerifiedRow(NamedTuple):
    """A row computed by itself, with which the other strategies are compared."""

    wanted: RowRequest
    gradient: Tensor


class CheckedGradients:
    """Computes gradients of rows, and rejects strategies that differ from a row computed alone.

    Args:
        passes: Makes graphs of the network on the text.
        length: How many tokens the text has, T.
        causal: Whether no output may depend on a later input.

    Attributes:
        known: The first row of the whole text that was computed by itself; None: there is none yet.
    """

    def __init__(self, passes: Passes, length: int, *, causal: bool) -> None:
        self._passes, self._length, self._causal = passes, length, causal
        self.known: VerifiedRow | None = None

    def alone(self, graph: Graph, wanted: RowRequest) -> Tensor:
        """Compute the gradient of one row, (1, p, D).

        The first of the whole text becomes `known`.
        """
        gradient = graph.alone(wanted.row, wanted.target)
        # A row of zeros would agree with anything.
        if self.known is None and len(gradient) == self._length and gradient.any():
            self.known = VerifiedRow(wanted, gradient)
        return gradient[None]

    def copies(self, tokens: int, every: Sequence[RowRequest], limit: float) -> Tensor:
        """Compute the gradients of rows, (N, tokens, D), each in its own copy of the text.

        Raises:
            RejectedError: If the outputs of the copies differ from those of the text alone, or the
                forward pass takes longer than `limit` seconds.
        """
        rows, targets = [each.row for each in every], [each.target for each in every]
        begun = time.perf_counter()
        graph = self._passes.copies(tokens, len(rows))
        outputs = graph.start.detach()[range(len(rows)), rows]
        if not agree(outputs, self._passes.true_start(graph)[rows]):
            raise RejectedError("in a batch of copies of the text the outputs differ")
        if time.perf_counter() - begun > limit:
            raise RejectedError("the forward pass alone is slower than the rows one by one")
        return graph.apart(rows, targets)

    def check(
        self, gradients: Tensor, every: Sequence[RowRequest], checks: Sequence[VerifiedRow]
    ) -> None:
        """Check the gradients of `every`, whose last rows are repetitions of `checks`.

        Raises:
            RejectedError: If a causal network has a gradient at a later input, or a repeated row
                differs from the verified one.
        """
        tokens = gradients.shape[1]
        if self._causal:
            rows = torch.tensor([each.row for each in every])
            later = torch.arange(tokens)[None] > rows[:, None]
            if gradients[later.to(gradients.device)].any():
                raise RejectedError("an output depends on later inputs")
        for gradient, known in zip(gradients[len(every) - len(checks) :], checks, strict=True):
            if not agree(gradient, known.gradient[:tokens]):
                raise RejectedError("the gradients differ from those of a row alone")

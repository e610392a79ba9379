"""Gradients of rows, several at once, checked against a row that was computed by itself."""

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
    """Why a strategy does not serve this network."""


class VerifiedRow(NamedTuple):
    """A row computed by itself, from which no other strategy may differ."""

    wanted: RowRequest
    gradient: Tensor


class CheckedGradients:
    """Computes gradients of rows, and refuses those that can't be what a row alone gives.

    Args:
        passes: Makes graphs of the network on the text.
        length: How many tokens that has, T.
        causal: Whether no output may depend on a later input.

    Attributes:
        known: The first row of the whole text that was computed by itself; None: none was yet.
    """

    def __init__(self, passes: Passes, length: int, *, causal: bool) -> None:
        self._passes, self._length, self._causal = passes, length, causal
        self.known: VerifiedRow | None = None

    def alone(self, graph: Graph, wanted: RowRequest) -> Tensor:
        """The gradient of one row, (1, p, D), which other strategies are then compared with."""
        gradient = graph.alone(wanted.row, wanted.target)
        # The row of an output that reads nothing would let anything pass.
        if self.known is None and len(gradient) == self._length and gradient.any():
            self.known = VerifiedRow(wanted, gradient)
        return gradient[None]

    def copies(self, tokens: int, every: Sequence[RowRequest], limit: float) -> Tensor:
        """The gradients of rows, (N, tokens, D), each in its own copy of the text.

        Raises:
            RejectedError: If the copies are not read as one text is, or the forward pass alone
                takes longer than `limit` seconds.
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
        """See to it that the gradients of rows, the checks last, can be what a row alone gives.

        Raises:
            RejectedError: If not.
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

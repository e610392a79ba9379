"""The seam every engine fills, and the first engine: one forward, one backward a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from .measures import Measure
from .network import Network


class Engine(Protocol):
    """Connectivity of one network on one text.

    Attributes:
        logits: Shape (S, V), detached.
        causal: Whether no output depends on a later input, as found by experiment.
    """

    logits: Tensor
    causal: bool

    def rows(self, rows: Sequence[int], targets: Sequence[int], measure: Measure) -> Tensor:
        """Compute C[s, :] for each s in `rows`, explaining the logit of its target.

        Args:
            rows: Output indices s, N of them.
            targets: One class for each row.
            measure: What to make of the gradients.

        Returns:
            Scores, shape (N, T), in the network's own precision, on its device.
        """
        ...


class AutogradEngine:
    """`torch.autograd.grad`, a row at a time, right for any module.

    The forward pass is run once and its graph kept. A module that could not be copied is run
    again for each row, since its weights may have moved. Where plain recurrent layers and
    nothing else lie between the embedding and the head, their equations take autograd's place.
    """

    def __init__(self, network: Network, ids: Tensor) -> None:
        self._network = network
        self._ids = ids.to(network.device)
        self._matrix = network.embedding_matrix()
        self._forward()
        self.logits = self._graph.detach()
        self.causal = self._is_causal()

    def _forward(self) -> None:
        with torch.enable_grad():
            self._embedded = self._matrix[self._ids].requires_grad_()
            self._graph, self._head = self._network.forward(self._ids, self._embedded)

    def rows(self, rows: Sequence[int], targets: Sequence[int], measure: Measure) -> Tensor:
        """See `Engine.rows`."""
        return torch.stack(
            [self._row(row, target, measure) for row, target in zip(rows, targets, strict=True)]
        )

    def _row(self, row: int, target: int, measure: Measure) -> Tensor:
        with self._network.lock:
            if not self._network.private:
                self._forward()
            with torch.enable_grad():
                if self._head is None:
                    gradient = self._gradient(self._graph[row, target])
                else:
                    gradient = self._gradient(self._head.hidden[row], self._head.weight[target])
        return measure.score(gradient, self._matrix, self._embedded.detach())

    def _gradient(self, output: Tensor, weights: Tensor | None = None) -> Tensor:
        if not output.requires_grad:
            # No path leads from the input to this output: a constant.
            return torch.zeros_like(self._embedded)
        (gradient,) = torch.autograd.grad(
            output,
            self._embedded,
            weights,
            retain_graph=True,
            allow_unused=True,
            materialize_grads=True,
        )
        return gradient

    def _is_causal(self) -> bool:
        """Whether the outputs of the first half leave the inputs after it without a gradient."""
        length = len(self._ids)
        if length == 1:
            return True
        half = (length + 1) // 2
        weights = torch.empty(half, self.logits.shape[1], dtype=torch.float64)
        weights.uniform_(0.5, 1.5, generator=torch.Generator().manual_seed(0))
        with self._network.lock, torch.enable_grad():
            probe = (self._graph[:half] * weights.to(self._graph)).sum()
            try:
                gradient = self._gradient(probe)
            except Exception:  # noqa: BLE001 - the rows themselves will say what fails
                return False
            return not bool(gradient[half:].any())

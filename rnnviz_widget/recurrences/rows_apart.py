"""Backward passes that take the gradients of many rows at once, along a first axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

Gradients = tuple[Tensor | None, ...]
Backward = Callable[..., Gradients]
"""Maps gradients at the outputs (N, ...) and what the forward pass kept to those at its inputs,
(N, ...) each; None where there is none."""


class RowsBackward(torch.autograd.Function):
    """A backward pass, of one row or, under `is_grads_batched`, of many.

    The forward pass is the same for all rows, so that what it kept is not repeated for each.
    """

    @staticmethod
    def forward(backward: Backward, gradient: Tensor, *kept: Any) -> Gradients:
        """Compute the gradients of one row."""
        found = backward(gradient[None], *kept)
        return tuple(None if each is None else each[0] for each in found)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Nothing is kept: gradients of gradients are not defined."""

    @staticmethod
    def vmap(
        info: Any, in_dims: Sequence[int | None], backward: Backward, gradient: Tensor, *kept: Any
    ) -> tuple[Gradients, tuple[int | None, ...]]:
        """Compute the gradients of many rows."""
        del info
        if in_dims[1] is None or any(dim is not None for dim in in_dims[2:]):
            raise NotImplementedError(
                "the states of a registered recurrence can't differ between the rows of a vmap"
            )
        found = backward(gradient.movedim(in_dims[1], 0), *kept)
        return found, tuple(None if each is None else 0 for each in found)

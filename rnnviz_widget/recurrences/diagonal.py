"""States whose units each keep a share of themselves: h_t = keep_t * h_(t-1) + new_t."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.overrides import handle_torch_function, has_torch_function

from .rows_apart import Gradients, RowsBackward
from .vanished import EVERY, clear_vanished, smallest_kept


def diagonal(keep: Tensor, new: Tensor, start: Tensor | None = None) -> Tensor:
    """The states of a recurrence that is elementwise and linear in its state.

    ``h_t = keep_t * h_(t-1) + new_t``, with ``*`` elementwise. It is differentiable, and a backward
    pass of many rows at once (`is_grads_batched`) costs one operation a step.

    Args:
        keep: What the state before is multiplied by, (B, T, ...), or a shape that is expanded to
            that of `new`.
        new: What is added, (B, T, ...).
        start: The state before the first step, (B, ...); None: zeros.

    Returns:
        The states after each step, (B, T, ...).

    Raises:
        ValueError: If `new` has no time axis, or the shapes do not fit.

    Example:
        >>> diagonal(torch.full((1, 3, 1), 0.5), torch.ones(1, 3, 1)).flatten()
        tensor([1.0000, 1.5000, 1.7500])
    """
    if has_torch_function((keep, new)):
        made: Tensor = handle_torch_function(diagonal, (keep, new), keep, new, start)
        return made
    if new.ndim < 2:
        raise ValueError(f"new must be (B, T, ...); got {tuple(new.shape)}")
    try:
        keep = keep.expand(new.shape)
        start = None if start is None else start.expand(new[:, 0].shape)
    except RuntimeError as error:
        raise ValueError(f"keep and start must fit new, {tuple(new.shape)}: {error}") from None
    if start is not None:
        first = torch.addcmul(new[:, :1], keep[:, :1], start[:, None])
        new = torch.cat([first, new[:, 1:]], dim=1)
    states: Tensor = _Diagonal.apply(keep, new)  # type: ignore[no-untyped-call]
    return states


class _Diagonal(torch.autograd.Function):
    """See `diagonal`; the state before the first step is zero."""

    @staticmethod
    def forward(keep: Tensor, new: Tensor) -> Tensor:
        """Compute the states one after the other."""
        states = torch.empty_like(new, memory_format=torch.contiguous_format)
        states[:, :1] = new[:, :1]
        for t in range(1, new.shape[1]):
            torch.addcmul(new[:, t], keep[:, t], states[:, t - 1], out=states[:, t])
        return states

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        """Keep what the backward pass needs."""
        ctx.save_for_backward(inputs[0], output)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        """See `_gradients`."""
        wanted = ctx.needs_input_grad[0]
        return RowsBackward.apply(_gradients, gradient, *ctx.saved_tensors, wanted)  # type: ignore[no-untyped-call]


def _gradients(gradient: Tensor, keep: Tensor, states: Tensor, of_keep: bool) -> Gradients:
    """The gradients of rows, (N, B, T, ...), at `keep` and `new`.

    g_t = gradient_t + keep_(t+1) * g_(t+1) is that at `new`, and g_t * h_(t-1) that at `keep`.
    What has vanished of g_t is cleared.
    """
    least = smallest_kept(gradient.flatten(1))
    carried = gradient.clone(memory_format=torch.contiguous_format)
    for t in range(keep.shape[1] - 2, -1, -1):
        here = carried[:, :, t].addcmul_(keep[:, t + 1], carried[:, :, t + 1])
        if t % EVERY == 0:
            clear_vanished([here], least)
    if not of_keep:
        return None, carried
    at_keep = torch.zeros_like(carried)
    torch.mul(carried[:, :, 1:], states[:, :-1], out=at_keep[:, :, 1:])
    return at_keep, carried

"""The training loss: a softmax over all classes, or over a sample at a fraction of the cost."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

NOT_COUNTED = -1
"""The target of positions that are not part of the loss."""


def draw_candidates(
    targets: NDArray[np.integer], classes: int, extra: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], int, float]:
    """Choose the classes of a batch's softmax: its own targets, and others drawn uniformly.

    Classes are drawn without replacement.

    Args:
        targets: Class ids; those below zero are ignored.
        classes: The number of classes, V.
        extra: How many classes to draw, K; if there are fewer others, all of them.
        rng: The random generator of the draw.

    Returns:
        The candidates (first the n targets in ascending order, then the drawn classes), n, and the
        correction ``log((V - n) / K)`` to add to the logits of the drawn classes. With it the sum
        of exp(logit) over the candidates is an unbiased estimate of the sum over all classes.
    """
    own = np.unique(targets[targets >= 0]).astype(np.int64)
    is_other = np.ones(classes, dtype=bool)
    is_other[own] = False
    others = np.flatnonzero(is_other)
    drawn = min(extra, len(others))
    if drawn == 0:
        return own, len(own), 0.0
    sample = others[rng.choice(len(others), drawn, replace=False, shuffle=False)]
    correction = math.log(len(others) / drawn)
    return np.concatenate([own, sample]), len(own), correction


def _counted(
    hidden: torch.Tensor, targets: NDArray[np.integer]
) -> tuple[torch.Tensor, NDArray[np.integer]]:
    """The inputs (N, units) of the head at the counted positions, and their targets (N,)."""
    flat = targets.reshape(-1)
    counted = np.flatnonzero(flat >= 0)
    if len(counted) == 0:
        raise ValueError(
            "no position of this batch has a target: expected at least one. Use more words, more "
            "streams or longer steps"
        )
    places = torch.from_numpy(counted).to(hidden.device)
    return hidden.reshape(-1, hidden.shape[-1])[places], flat[counted]


def full_loss(hidden: torch.Tensor, targets: NDArray[np.integer], head: nn.Linear) -> torch.Tensor:
    """The mean cross entropy of the counted positions in nats, over all V classes.

    ``-logit[target] + log(sum exp(logit))``

    Args:
        hidden: (B, T, units) inputs of the head.
        targets: (B, T) class ids, below zero where not counted.
        head: From units to the V classes, on the device of `hidden`.

    Raises:
        ValueError: If no position is counted.
    """
    inputs, wanted = _counted(hidden, targets)
    places = torch.from_numpy(wanted).to(hidden.device)
    loss: torch.Tensor = _FullLoss.apply(inputs, head.weight, head.bias, places)  # type: ignore[no-untyped-call]
    return loss


class _FullLoss(torch.autograd.Function):
    """A linear layer and its cross entropy, computed for some positions at a time.

    The logits of all positions exceed a CPU's cache and, in larger runs, a GPU's memory. So the
    gradient, softmax minus one-hot, is computed together with the loss, and only its products with
    inputs and weights are stored.
    """

    _AT_ONCE = 512

    @staticmethod
    def forward(
        ctx: Any,
        inputs: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor,
        wanted: torch.Tensor,
    ) -> torch.Tensor:
        """The mean loss of inputs (N, units) and classes (N,)."""
        to_inputs, to_weight = torch.empty_like(inputs), torch.zeros_like(weight)
        to_bias, loss = torch.zeros_like(bias), inputs.new_zeros(())
        for start in range(0, len(inputs), _FullLoss._AT_ONCE):
            some = slice(start, start + _FullLoss._AT_ONCE)
            its, classes = inputs[some], wanted[some, None]
            logits = torch.addmm(bias, its, weight.T)
            logits -= logits.amax(1, keepdim=True)
            loss -= logits.gather(1, classes).sum()
            total = logits.exp_().sum(1, keepdim=True)
            loss += total.log().sum()
            gradient = logits.div_(total)
            gradient.scatter_add_(1, classes, gradient.new_full((len(its), 1), -1.0))
            torch.mm(gradient, weight, out=to_inputs[some])
            to_weight.addmm_(gradient.T, its)
            to_bias += gradient.sum(0)
        ctx.save_for_backward(*(part / len(inputs) for part in (to_inputs, to_weight, to_bias)))
        return loss / len(inputs)

    @staticmethod
    def backward(ctx: Any, scale: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """The gradients computed in the forward pass, times that of the loss."""
        return *(part * scale for part in ctx.saved_tensors), None


def sampled_loss(
    hidden: torch.Tensor,
    targets: NDArray[np.integer],
    head: nn.Linear,
    extra: int,
    rng: np.random.Generator,
) -> torch.Tensor:
    """The mean cross entropy of the counted positions in nats, over sampled classes.

    ``-logit[target] + log(sum_own exp(logit) + (V - n)/K * sum_drawn exp(logit))``, where own are
    the n targets of the batch and drawn the K others. With ``extra >= V`` this is the full softmax.

    Args:
        hidden: (B, T, units) inputs of the head.
        targets: (B, T) class ids, below zero where not counted.
        head: From units to the V classes, on the device of `hidden`.
        extra: The number of drawn classes, K.
        rng: The random generator of the draw.

    Raises:
        ValueError: If no position is counted.
    """
    inputs, wanted = _counted(hidden, targets)
    candidates, own, correction = draw_candidates(wanted, head.out_features, extra, rng)
    rows = torch.from_numpy(candidates).to(hidden.device)
    shift = torch.zeros(len(candidates))
    shift[own:] = correction
    places = torch.from_numpy(np.searchsorted(candidates[:own], wanted)).to(hidden.device)
    bias = head.bias[rows] + shift.to(head.bias)
    logits = functional.linear(inputs, head.weight[rows], bias)
    return functional.cross_entropy(logits, places)

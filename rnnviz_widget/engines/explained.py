"""What is explained at an output: a logit, or the difference of two logits (a contrast).

Gradients are linear, so that a difference costs no more than one logit: its gradient begins with
the difference of two rows of the head's weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Explained = int | tuple[int, int]
"""A class k, for its logit y_k; or two classes (a, b), for y_a - y_b."""


@dataclass(frozen=True)
class KeptLogits:
    """The logits of a text, in as little memory as possible.

    Attributes:
        kept: The logits, (S, V), detached; or the input of the linear layer that makes them, (S,
            H).
        weight: That layer's weight, (V, H), in the second case.
        bias: Its bias, (V,), if it has one.
    """

    kept: Tensor
    weight: Tensor | None = None
    bias: Tensor | None = None

    def at(self, rows: Sequence[int]) -> Tensor:
        """The logits of some outputs, (N, V)."""
        some = self.kept[list(rows)]
        if self.weight is None:
            return some
        with torch.no_grad():
            return torch.nn.functional.linear(some, self.weight, self.bias)


def gradient_of(
    output: Tensor,
    read: Tensor,
    begin: Tensor | None = None,
    *,
    keep: bool = True,
    together: bool = False,
) -> Tensor:
    """The gradient of an output with respect to `read`; zeros where no path leads back to it.

    Args:
        output: The output.
        read: A leaf of its graph.
        begin: The gradient at the output; None: the output is one number.
        keep: Whether the graph is used again.
        together: Whether `begin` has several gradients, along a first axis.
    """
    if not output.requires_grad:
        return torch.zeros_like(read)
    (gradient,) = torch.autograd.grad(
        output,
        read,
        begin,
        retain_graph=keep,
        allow_unused=True,
        materialize_grads=True,
        is_grads_batched=together,
    )
    return gradient


def difference(values: Tensor, explained: Explained) -> Tensor:
    """What is explained, (..), of V values or rows, (V, ..): that of a class, or a difference."""
    if isinstance(explained, tuple):
        return values[explained[0]] - values[explained[1]]
    return values[explained]


def head_rows(weight: Tensor, explained: Sequence[Explained]) -> Tensor:
    """The gradients of targets at the input of the linear layer that makes the logits, (N, H).

    These are rows of the layer's weight, or differences of two.

    Args:
        weight: Shape (V, H); no gradient flows back to it.
        explained: The targets, N of them.
    """
    firsts, pairs, seconds = _split(explained)
    found = weight[firsts]
    if pairs:
        found[pairs] -= weight[seconds]
    return found


def summed(
    logits: Tensor, places: Sequence[Sequence[int]], explained: Sequence[Explained]
) -> Tensor:
    """The sum of the targets at N outputs, a scalar.

    Args:
        logits: Shape (S, V), or (B, S, V).
        places: The outputs' indices on each axis but the last, N on each.
        explained: The targets, N of them.
    """
    firsts, pairs, seconds = _split(explained)
    total = logits[(*map(list, places), firsts)].sum()
    if pairs:
        at = [[axis[n] for n in pairs] for axis in places]
        total = total - logits[(*at, seconds)].sum()
    return total


def begin_at(
    gradient: Tensor, places: Sequence[Sequence[int]], explained: Sequence[Explained]
) -> None:
    """Write the gradient of N targets with respect to the logits into zeros.

    Args:
        gradient: Zeros, (.., V).
        places: As for `summed`; no two of them may be the same.
        explained: The targets, N of them.
    """
    firsts, pairs, seconds = _split(explained)
    gradient[(*map(list, places), firsts)] = 1
    if pairs:
        at = [[axis[n] for n in pairs] for axis in places]
        # Subtracted, not set: a class minus itself is 0.
        gradient[(*at, seconds)] -= 1


def _split(explained: Sequence[Explained]) -> tuple[list[int], list[int], list[int]]:
    """The (first) class of each target, which targets are pairs, and the second class of these."""
    firsts = [k[0] if isinstance(k, tuple) else k for k in explained]
    pairs = [n for n, k in enumerate(explained) if isinstance(k, tuple)]
    seconds = [k[1] for k in explained if isinstance(k, tuple)]
    return firsts, pairs, seconds

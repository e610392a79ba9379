"""Which number at an output is explained: a logit, or the difference of two.

A gradient is linear in what it is taken of, so that a difference costs no more than a logit: it
begins with the difference of two rows of the head's weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Explained = int | tuple[int, int]
"""A class k, for its logit y_k; or two, (a, b), for y_a - y_b."""


@dataclass(frozen=True)
class KeptLogits:
    """The logits of a text, kept in as little room as may be.

    Attributes:
        kept: The logits, (S, V), or what a linear layer made them of, (S, H), detached.
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
    """The gradient of an output at what was read; 0 where no path leads from the one to the other.

    Args:
        output: The output.
        read: A leaf of its graph.
        begin: The gradient at the output; None: it is one number.
        keep: Whether the graph is used again.
        together: Whether there are several gradients at the output, along a first axis.
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
    """Of V values, or rows of them, (V, ..), that of a class, or one less the other: (..)."""
    if isinstance(explained, tuple):
        return values[explained[0]] - values[explained[1]]
    return values[explained]


def head_rows(weight: Tensor, explained: Sequence[Explained]) -> Tensor:
    """Where the gradients of logits of a linear layer begin: its rows or their differences, (N, H).

    Args:
        weight: Shape (V, H); no gradient flows back to it.
        explained: N of them.
    """
    firsts, pairs, seconds = _split(explained)
    found = weight[firsts]
    if pairs:
        found[pairs] -= weight[seconds]
    return found


def summed(
    logits: Tensor, places: Sequence[Sequence[int]], explained: Sequence[Explained]
) -> Tensor:
    """The sum of what is explained at N outputs, a scalar.

    Args:
        logits: Shape (S, V), or (B, S, V).
        places: The outputs' indices on each axis but the last, N on each.
        explained: N of them.
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
    """Write into zeros the gradient of what is explained at N outputs with respect to the logits.

    Args:
        gradient: Zeros, (.., V).
        places: As for `summed`; no two of them are the same.
        explained: N of them.
    """
    firsts, pairs, seconds = _split(explained)
    gradient[(*map(list, places), firsts)] = 1
    if pairs:
        at = [[axis[n] for n in pairs] for axis in places]
        # One class less itself is nothing.
        gradient[(*at, seconds)] -= 1


def _split(explained: Sequence[Explained]) -> tuple[list[int], list[int], list[int]]:
    """The classes, or the first of each pair; which are pairs; the second of these."""
    firsts = [k[0] if isinstance(k, tuple) else k for k in explained]
    pairs = [n for n, k in enumerate(explained) if isinstance(k, tuple)]
    seconds = [k[1] for k in explained if isinstance(k, tuple)]
    return firsts, pairs, seconds

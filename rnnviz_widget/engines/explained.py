r"""Which number at an output is explained, and where its gradient begins.

Index conventions: j, k class of V, y_k its logit at one output. What can be explained there is

    k                                    y_k
    (a, b)                               y_a - y_b
    Normalized(k, Normalizer.MEAN)       y_k - (mean over j of y_j)
    Normalized(k, Normalizer.SOFTMAX)    y_k - log(sum over j of exp y_j): log softmax(y)_k
    Normalized(k, Normalizer.SIGMOID)    y_k - log(1 + exp y_k): log sigmoid(y_k)

A term that is added to all logits moves the first of them. It moves none of the next three, and no
softmax. A class that is masked (its logit is -inf) does not count in a mean, and of its own logit
nothing normalized moves.

The gradient with respect to the logits is 1 at k, less: 1 at b; 1 / V everywhere; softmax(y);
sigmoid(y_k) at k. So each costs one gradient, as a logit does: only where it begins is another.
Where a linear layer made the logits it begins at what that layer read, with the same combination of
the rows of its weight.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from .sweep.products import linear

# Softmaxes are worked out for as many outputs at a time as have so many numbers.
_AT_ONCE = 2**24
# So much of the largest probability is nothing beside it, in double precision too.
_NOTHING = 1e-20


class Normalizer(enum.Enum):
    """What is taken off a logit; see above."""

    MEAN = "mean"
    SOFTMAX = "softmax"
    SIGMOID = "sigmoid"


@dataclass(frozen=True)
class Normalized:
    """A logit less what normalizes it; see above.

    Attributes:
        k: The class.
        by: What is taken off its logit.
    """

    k: int
    by: Normalizer


ClassOrPair = int | tuple[int, int]
"""A class, or two to compare."""

Explained = ClassOrPair | Normalized
"""A number at an output; see above."""


def classes_of(explained: Explained) -> tuple[int, int | None]:
    """The class that is explained, and the one that it is compared with, if any."""
    if isinstance(explained, tuple):
        return explained
    return (explained.k if isinstance(explained, Normalized) else explained), None


def is_linear(explained: Explained) -> bool:
    """Whether it is linear in the logits, up to a constant."""
    return not isinstance(explained, Normalized) or explained.by is Normalizer.MEAN


@dataclass(frozen=True, eq=False)
class Readout:
    """How logits are made of what gradients begin at: by a linear layer, or they are that.

    Attributes:
        weight: The layer's weight, (V, H), detached; None: gradients begin at the logits.
        bias: Its bias, (V,), if it has one.
    """

    weight: Tensor | None = None
    bias: Tensor | None = None

    def logits(self, read: Tensor) -> Tensor:
        """The logits (.., V) of what is read, (.., H), or that itself."""
        return read if self.weight is None else linear(read, self.weight, self.bias)

    def numbers(self, read: Tensor, explained: Sequence[Explained]) -> Tensor:
        """What is explained at N outputs in each of B texts, each up to a constant: (B, N).

        Args:
            read: What gradients begin at, (B, N, ..); gradients flow to it.
            explained: N of them.
        """
        if self.weight is None:
            return numbers_of(read, explained)
        found = (read * self._rows(self.weight, explained)).sum(dim=-1)
        for n in [*_those(explained, Normalizer.SOFTMAX), *_those(explained, Normalizer.SIGMOID)]:
            one = slice(n, n + 1)
            found[:, one] = numbers_of(self.logits(read[:, one]), explained[one])
        return found

    def gradients(self, read: Tensor, explained: Sequence[Explained]) -> Tensor:
        """Where gradients begin: those of N numbers with respect to what is read, (N, ..).

        Args:
            read: What is read at each of the N outputs, (N, ..).
            explained: N of them.
        """
        read = read.detach()
        if self.weight is None:
            return _at_logits(read, explained)
        found = self._rows(self.weight, explained)
        some = _those(explained, Normalizer.SOFTMAX)
        size = max(1, _AT_ONCE // len(self.weight))
        for first in range(0, len(some), size):
            part = some[first : first + size]
            others = _others(self.logits(read[part]), [explained[n] for n in part])
            found[part] = others.sum(dim=-1, keepdim=True) * found[part] - others @ self.weight
        if some := _those(explained, Normalizer.SIGMOID):
            logits = torch.stack([self.logits(read[n])[classes_of(explained[n])[0]] for n in some])
            found[some] *= (-logits).sigmoid()[:, None]
        if self.bias is not None:
            _hold_masked(found, self.bias.expand(len(read), -1), explained)
        return found

    def _rows(self, weight: Tensor, explained: Sequence[Explained]) -> Tensor:
        """The rows of a weight (V, H), or what is linear of those of normalized ones, (N, H)."""
        firsts, pairs, seconds = _split(explained)
        found = weight[firsts]
        if pairs:
            found[pairs] -= weight[seconds]
        if some := _those(explained, Normalizer.MEAN):
            found[some] -= self._mean_row
        return found

    @cached_property
    def _mean_row(self) -> Tensor:
        """The mean of the rows of all classes that are not masked, (H,)."""
        assert self.weight is not None
        kept = self.weight if self.bias is None else self.weight[~self.bias.isneginf()]
        return kept.mean(dim=0)


@dataclass(frozen=True)
class KeptLogits:
    """The logits of a text, in as little memory as possible.

    Attributes:
        kept: The logits, (S, V), or what a linear layer made them of, (S, H), detached.
        readout: How they are made of it.
    """

    kept: Tensor
    readout: Readout = Readout()

    def at(self, rows: Sequence[int]) -> Tensor:
        """The logits of some outputs, (N, V)."""
        with torch.no_grad():
            return self.readout.logits(self.kept[list(rows)])

    def gradients(self, rows: Sequence[int], explained: Sequence[Explained]) -> Tensor:
        """The gradients of what is explained at some outputs, where they begin, (N, ..)."""
        return self.readout.gradients(self.kept[list(rows)], explained)


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


def numbers_of(logits: Tensor, explained: Sequence[Explained]) -> Tensor:
    """What is explained at N outputs, by its definition: (.., N).

    Args:
        logits: Shape (.., N, V); gradients flow to them.
        explained: N of them.
    """
    firsts, pairs, seconds = _split(explained)
    found = logits[..., range(len(firsts)), firsts]
    less = torch.zeros_like(found)
    if pairs:
        less[..., pairs] = logits[..., pairs, seconds]
    if some := _those(explained, Normalizer.MEAN):
        each = logits[..., some, :]
        counts = ~each.isneginf()
        less[..., some] = torch.where(counts, each, 0).sum(dim=-1) / counts.sum(dim=-1)
    if some := _those(explained, Normalizer.SOFTMAX):
        less[..., some] = logits[..., some, :].logsumexp(dim=-1)
    if some := _those(explained, Normalizer.SIGMOID):
        # More exact than a difference where the probability is nearly 1.
        found[..., some] = logsigmoid(found[..., some])
    return found - less


def _at_logits(logits: Tensor, explained: Sequence[Explained]) -> Tensor:
    """The gradients of N numbers with respect to the logits of their outputs, (N, V) each."""
    firsts, pairs, seconds = _split(explained)
    found = torch.zeros_like(logits)
    found[range(len(firsts)), firsts] = 1
    # One class less itself is nothing.
    found[pairs, seconds] -= 1
    if some := _those(explained, Normalizer.MEAN):
        counts = (~logits[some].isneginf()).to(logits)
        found[some] -= counts / counts.sum(dim=-1, keepdim=True)
    if some := _those(explained, Normalizer.SOFTMAX):
        others = _others(logits[some], [explained[n] for n in some])
        found[some] = others.sum(dim=-1, keepdim=True) * found[some] - others
    if some := _those(explained, Normalizer.SIGMOID):
        found[some] *= (-logits[some]).sigmoid()
    _hold_masked(found, logits, explained)
    return found


def _hold_masked(gradients: Tensor, logits: Tensor, explained: Sequence[Explained]) -> None:
    """Make gradients (N, ..) of normalized logits (N, V) zero where these are masked."""
    some = [n for n, each in enumerate(explained) if isinstance(each, Normalized)]
    masked = logits[some, [classes_of(explained[n])[0] for n in some]].isneginf()
    gradients[some] *= ~masked[:, None]


def _others(logits: Tensor, explained: Sequence[Explained]) -> Tensor:
    """The softmax of N logits (N, V), each without what is explained, in their own precision.

    1 less a probability of nearly 1 would be rounding: the sum of the others is exact. What is
    nothing beside the largest of them is left out, since numbers too small for their precision
    take a processor a hundred times as long.
    """
    single = torch.float32 if logits.dtype in (torch.float16, torch.bfloat16) else None
    found = logits.softmax(dim=-1, dtype=single)
    found[range(len(found)), [classes_of(each)[0] for each in explained]] = 0
    least = _NOTHING * found.amax(dim=-1, keepdim=True)
    return torch.where(found > least, found, 0).to(logits)


def _those(explained: Sequence[Explained], by: Normalizer) -> list[int]:
    """Which of them are normalized so."""
    return [n for n, each in enumerate(explained) if isinstance(each, Normalized) and each.by is by]


def _split(explained: Sequence[Explained]) -> tuple[list[int], list[int], list[int]]:
    """The classes, or the first of each pair; which are pairs; the second of these."""
    each = [classes_of(one) for one in explained]
    firsts = [first for first, _ in each]
    pairs = [n for n, (_, second) in enumerate(each) if second is not None]
    seconds = [second for _, second in each if second is not None]
    return firsts, pairs, seconds

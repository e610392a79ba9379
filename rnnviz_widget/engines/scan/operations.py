"""Backward passes of many rows at once through the operations that layers are made of.

Gradients are (F, steps, rows). Rows are in the order of their outputs; those of outputs before a
step have no gradient there, and are left out.
"""

from __future__ import annotations

import abc
import itertools
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rnnviz_widget.engines.sweep.products import product

from .gradient_sums import At
from .links import Value

STEPS = 16
"""So many steps are taken together; spans begin at multiples."""


class Span(NamedTuple):
    """Some steps, and the rows that have a gradient there.

    Attributes:
        steps: Which steps.
        rows: Which rows.
        begins: For each of the steps, and the one after them, the first row whose output is there
            or later, counted from the span's first row. So the rows of outputs at the span's step k
            are those from ``begins[k]`` to before ``begins[k + 1]``.
    """

    steps: slice
    rows: slice
    begins: Sequence[int]

    @property
    def has_own(self) -> bool:
        """Whether any row's own output is at one of the steps."""
        return self.begins[0] < self.begins[-1]

    @property
    def shape(self) -> tuple[int, int]:
        """The number of steps, and that of rows."""
        return self.steps.stop - self.steps.start, self.rows.stop - self.rows.start


class Operation:
    """What a module does with values.

    Attributes:
        reads: The values that it reads.
        makes: The value that it makes.
    """

    def __init__(self, reads: Sequence[Value], makes: Value) -> None:
        self.reads, self.makes = reads, makes

    @property
    def values(self) -> Sequence[Value]:
        """What it reads and makes."""
        return *self.reads, self.makes


class LocalOperation(Operation, abc.ABC):
    """An operation whose output at a step is made of its input at that step."""

    @abc.abstractmethod
    def back(self, at: At, gradient: Tensor) -> Tensor:
        """The gradient at what is read, given that at what is made, (F, steps, rows)."""


class Product(LocalOperation):
    """``x @ weight.T``, with a weight (made, read).

    Attributes:
        transposed: The weight's transpose, contiguous.
    """

    def __init__(self, read: Value, made: Value, weight: Tensor) -> None:
        super().__init__([read], made)
        if weight.shape != (made.width, read.width):
            raise ValueError("a linear layer reads parts of a vector")
        self.transposed = weight.detach().T.contiguous()

    def back(self, at: At, gradient: Tensor) -> Tensor:
        """See `LocalOperation.back`."""
        del at
        found = product(self.transposed, gradient.flatten(1).T)
        return found.view(-1, *gradient.shape[1:])


class Norm(LocalOperation):
    """``(x - mean) / sqrt(variance + eps) * weight``, or without the mean (RMSNorm).

    With n = (x - mean) / deviation and g the gradient times weight / deviation, that at x is
    g - mean(g) - n mean(g n), or g - n mean(g n).
    """

    def __init__(
        self, read: Value, made: Value, weight: Tensor | None, eps: float, *, centred: bool
    ) -> None:
        super().__init__([read], made)
        x = read.steps.read(read.tensor.detach())
        if weight is not None and weight.shape != (made.width,):
            raise ValueError("a norm reads parts of a vector")
        if centred:
            x = x - x.mean(1, keepdim=True)
        inverse = (x.square().mean(1, keepdim=True) + eps).rsqrt()
        normal = x * inverse
        scale = inverse if weight is None else inverse * weight.detach()
        self._scale = scale.expand_as(x).T.contiguous()
        self._normal, self._centred = normal.T.contiguous(), centred

    def back(self, at: At, gradient: Tensor) -> Tensor:
        """See `LocalOperation.back`."""
        scaled = gradient * self._scale[:, at, None]
        normal = self._normal[:, at]
        along = torch.bmm(normal.T[:, None], scaled.transpose(0, 1))[:, 0] / len(scaled)
        if self._centred:
            scaled -= scaled.mean(0)
        return scaled.addcmul_(normal[..., None], along, value=-1)


class TimeOperation(Operation, abc.ABC):
    """An operation whose output at a step is made of its inputs up to that step.

    Spans come with their steps from the last to the first. `begin` comes before the first.

    Attributes:
        carried: How many numbers of each row are carried from a span to the one before.
    """

    carried: int

    def begin(self, rows: int, own: Tensor | None, least: float) -> None:
        """Begin with many rows.

        Args:
            rows: How many.
            own: Each row's gradient at what is made at the step of its own output, (F, rows).
            least: The magnitude below which carried gradients are set to zero; see
                `smallest_kept`.
        """
        self._own, self._least = own, least
        self._begin(rows)

    @abc.abstractmethod
    def _begin(self, rows: int) -> None:
        """Forget what other rows have left."""

    def prepare(self, steps: slice, rows: int) -> None:
        """Compute what all rows need of some steps; their spans come next.

        Args:
            steps: Which steps.
            rows: How many rows have a gradient there.
        """

    @abc.abstractmethod
    def back(self, span: Span, gradient: Tensor | None) -> Sequence[Tensor | None]:
        """The gradients at what is read, given that at what is made.

        Args:
            span: Which steps and rows.
            gradient: (F, steps, rows); None: only `own`.

        Returns:
            One for each of `reads`; None: nothing goes there.
        """

    def _gradient(self, span: Span, gradient: Tensor | None, like: Tensor) -> Tensor:
        """The gradient at what is made, to be written to."""
        if gradient is None:
            gradient = like.new_zeros(self.makes.width, *span.shape)
        elif self._own is not None and span.has_own:
            gradient = gradient.clone()
        if self._own is not None:
            add_own(gradient, span, self._own)
        return gradient


def add_own(gradient: Tensor, span: Span, own: Tensor) -> None:
    """Add to a gradient what each row has at the step of its own output, (F, rows)."""
    for step, (first, last) in enumerate(itertools.pairwise(span.begins)):
        if first < last:
            gradient[:, step, first:last] += own[:, span.rows][:, first:last]


class Convolution(TimeOperation):
    """A convolution of each channel with K - 1 steps before: y_t = sum of w_j x_(t - K + 1 + j)."""

    def __init__(self, read: Value, made: Value, weight: Tensor) -> None:
        super().__init__([read], made)
        if weight.shape[:2] != (made.width, 1):
            raise ValueError("a convolution mixes channels")
        self._weight = weight.detach()
        self.carried = made.width * (weight.shape[-1] - 1)

    def _begin(self, rows: int) -> None:
        width, _, size = self._weight.shape
        self._later = self._weight.new_zeros(width, size - 1, rows)

    def back(self, span: Span, gradient: Tensor | None) -> list[Tensor]:
        """See `TimeOperation.back`."""
        steps, last = span.shape[0], self._weight.shape[-1] - 1
        here = self._gradient(span, gradient, self._weight)
        every = torch.cat([here, self._later[..., span.rows]], 1)
        found = every[:, last : last + steps] * self._weight[..., :1]
        for place in range(1, last + 1):
            some = every[:, last - place : last - place + steps]
            found.addcmul_(some, self._weight[..., place : place + 1])
        self._later[..., span.rows] = every[:, :last]
        return [found]

"""Backward passes of many rows at once through the operations that layers are made of.

Gradients are (F, steps, rows). Rows are in the order of their outputs; those of outputs before a
step have no gradient there, and are left out.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rnnviz_widget.engines.sweep.products import product

from .gradient_sums import At
from .links import Value

STEPS = 16
"""So many steps are taken together; spans begin at multiples."""


class Entering(NamedTuple):
    """Rows that begin at a step.

    Attributes:
        step: Which step, counted from the span's first.
        first, last: Which rows, counted from the span's first.
    """

    step: int
    first: int
    last: int


class Span(NamedTuple):
    """Some steps, and the rows that have a gradient there.

    Attributes:
        steps: Which steps.
        rows: Which rows.
        entering: Those that begin here.
    """

    steps: slice
    rows: slice
    entering: Sequence[Entering]

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
    """``x @ weight.T``, with a weight (made, read)."""

    def __init__(self, read: Value, made: Value, weight: Tensor) -> None:
        super().__init__([read], made)
        if weight.shape != (made.width, read.width):
            raise ValueError("a linear layer reads parts of a vector")
        self._transposed = weight.detach().T.contiguous()

    def back(self, at: At, gradient: Tensor) -> Tensor:
        """See `LocalOperation.back`."""
        del at
        found = product(self._transposed, gradient.flatten(1).T)
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

    def begin(self, rows: int, own: Tensor | None) -> None:
        """Begin with many rows.

        Args:
            rows: How many.
            own: Each row's gradient at what is made at the step of its own output, (F, rows).
        """
        self._own = own
        self._begin(rows)

    @abc.abstractmethod
    def _begin(self, rows: int) -> None:
        """Forget what other rows have left."""

    def prepare(self, steps: slice) -> None:
        """Compute what all rows need of some steps; their spans come next."""

    @abc.abstractmethod
    def back(self, span: Span, gradient: Tensor | None) -> list[Tensor]:
        """The gradients at what is read, given that at what is made; None: only `own`."""

    def _gradient(self, span: Span, gradient: Tensor | None, like: Tensor) -> Tensor:
        """The gradient at what is made, to be written to."""
        if gradient is None:
            gradient = like.new_zeros(self.makes.width, *span.shape)
        elif self._own is not None and span.entering:
            gradient = gradient.clone()
        if self._own is not None:
            self.enter(gradient, span, self._own)
        return gradient

    @staticmethod
    def enter(gradient: Tensor, span: Span, own: Tensor) -> None:
        """Add to a gradient what rows have at the step of their own output, (F, rows)."""
        for step, first, last in span.entering:
            gradient[:, step, first:last] += own[:, span.rows][:, first:last]


class ElementwiseScan(TimeOperation):
    """``h_t = keep_t * h_(t-1) + new_t``; see `recurrences.diagonal`.

    It reads one value, `new` and what `keep` is made of: the gradient at keep is that at new times
    the state before.
    """

    def __init__(self, keep: Value, new: Value, made: Value, start: Tensor | None = None) -> None:
        super().__init__([new], made)
        numbers, states = (each.steps.read(each.tensor.detach()) for each in (keep, made))
        first = torch.zeros_like(states[:1])
        if start is not None:
            first = start.detach().expand(made.tensor[:, 0].shape).reshape(1, -1)
        before = torch.cat([first, states[:-1]]).T.contiguous()
        new.links = [
            *new.links,
            *(
                link._replace(pieces=[piece.times(before) for piece in link.pieces])
                for link in keep.links
            ),
        ]
        self.carried = made.width
        self._keep = torch.cat([numbers, torch.zeros_like(numbers[:1])]).T.contiguous()

    def _begin(self, rows: int) -> None:
        self._carried = self._keep.new_zeros(len(self._keep), rows)

    def back(self, span: Span, gradient: Tensor | None) -> list[Tensor]:
        """See `TimeOperation.back`."""
        carried = self._carried[:, span.rows]
        found = carried.new_empty(len(carried), *span.shape)
        starts = {each.step: each for each in span.entering}
        for step in reversed(range(found.shape[1])):
            keep = self._keep[:, span.steps.start + step + 1, None]
            here = found[:, step]
            if gradient is None:
                torch.mul(carried, keep, out=here)
            else:
                torch.addcmul(gradient[:, step], carried, keep, out=here)
            if self._own is not None and step in starts:
                _, first, last = starts[step]
                here[:, first:last] += self._own[:, span.rows][:, first:last]
            carried = here
        self._carried[:, span.rows] = carried
        return [found]


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

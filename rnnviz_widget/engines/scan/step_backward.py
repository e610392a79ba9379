"""One backward pass of all rows through the operations of a tape, some steps at a time."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rnnviz_widget.recurrences.vanished import smallest_kept

from .gradient_sums import GradientSums
from .operations import STEPS, LocalOperation, Span, TimeOperation, add_own
from .tape import Tape

_ROWS = 256
# So many rows are taken together: what they have at some steps then fits into a processor's cache.


class GradientBlock(NamedTuple):
    """The gradients of some rows at what the module read.

    Attributes:
        steps: At which steps.
        rows: Which rows.
        gradient: (D, steps, rows).
    """

    steps: slice
    rows: slice
    gradient: Tensor


class StepBackward:
    """The gradients of many rows with respect to the embedded tokens.

    Above the uppermost scan a row has a gradient at its own output's step only. So all rows first
    go through these operations there. Then the steps are taken from the last to the first, all
    operations one after the other; a scan leaves its gradients to the steps before. At each step
    only rows of that output or later ones are there.

    Args:
        tape: The operations.
        outputs: The output of each row, in ascending order.
        begin: Each row's gradient at what the outputs are made of, (rows, H).
    """

    def __init__(self, tape: Tape, outputs: Sequence[int], begin: Tensor) -> None:
        self._tape, self._outputs = tape, torch.tensor(outputs)
        # Copies, since others may go through the same operations meanwhile.
        self._operations = [copy.copy(each) for each in tape.operations]
        self._own = self._at_own_steps(begin)

    def _at_own_steps(self, begin: Tensor) -> Tensor | None:
        """The gradients at the embedded tokens that don't pass any scan, (D, rows)."""
        at, least = self._outputs.to(begin.device), smallest_kept(begin)
        sums = GradientSums(at)
        for link in self._tape.read.links:
            sums.add(link, begin.T[..., None].contiguous())
        for operation in reversed(self._operations):
            gradient = sums.take(operation.makes)
            if isinstance(operation, TimeOperation):
                own = None if gradient is None else gradient[..., 0]
                operation.begin(len(at), own, least)
            elif isinstance(operation, LocalOperation):
                found = None if gradient is None else operation.back(at, gradient)
                _pass_on(sums, operation, found)
        own = sums.take(self._tape.embedded)
        return None if own is None else own[..., 0]

    def __iter__(self) -> Iterator[GradientBlock]:
        last, count = int(self._outputs[-1]) + 1, len(self._outputs)
        for first in reversed(range(0, last, STEPS)):
            steps = slice(first, min(first + STEPS, last))
            begun = int(torch.searchsorted(self._outputs, first))
            for operation in self._operations:
                if isinstance(operation, TimeOperation):
                    operation.prepare(steps, count - begun)
            for row in range(begun, count, _ROWS):
                rows = slice(row, min(row + _ROWS, count))
                yield GradientBlock(steps, rows, self._back(self._span(steps, rows)))

    def _span(self, steps: slice, rows: slice) -> Span:
        each = torch.arange(steps.start, steps.stop + 1)
        return Span(steps, rows, torch.searchsorted(self._outputs[rows], each).tolist())

    def _back(self, span: Span) -> Tensor:
        sums = GradientSums(span.steps)
        for operation in reversed(self._operations):
            gradient = sums.take(operation.makes)
            if isinstance(operation, TimeOperation):
                every = operation.back(span, gradient)
                for read, each in zip(operation.reads, every, strict=True):
                    if each is not None:
                        for link in read.links:
                            sums.add(link, each)
            elif isinstance(operation, LocalOperation):
                found = None if gradient is None else operation.back(span.steps, gradient)
                _pass_on(sums, operation, found)
        embedded = self._tape.embedded
        total = sums.take(embedded)
        if total is None:
            total = embedded.tensor.new_zeros(embedded.width, *span.shape)
        if self._own is not None and span.has_own:
            total = total.clone()
            add_own(total, span, self._own)
        return total


def _pass_on(sums: GradientSums, operation: LocalOperation, found: Tensor | None) -> None:
    """Let the gradient at what an operation reads go on, with what sums of it have left there."""
    (read,) = operation.reads
    more = sums.take(read)
    if more is not None:
        found = more if found is None else found.add_(more)
    if found is not None:
        for link in read.links:
            sums.add(link, found)

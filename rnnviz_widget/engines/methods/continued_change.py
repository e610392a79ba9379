"""What changes at each output where an input is another: recurrent layers read on from there.

Index conventions: t input, s output, v what stands in the place of t, w_v its weight.

    C[s, t] = sum over v of w_v (y_s - y_s with v in the place of t)

Of a linear head's logits, and what is linear of them, only the mean of the top layer's states is
needed: y_s - mean y_s(v) is the head's row times sum over v of w_v (h_s - h_s(v)). These means are
kept: they serve every output, and whatever is explained there. They cost one step of the layers for
each v, t and s >= t.

Quick exchange merges the texts of t after some steps: they are read on as one, from the mean of
their states. That is exact as far as the layers are linear in how far the states are apart by then;
how far it is off is seen at one input of 32, which is read on both ways.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from rnnviz_widget.engines.engine import Accuracy, RowBlock, RowQuery
from rnnviz_widget.engines.explained import Explained, is_linear
from rnnviz_widget.engines.sweep.changed_inputs import (
    Changed,
    ChangedInputs,
    Merging,
    ReadStack,
)

from .replacements import Replacements, accuracy_of

# So many texts are read on side by side, about: fewer would not fill a processor, more its caches.
_TEXTS = 448
_FEWEST, _MOST = 8, 64
# So many inputs at a time where texts are merged.
_MERGED = 32
# Where texts are merged, one input of so many is read on both ways.
_WITNESSES = 32
# For so many seconds a row that is hovered holds up another hover.
_HOVER = 0.05
# How many numbers of mean states are kept at most.
_KEPT = 2**26


class ContinuedChange:
    """Rows from texts that are read on from the input that is changed.

    Inputs come in stretches, those nearest to the output first.

    Args:
        stack: What has read the text.
        replacements: What stands in the place of each input.
        name: The method's.
    """

    def __init__(self, stack: ReadStack, replacements: Replacements, name: str) -> None:
        self.name = name
        self._stack, self._replacements = stack, replacements
        self.reason = f"{replacements.words} in the place of each input, read on from there"
        merges = replacements.merge_after is not None
        self._size = _MERGED if merges else max(_FEWEST, min(_MOST, _TEXTS // replacements.each))
        self._means: dict[int, MeanChange] = {}

    def blocks(self, query: RowQuery) -> Iterator[RowBlock]:
        """See `RowMethod.blocks`."""
        rows, last = list(query.rows), max(query.rows)
        tokens, size = len(self._stack.embedded), self._size
        scores = self._stack.top.new_zeros(len(rows), tokens)
        off = torch.zeros_like(scores) if self._replacements.inexact else None
        stretches = query.in_stretches and len(rows) == 1
        firsts = range(last // size * size, -1, -size)
        work, done = sum(last + 1 - first for first in firsts), 0
        patience = min(query.patience, _HOVER) if stretches else query.patience
        late = time.monotonic() + patience
        for first in firsts:
            some = slice(first, min(first + size, tokens))
            changes = self._changes(first, rows, query.targets)
            for _ in changes.run(last):
                if time.monotonic() > late:
                    yield RowBlock(share=done / work)
                    late = time.monotonic() + patience
            with torch.no_grad():
                scores[:, some] = changes.scores(rows, query.targets)
                if off is not None:
                    off[:, some] = changes.errors(rows, query.targets)
            done += last + 1 - first
            if stretches:
                accuracy = Accuracy() if first else accuracy_of(scores, off)
                yield RowBlock([0], scores[:, some].clone(), first, accuracy=accuracy)
        if not stretches:
            yield RowBlock(range(len(rows)), scores, accuracy=accuracy_of(scores, off))

    def _changes(
        self, first: int, rows: Sequence[int], targets: Sequence[Explained]
    ) -> MeanChange | ChangedNumbers:
        """What changes with each input of a stretch."""
        stack, replacements = self._stack, self._replacements
        of = (stack, replacements, first, min(first + self._size, len(stack.embedded)))
        if replacements.variances is not None or not all(map(is_linear, targets)):
            return ChangedNumbers(*of, explained=list(zip(rows, targets, strict=True)))
        if first in self._means:
            return self._means[first]
        kept = sum(each.means.numel() for each in self._means.values())
        every = range(first, len(stack.embedded))
        if kept + self._size * len(every) * stack.top.shape[1] > _KEPT:
            return MeanChange(*of, outputs=sorted({row for row in rows if row >= first}))
        self._means[first] = found = MeanChange(*of, outputs=every)
        return found


class MeanChange:
    """By how much the top layer's states change on average where an input of a stretch is another.

    Args:
        stack: What has read the text.
        replacements: What stands in the place of each input.
        first: The first input of the stretch.
        last: The first one after it.
        outputs: Where that is noted, O of them in rising order.

    Attributes:
        means: Shape (K, O, H): of each input, at each of these outputs.
    """

    def __init__(
        self,
        stack: ReadStack,
        replacements: Replacements,
        first: int,
        last: int,
        *,
        outputs: Sequence[int],
    ) -> None:
        self._stack, self._first = stack, first
        self._weights = replacements.weights[first:last]
        after, merging = replacements.merge_after, None
        if after is not None:
            merging = Merging(after, self._weights, _WITNESSES)
        self._texts = ChangedInputs(stack, first, replacements.at(first, last), merging)
        self._columns = {output: column for column, output in enumerate(outputs)}
        units = stack.top.shape[1]
        self.means = stack.top.new_zeros(last - first, len(outputs), units)
        # How far merged texts are off, where both are read on.
        self._off = self.means[::_WITNESSES].clone()

    def run(self, last: int) -> Iterator[None]:
        """Read on up to an output, from where that ended before; a step between two items."""
        for changed in self._texts.steps(last):
            column = self._columns.get(changed.step)
            if column is not None:
                self._note(column, changed)
            yield

    def _note(self, column: int, changed: Changed) -> None:
        own = self._stack.top[changed.step]
        merged = self._weights[changed.merged].sum(dim=1, keepdim=True) * (own - changed.mean)
        self.means[changed.merged, column] = merged
        weights = self._weights[changed.places]
        self.means[changed.places, column] = torch.einsum("kn,knh->kh", weights, own - changed.top)
        for place, mean in zip(changed.merged, merged, strict=True):
            if place % _WITNESSES == 0:
                self._off[place // _WITNESSES, column] = self.means[place, column] - mean

    def scores(self, rows: Sequence[int], targets: Sequence[Explained]) -> Tensor:
        """The scores of N outputs, (N, K)."""
        return self._numbers(self.means, rows, targets)

    def errors(self, rows: Sequence[int], targets: Sequence[Explained]) -> Tensor:
        """How far they are off, as far as is known, (N, K)."""
        found = self.means.new_zeros(len(rows), len(self.means))
        found[:, ::_WITNESSES] = self._numbers(self._off, rows, targets).abs()
        return found

    def _numbers(self, means: Tensor, rows: Sequence[int], targets: Sequence[Explained]) -> Tensor:
        places = [n for n, row in enumerate(rows) if row >= self._first]
        columns, explained = [self._columns[rows[n]] for n in places], [targets[n] for n in places]
        found = means.new_zeros(len(rows), len(means))
        found[places] = self._stack.readout.numbers(means[:, columns], explained).T
        return found


class ChangedNumbers:
    """The same of numbers that are not linear in the states, or of a sample: text by text.

    Args:
        stack, replacements, first, last: See `MeanChange`.
        explained: Outputs, and what is explained there, N of them.
    """

    def __init__(
        self,
        stack: ReadStack,
        replacements: Replacements,
        first: int,
        last: int,
        *,
        explained: Sequence[tuple[int, Explained]],
    ) -> None:
        self._stack, self._replacements, self._first = stack, replacements, first
        self._texts = ChangedInputs(stack, first, replacements.at(first, last))
        self._of = explained
        self._found = stack.top.new_zeros(2, len(explained), last - first)

    def run(self, last: int) -> Iterator[None]:
        """See `MeanChange.run`."""
        for changed in self._texts.steps(last):
            own = self._stack.top[changed.step]
            for n, (row, target) in enumerate(self._of):
                if row == changed.step:
                    with torch.no_grad():
                        self._note(n, changed.top, own, target)
            yield

    def _note(self, n: int, top: Tensor, as_it_is: Tensor, target: Explained) -> None:
        numbers = self._stack.readout.numbers
        whole = numbers(as_it_is[None, None], [target])
        others = numbers(top.flatten(0, 1)[:, None], [target]).view(top.shape[:2])
        changes = torch.where(whole == others, 0, whole - others)
        self._found[0, n, : len(top)] = self._replacements.means(changes, self._first)
        self._found[1, n, : len(top)] = self._replacements.errors(changes, self._first)

    def scores(self, *_: object) -> Tensor:
        """See `MeanChange.scores`."""
        return self._found[0]

    def errors(self, *_: object) -> Tensor:
        """Their standard errors, (N, K)."""
        return self._found[1]

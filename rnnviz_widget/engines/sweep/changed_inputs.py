"""A stack of recurrent layers that reads on after one input of its text was changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from rnnviz_widget.engines.explained import Readout
from rnnviz_widget.engines.rounding import agree

from .cells import RecurrentCell, States

_BEFORE_AND_AFTER = slice(None, -1), slice(1, None)


@dataclass(frozen=True, eq=False)
class ReadStack:
    """A stack that has read a text, and how logits are made of its top layer's h.

    Attributes:
        cells: The layers, the one that reads the embedded tokens first.
        embedded: What it read, (T, D).
        readout: The linear layer above it.
    """

    cells: list[RecurrentCell]
    embedded: Tensor
    readout: Readout

    @property
    def top(self) -> Tensor:
        """The top layer's h after each input, (T, H)."""
        return self.cells[-1].states[0][1:]

    def reads_as_before(self) -> bool:
        """Whether a step forward gives the states that the layers were in when they read."""
        inputs = self.embedded
        for cell in self.cells:
            before, after = (tuple(each[cut] for each in cell.states) for cut in _BEFORE_AND_AFTER)
            made = cell.advance(cell.read(inputs), before)
            if not all(map(agree, made, after)):
                return False
            inputs = after[0]
        return True


class Merging(NamedTuple):
    """When the texts of one input are read on as one, from the mean of their states.

    Attributes:
        after: After so many steps.
        weights: How much each text counts in the mean, (K, n); they need not add up to 1.
        witnesses: Each input whose place is a multiple of this is read on by each of its texts
            all the same.
    """

    after: int
    weights: Tensor
    witnesses: int


class Changed(NamedTuple):
    """The top layer's h after one more input, where an input of the stretch was another.

    Attributes:
        step: The input u that was read.
        places: Of which inputs of the stretch each text is there, k of them.
        top: Its h, (k, n, H).
        merged: Of which inputs there is one text, m of them.
        mean: Its h, (m, H).
    """

    step: int
    places: list[int]
    top: Tensor
    merged: list[int]
    mean: Tensor


class ChangedInputs:
    """Texts in each of which one input of a stretch is another, read on side by side.

    The state before the changed input is that of the text as it is, so that nothing before it is
    read again. At step u all texts are advanced whose changed input is u or before it.

    Args:
        stack: What has read the text.
        first: The first input of the stretch, of K inputs.
        others: What each of them is changed for, n vectors, (K, n, D).
        merging: Whether texts become one after a while; None: none does.
    """

    def __init__(
        self, stack: ReadStack, first: int, others: Tensor, merging: Merging | None = None
    ) -> None:
        self._stack, self._first, self._merging = stack, first, merging
        self.next = first
        lowest = stack.cells[0]
        self._others = [lowest.read(each) for each in others]
        self._each = others.shape[1]
        self._places: list[int] = []
        self._merged: list[int] = []
        # The merged texts' states first.
        self._states: list[States] = [
            tuple(state[:0] for state in cell.states) for cell in stack.cells
        ]

    def steps(self, last: int) -> Iterator[Changed]:
        """Go on to an input, one after the other."""
        while self.next <= last:
            with torch.no_grad():
                top = self._step(self.next)
                count = len(self._merged)
                each = top[count:].view(len(self._places), self._each, top.shape[1])
                changed = Changed(
                    self.next, list(self._places), each, list(self._merged), top[:count]
                )
                self.next += 1
                self._merge()
            yield changed

    def _step(self, u: int) -> Tensor:
        cells, place = self._stack.cells, u - self._first
        at_input = cells[0].read(self._stack.embedded[u : u + 1])
        begins = place < len(self._others)
        if begins:
            at_input = at_input.expand(len(self._states[0][0]), -1)
            at_input = torch.cat([at_input, self._others[place]])
            self._places.append(place)
        for number, cell in enumerate(cells):
            states = self._states[number]
            if begins:
                own = (state[u].expand(self._each, -1) for state in cell.states)
                states = tuple(map(torch.cat, zip(states, own, strict=True)))
            states = cell.advance(at_input, states)
            self._states[number] = states
            if number + 1 < len(cells):
                at_input = cells[number + 1].read(states[0])
        return self._states[-1][0]

    def _merge(self) -> None:
        """Merge the texts of the input that is far enough back now."""
        if self._merging is None:
            return
        place = self.next - self._first - self._merging.after
        if not 0 <= place < len(self._others):
            return
        weights = self._merging.weights[place]
        count, n = len(self._merged), self._each
        begin = count + self._places.index(place) * n
        stays = place % self._merging.witnesses == 0
        end = begin if stays else begin + n

        def merged(state: Tensor) -> Tensor:
            mean = (weights / weights.sum()) @ state[begin : begin + n]
            return torch.cat([state[:count], mean[None], state[count:begin], state[end:]])

        self._states = [tuple(map(merged, states)) for states in self._states]
        self._merged.append(place)
        if not stays:
            self._places.remove(place)

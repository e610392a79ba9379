"""A stack of recurrent layers that reads on after one input of its text was changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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


class ChangedInputs:
    """Texts in each of which one input of a stretch is another, read on side by side.

    The state before the changed input is that of the text as it is, so that nothing before it is
    read again. At step u all texts are advanced whose changed input is u or before it.

    Args:
        stack: What has read the text.
        first: The first input of the stretch, of K inputs.
        others: What each of them is changed for, n vectors, (K, n, D).
    """

    def __init__(self, stack: ReadStack, first: int, others: Tensor) -> None:
        self._stack, self.first = stack, first
        self.next = first
        lowest = stack.cells[0]
        self._others = [lowest.read(each) for each in others]
        self._each = others.shape[1]
        self._states: list[States] = [
            tuple(state[:0] for state in cell.states) for cell in stack.cells
        ]

    def steps(self, last: int) -> Iterator[tuple[int, Tensor]]:
        """Go on to an input, one after the other.

        Yields:
            The input u, and the top layer's h after it: of each text whose changed input is the
            first of the stretch, the second, and so on, (k, n, H).
        """
        while self.next <= last:
            with torch.no_grad():
                top = self._step(self.next)
            self.next += 1
            yield self.next - 1, top

    def _step(self, u: int) -> Tensor:
        cells, place = self._stack.cells, u - self.first
        at_input = cells[0].read(self._stack.embedded[u : u + 1])
        begins = place < len(self._others)
        if begins:
            before = len(self._states[0][0])
            at_input = torch.cat([at_input.expand(before, -1), self._others[place]])
        for number, cell in enumerate(cells):
            states = self._states[number]
            if begins:
                own = (state[u].expand(self._each, -1) for state in cell.states)
                states = tuple(map(torch.cat, zip(states, own, strict=True)))
            states = cell.advance(at_input, states)
            self._states[number] = states
            if number + 1 < len(cells):
                at_input = cells[number + 1].read(states[0])
        top = self._states[-1][0]
        return top.view(-1, self._each, top.shape[1])

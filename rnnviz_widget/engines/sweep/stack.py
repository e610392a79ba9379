"""A stack of recurrent layers that has read a text, run backwards for one row or many."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from rnnviz_widget.recurrences.vanished import EVERY, clear_vanished, smallest_kept

from .cells import Carry, RecurrentCell

# A hovered row is computed in stretches, nearest inputs first: the first, and the longest length.
NEAREST = 16
LONGEST = 128

# One row's gradient is looked through for what has vanished after so many steps.
_CLEARED_AFTER = 16

ROWS_AT_ONCE = 8
"""Rows are carried in multiples of this: oneDNN prepares itself anew for each number of rows."""


class Stack:
    """Recurrent layers, each of which reads the outputs of the one below it."""

    def __init__(self, cells: list[RecurrentCell], length: int) -> None:
        self.cells = cells
        self.length = length

    def walk(self, row: int, at_hidden: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Carry one row's gradient down to the embedded inputs, stretch by stretch.

        Each stretch is done layer by layer, so that a layer's recurrent weights stay in the
        processor's cache and its input weights are used in one product.

        Args:
            row: The output index s.
            at_hidden: The gradient of the target at the top layer's h_s, (H,).

        Yields:
            The first input index of a stretch and the gradient at its embedded inputs, (K, D).
        """
        carries = [cell.start() for cell in self.cells]
        end, reach, least = row + 1, NEAREST, smallest_kept(at_hidden)
        while end > 0:
            first = max(0, end - reach)
            inject = at_hidden.new_zeros(end - first, len(at_hidden))
            if end == row + 1:
                inject[-1] = at_hidden
            for number in range(len(self.cells) - 1, -1, -1):
                cell = self.cells[number]
                gates, carries[number] = _walk(cell, first, inject, carries[number], least)
                inject = gates.flatten(1) @ cell.w_ih.flatten(0, 1)
            yield first, inject
            end, reach = first, min(2 * reach, LONGEST)

    def batch(self, capacity: int, directions: Tensor, least: float) -> StackBatch:
        """Room for the gradients of many rows; see `StackBatch`."""
        return StackBatch(self, capacity, directions, least)


def _walk(
    cell: RecurrentCell, first: int, inject: Tensor, carry: Carry, least: float
) -> tuple[Tensor, Carry]:
    """See `RecurrentCell.walk`; on the way, what has vanished is cleared."""
    parts: list[Tensor] = []
    for end in range(len(inject), 0, -_CLEARED_AFTER):
        start = max(0, end - _CLEARED_AFTER)
        gates, carry = cell.walk(first + start, inject[start:end], carry)
        clear_vanished(carry, least)
        parts.append(gates)
    return torch.cat(parts[::-1]), carry


class StackBatch:
    """The gradients of many rows at the states of all layers, carried backwards.

    Args:
        stack: The layers.
        capacity: How many rows there is room for.
        directions: The directions along which the gradient at the embedded inputs is taken: (D, M),
            or (T, D, M) if each input has its own. They are multiplied into the lowest layer's
            weights.
        least: The magnitude below which gradients are set to zero; see `smallest_kept`.
    """

    def __init__(self, stack: Stack, capacity: int, directions: Tensor, least: float) -> None:
        lowest, *upper = stack.cells
        self.capacity = capacity
        self._of = stack, directions, least
        at_input = [lowest.w_ih @ directions.unsqueeze(-3), *(cell.w_ih for cell in upper)]
        pairs = zip(stack.cells, at_input, strict=True)
        self._layers = [cell.batch(capacity, w_ih, least) for cell, w_ih in pairs]
        self.top = self._layers[-1]

    def larger(self, capacity: int) -> StackBatch:
        """A larger batch of the same kind, all zero."""
        stack, directions, least = self._of
        return type(self)(stack, capacity, directions, least)

    def enter(self, row: int, at_hidden: Tensor) -> None:
        """Put rows into places from `row` on, with gradients at the top layer's h, (K, H)."""
        last = row + at_hidden.shape[0]
        top, *others = [state for layer in reversed(self._layers) for state in layer.states]
        top[row:last].copy_(at_hidden)
        for state in others:
            state[row:last].zero_()

    def step(self, t: int, rows: int) -> Tensor:
        """Carry the first `rows` rows past input t; returns their gradients there, (N, M)."""
        # Places behind the rows in use are carried, too; `enter` clears them.
        some = min(self.capacity, -(-rows // ROWS_AT_ONCE) * ROWS_AT_ONCE)
        at_input = self.top.step(t, some)
        for layer in reversed(self._layers[:-1]):
            layer.states[0][:some].add_(at_input)
            at_input = layer.step(t, some)
        if t % EVERY == 0:
            states = (state[:some] for layer in self._layers for state in layer.states)
            clear_vanished(states, self._of[2])
        return at_input[:rows]

    def take(self, first: int, last: int) -> Tensor:
        """The states of rows `first` to `last - 1`, side by side: (K, all states)."""
        return torch.cat([s[first:last] for layer in self._layers for s in layer.states], dim=1)

    def put(self, first: int, carried: Tensor) -> None:
        """Write back what `take` returned."""
        start = 0
        for layer in self._layers:
            for state in layer.states:
                units = state.shape[1]
                state[first : first + len(carried)] = carried[:, start : start + units]
                start += units

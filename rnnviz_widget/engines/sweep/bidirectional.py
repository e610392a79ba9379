"""Recurrent layers that read a text in both directions, or from right to left, run backwards.

A direction that reads from right to left is the same layer on the reversed text. Two directions
meet between layers: of one output the gradient at what a layer read is that of both together, and
reaches tokens on both sides. So the layers are run one after the other, each through the whole
text, and between two of them the gradients of all rows at all tokens are held.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rnnviz_widget.engines.measures import Measure
from rnnviz_widget.recurrences.vanished import EVERY, clear_vanished, smallest_kept

from .cells import RecurrentCell
from .stack import ROWS_AT_ONCE

# A single row is carried through so many inputs at a time; others may compute in between.
_STRETCH = 128
# How many bytes of gradients are held between layers, unless a single row takes more.
_HELD = 2**29


class Direction(NamedTuple):
    """One direction of a layer.

    Attributes:
        cell: What has read the layer's inputs, in the order of reading.
        backward: Whether that is from right to left.
    """

    cell: RecurrentCell
    backward: bool


Layer = Sequence[Direction]
"""A layer makes what its directions make, side by side."""


class BidirectionalStack:
    """Layers that have read a text, each of which reads what the one below it made.

    Args:
        layers: The layers, the lowest first.
        length: The number of tokens, T.
    """

    def __init__(self, layers: Sequence[Layer], length: int) -> None:
        self.layers, self.length = layers, length

    @property
    def rows_at_once(self) -> int:
        """How many rows may be carried together."""
        inputs = [layer[0].cell.w_ih for layer in self.layers]
        sizes = [weights.shape[-1] for weights in inputs]
        # The gradients at what one layer read, and at what the layer below it read.
        most = max(map(sum, zip(sizes, [0, *sizes[:-1]], strict=True)))
        bytes_each = most * self.length * inputs[0].element_size()
        return max(1, _HELD // bytes_each // ROWS_AT_ONCE * ROWS_AT_ONCE)

    def walk(self, row: int, at_hidden: Tensor) -> Generator[None, None, Tensor]:
        """Carry one row's gradient down to the embedded inputs, in short steps.

        Args:
            row: The output index s.
            at_hidden: The gradient of the target at what the top layer made of s, (H,).

        Returns:
            The gradient at the embedded inputs, (T, D).
        """
        first, gradient = row, at_hidden[None]
        for layer in reversed(self.layers):
            last = first + len(gradient)
            found = gradient.new_zeros(self.length, layer[0].cell.w_ih.shape[-1])
            for (cell, backward), part in zip(layer, _parts(layer, gradient), strict=True):
                if backward:
                    made = yield from _walk(cell, self.length - last, part.flip(0))
                    found[first:] += made.flip(0)
                else:
                    made = yield from _walk(cell, first, part)
                    found[:last] += made
            first = first if _ways(layer) == {True} else 0
            last = self.length if True in _ways(layer) else last
            gradient = found[first:last]
        return found


def _walk(cell: RecurrentCell, first: int, part: Tensor) -> Generator[None, None, Tensor]:
    """Carry a gradient at a cell's h from step `first` on, (K, H), to its inputs.

    Returns:
        The gradient at the inputs up to the last of these steps, (first + K, D).
    """
    end = first + len(part)
    inject = torch.cat([part.new_zeros(first, part.shape[1]), part])
    weights, carry = cell.w_ih.flatten(0, 1), cell.start()
    found = part.new_empty(end, weights.shape[1])
    while end:
        begin = max(0, end - _STRETCH)
        gates, carry = cell.walk(begin, inject[begin:end], carry)
        found[begin:end] = gates.flatten(1) @ weights
        end = begin
        yield
    return found


def _parts(layer: Layer, gradient: Tensor) -> Sequence[Tensor]:
    """The gradient at what each direction of a layer made, of that at all of it, (.., H)."""
    sizes = [direction.cell.states[0].shape[1] for direction in layer]
    return torch.split(gradient, sizes, dim=-1)


def _ways(layer: Layer) -> set[bool]:
    """In which directions a layer reads; True: from right to left."""
    return {direction.backward for direction in layer}


class BidirectionalSweep:
    """Computes the scores of many rows of one text, exactly.

    Iterating does the work, a step of one direction of one layer at each item. At each step all
    rows whose gradient is not zero are carried by one product: as in a `Sweep`, the step's Jacobian
    is the same for all rows.

    Args:
        stack: The layers that have read the text.
        rows: Output indices s, each with what is explained there; at most `stack.rows_at_once`.
        at_hidden: The gradient of each row's target at what the top layer made of s, (N, H).
        measure: How scores are made of gradients.
        directions: The measure's directions for this text.

    Attributes:
        scores: C[s, :] for each of `rows`, in their order, (N, T), after iterating.
        share: How much of the work is done, 0 to 1.
    """

    def __init__(
        self,
        stack: BidirectionalStack,
        rows: Sequence[int],
        at_hidden: Tensor,
        measure: Measure,
        directions: Tensor,
    ) -> None:
        order = sorted(range(len(rows)), key=lambda n: -rows[n])
        self._order = torch.tensor(order, device=at_hidden.device)
        # Latest first: the rows that begin at step t or after it come first.
        self._rows = [rows[n] for n in order]
        self._at_hidden = at_hidden[self._order]
        self._least = smallest_kept(at_hidden)
        self._stack, self._measure, self._directions = stack, measure, directions
        self._capacity = -(-len(rows) // ROWS_AT_ONCE) * ROWS_AT_ONCE
        self._steps = stack.length * sum(map(len, stack.layers))
        self._done = 0
        # Whether gradients have reached tokens before their rows' own, and after them.
        self._before = self._after = False
        self.scores = at_hidden.new_zeros(len(rows), stack.length)

    @property
    def share(self) -> float:
        """How much of the work is done, 0 to 1."""
        return self._done / self._steps

    def __iter__(self) -> Iterator[None]:
        above = self._at_hidden
        for number in range(len(self._stack.layers) - 1, -1, -1):
            above = yield from self._through(number, above)
        self.scores[self._order] = self._measure.reduce(above[:, : len(self._rows)]).T

    def _through(self, number: int, above: Tensor) -> Generator[None, None, Tensor]:
        """Carry all rows through a layer; the gradients at what it read, (T, N, M)."""
        layer = self._stack.layers[number]
        weights = [self._weights(direction, lowest=number == 0) for direction in layer]
        shape = self._stack.length, self._capacity, weights[0].shape[-1]
        below = above.new_empty(shape)
        for place, part in enumerate(_parts(layer, above)):
            yield from self._carry(layer[place], weights[place], part, below, add=place > 0)
        clear_vanished([below], self._least)
        self._before |= False in _ways(layer)
        self._after |= True in _ways(layer)
        return below

    def _weights(self, direction: Direction, *, lowest: bool) -> Tensor:
        """The input weights of a direction, as its steps take them; see `RecurrentCell.batch`."""
        weights, along = direction.cell.w_ih, self._directions
        if not lowest:
            return weights
        if direction.backward and along.ndim == 3:
            along = along.flip(0)
        return weights @ along.unsqueeze(-3)

    def _carry(
        self, direction: Direction, weights: Tensor, above: Tensor, below: Tensor, *, add: bool
    ) -> Iterator[None]:
        """Carry all rows through one direction of a layer.

        Args:
            direction: The direction.
            weights: Its input weights; see `_weights`.
            above: The gradients at what it made: (T, N, H), or at each row's own token, (N, H).
            below: Receives those at what the layer read, (T, N, M).
            add: Whether they are added to what `below` holds.
        """
        (cell, backward), count = direction, len(self._rows)
        batch = cell.batch(self._capacity, weights, self._least)
        # Where no gradient lies further on in the order of reading than its row's own token, a row
        # begins there; in rising order if that is from right to left.
        begins = not (self._before if backward else self._after)
        mirrored = begins and backward
        rows = self._rows[::-1] if mirrored else self._rows
        live = 0 if begins else count
        for step in range(self._stack.length - 1, -1, -1):
            t = self._stack.length - 1 - step if backward else step
            known = live
            while live < count and (rows[live] <= t if backward else rows[live] >= t):
                live += 1
            self._done += 1
            some = -(-live // ROWS_AT_ONCE) * ROWS_AT_ONCE
            if live:
                new = slice(known, live) if above.ndim == 2 else slice(live)
                own = slice(count - new.stop, count - (new.start or 0)) if mirrored else new
                gradient = above[own] if above.ndim == 2 else above[t, own]
                batch.states[0][new] += gradient.flip(0) if mirrored else gradient
                at_input = batch.step(step, some)
                if step % EVERY == 0:
                    clear_vanished((state[:some] for state in batch.states), self._least)
                if mirrored:
                    self._put(below[t], at_input[:live].flip(0), add=add)
                    yield
                    continue
                if add:
                    below[t, :some] += at_input
                else:
                    below[t, :some] = at_input
            if not add:
                below[t, some:] = 0
            yield

    def _put(self, below: Tensor, gradients: Tensor, *, add: bool) -> None:
        """Put gradients of the last rows into the gradients at an input, (N, M)."""
        count = len(self._rows)
        first = count - len(gradients)
        if add:
            below[first:count] += gradients
            return
        below[first:count] = gradients
        below[:first] = 0
        below[count:] = 0

"""Rows of a gate or a state as the target: gradients that begin inside a layer.

Let a be what a layer reads at step s times its input weights, and z' its states before that step.
All that the layer computes at s, its gates and its new states, is a function of a and z' alone. So
the row of a unit y at s begins with dy/da and dy/dz', which one step's autograd gives:

    at the layer's input x_s    W_ih^T dy/da      carried on by the layers below, from step s
    at the states before s      dy/dz'            carried on by the layer itself, from step s - 1

From there on it is carried as any other row; see `sweep`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from .cells import RecurrentCell
from .stack import LONGEST, NEAREST, Stack, StackBatch


class UnitSeeds(NamedTuple):
    """Where the rows of units begin.

    Attributes:
        at_input: The gradient at what the layer reads at s, (N, D).
        at_states: That at its states before s, side by side, (N, all states).
    """

    at_input: Tensor
    at_states: Tensor

    @property
    def joined(self) -> Tensor:
        """Both side by side, as `UnitStack` takes them."""
        return torch.cat(self, dim=1)


def unit_seeds(
    cell: RecurrentCell, inputs: Tensor, kind: str, steps: Tensor, units: Tensor
) -> UnitSeeds:
    """Where the rows of N units begin.

    Args:
        cell: The layer.
        inputs: What it reads, (T, D).
        kind: The kind of the units, as `cell.advance` calls it.
        steps: The step s of each, (N,).
        units: The number of each, (N,).
    """
    found: dict[str, Tensor] = {}

    def keep(name: str, value: Tensor) -> Tensor:
        if name == kind:
            found[name] = value
        return value

    with torch.enable_grad():
        begin = cell.read(inputs[steps]).detach(), *(state[steps] for state in cell.states)
        leaves = [each.clone().requires_grad_() for each in begin]
        cell.advance(leaves[0], tuple(leaves[1:]), keep)
        chosen = found[kind].gather(1, units[:, None]).sum()
        gradients = torch.autograd.grad(chosen, leaves, allow_unused=True, materialize_grads=True)
    at_input = gradients[0] @ cell.w_ih.flatten(0, 1)
    return UnitSeeds(at_input, torch.cat(gradients[1:], dim=1))


class UnitStack(Stack):
    """A stack of recurrent layers in whose highest layer rows begin, as `UnitSeeds.joined`."""

    def walk(self, row: int, at_hidden: Tensor) -> Iterator[tuple[int, Tensor]]:
        """See `Stack.walk`; `at_hidden` is where the row begins."""
        *lower, top = self.cells
        size = top.w_ih.shape[-1]
        carries = [cell.start() for cell in lower]
        sizes = [state.shape[1] for state in top.states]
        own = torch.split(at_hidden[size:], sizes)
        end, reach = row + 1, NEAREST
        while end > 0:
            first = max(0, end - reach)
            # Its own step is behind the highest layer already.
            stop = min(end, row)
            inject = at_hidden.new_zeros(max(0, stop - first), sizes[0])
            if len(inject):
                gates, own = top.walk(first, inject, own)
                inject = gates.flatten(1) @ top.w_ih.flatten(0, 1)
            else:
                inject = at_hidden.new_zeros(0, size)
            if end == row + 1:
                inject = torch.cat([inject, at_hidden[None, :size]])
            for number in range(len(lower) - 1, -1, -1):
                gates, carries[number] = lower[number].walk(first, inject, carries[number])
                inject = gates.flatten(1) @ lower[number].w_ih.flatten(0, 1)
            yield first, inject
            end, reach = first, min(2 * reach, LONGEST)

    def batch(self, capacity: int, directions: Tensor, least: float) -> StackBatch:
        """See `Stack.batch`."""
        return _UnitBatch(self, capacity, directions, least)


class _UnitBatch(StackBatch):
    """See `StackBatch`; rows begin as `UnitSeeds.joined`."""

    _began: tuple[slice, Tensor] | None = None

    def enter(self, row: int, at_hidden: Tensor) -> None:
        """See `StackBatch.enter`. The highest layer goes on once its own step is past."""
        rows, cells = slice(row, row + len(at_hidden)), self._of[0].cells
        for layer in self._layers:
            for state in layer.states:
                state[rows] = 0
        self._began = rows, at_hidden
        if len(cells) > 1:
            size = cells[-1].w_ih.shape[-1]
            self._layers[-2].states[0][rows] = at_hidden[:, :size]

    def step(self, t: int, rows: int) -> Tensor:
        """See `StackBatch.step`."""
        found = super().step(t, rows)
        if self._began is None:
            return found
        (some, begun), self._began = self._began, None
        stack, directions, _ = self._of
        size = stack.cells[-1].w_ih.shape[-1]
        start = size
        for state in self.top.states:
            state[some] += begun[:, start : start + state.shape[1]]
            start += state.shape[1]
        if len(stack.cells) == 1:
            found[some] += begun[:, :size] @ (directions if directions.ndim == 2 else directions[t])
        return found

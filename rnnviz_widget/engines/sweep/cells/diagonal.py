"""Layers whose units keep a part of their own state: h = k h' + u, k and u made of the input.

With g the gradient at h, * elementwise, and a_i the sum of gate i:

    at W_ih: g (h' dk/da_i + du/da_i) for each gate i; at h': g k

No matrix stands between h' and h, so a step back costs the product with the input weights alone.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from rnnviz_widget.engines.sweep.products import product

from .cell import (
    Carry,
    States,
    Visit,
    as_computed,
    read_by,
    with_initial,
)
from .following_rows import joined
from .jacobians import Columns, Jacobians, RowPart
from .kinds import LevelWeights

Gates = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Maps the sums of a unit's gates, (..., gates, H), to k and u, (..., H) each."""


class DiagonalCell:
    """A layer of this form; see `RecurrentCell`.

    Args:
        levels: The weights of its only level.
        inputs: The layer's inputs, (T, D).
        made: Its outputs, (T, H).
        start: Its initial state, alone in a tuple: (H,).
        gates: Its equations.
    """

    state_names = ("hidden",)
    kept_by: ClassVar = {"hidden": "keep"}

    def __init__(
        self,
        levels: Sequence[LevelWeights],
        inputs: Tensor,
        made: Tensor,
        start: States,
        *,
        gates: Gates,
    ) -> None:
        (weights,) = levels
        self.w_ih = weights.w_ih
        self.units = made.shape[1]
        self._gates, self._bias = gates, weights.b_ih.flatten()
        self.states: States = (with_initial(made, start[0]),)
        before = self.states[0][:-1].detach()
        sums = (weights.b_ih + read_by(self.w_ih, inputs)).detach().requires_grad_()
        with torch.enable_grad():
            keep, new = gates(sums)
            # Each h depends on its own sums alone: the gradient of them all is each one's.
            (self.to_gates,) = torch.autograd.grad((keep * before + new).sum(), sums)
        self.keep = keep.detach()

    def joined_to(self, before: DiagonalCell, kept: int) -> DiagonalCell:
        """See `RecurrentCell.joined_to`."""
        whole = copy.copy(before)
        whole.states = joined(before.states, kept, self.states)
        whole.keep, whole.to_gates = joined(
            (before.keep, before.to_gates), kept, (self.keep, self.to_gates)
        )
        return whole

    def batch(self, capacity: int, w_ih: Tensor, least: float) -> DiagonalBatch:
        """See `RecurrentCell.batch`."""
        del least  # Whoever carries a batch clears its states often enough.
        return DiagonalBatch(self, capacity, w_ih)

    def start(self) -> Carry:
        """See `RecurrentCell.start`."""
        return (self.keep.new_zeros(self.units),)

    def walk(self, first: int, inject: Tensor, carry: Carry) -> tuple[Tensor, Carry]:
        """See `RecurrentCell.walk`."""
        last = first + len(inject)
        gradients = torch.empty_like(inject)
        (carried,) = carry
        steps = zip(
            self.keep[first:last].unbind(), inject.unbind(), gradients.unbind(), strict=True
        )
        for keep, above, g in reversed(list(steps)):
            torch.add(carried, above, out=g)
            carried = g * keep
        return self.to_gates[first:last] * gradients[:, None], (carried,)

    def read(self, inputs: Tensor) -> Tensor:
        """See `RecurrentCell.read`."""
        return product(inputs, self.w_ih.flatten(0, 1)).add_(self._bias)

    def advance(self, at_input: Tensor, states: States, visit: Visit = as_computed) -> States:
        """See `RecurrentCell.advance`. k is called "keep", and u "added"."""
        keep, new = self._gates(at_input.view(len(at_input), -1, self.units))
        keep, new = visit("keep", keep), visit("added", new)
        return (visit("hidden", torch.addcmul(new, keep, states[0])),)


class DiagonalBatch:
    """See `CellBatch`."""

    def __init__(self, cell: DiagonalCell, capacity: int, w_ih: Tensor) -> None:
        self._keep = cell.keep.unbind()
        every_gate = RowPart(range(cell.to_gates.shape[1]))
        self._jacobians = Jacobians([every_gate], Columns(w_ih, cell.to_gates))
        self.states = [cell.keep.new_zeros(capacity, cell.units)]

    def step(self, t: int, rows: int) -> Tensor:
        """See `CellBatch.step`."""
        g = self.states[0][:rows]
        (at_input,) = self._jacobians.carry(g, t)
        g.mul_(self._keep[t])
        return at_input

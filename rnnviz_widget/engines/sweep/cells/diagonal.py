r"""Layers whose state is only scaled, unit by unit: h = k h' + u, k and u made of the input.

With g the gradient at h, * elementwise, and A_i the derivative of h by what gate i sums:

    at W_ih: [g A_1, g A_2, ...]; at h' g k

No matrix stands between h' and h, so a step back costs the product with the input weights alone.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .cell import Carry, Jacobians


class DiagonalCell:
    """See `RecurrentCell`.

    Args:
        w_ih: Shape (gates, H, D).
        keep: What the state before each step is multiplied by, k, (T, H).
        to_gates: The derivative of each step's h by what each gate sums, (T, gates, H).
    """

    def __init__(self, w_ih: Tensor, keep: Tensor, to_gates: Tensor) -> None:
        self.units = keep.shape[1]
        self.w_ih, self.keep, self.to_gates = w_ih, keep, to_gates

    def batch(self, capacity: int) -> DiagonalBatch:
        """See `RecurrentCell.batch`."""
        return DiagonalBatch(self, capacity)

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


class DiagonalBatch:
    """See `CellBatch`."""

    def __init__(self, cell: DiagonalCell, capacity: int) -> None:
        self._keep = cell.keep.unbind()
        self._at_input = Jacobians(cell.to_gates, [slice(cell.to_gates.shape[1])])
        self.states = [cell.keep.new_zeros(capacity, cell.units)]

    def step(self, t: int, rows: int, weights: Tensor, below: Tensor, *, add: bool) -> None:
        """See `CellBatch.step`."""
        g = self.states[0][:rows]
        self._at_input.carry(below, g, t, weights, add=add)
        g.mul_(self._keep[t])

r"""Plain recurrent layers: h = f(W_ih x + b_ih + W_hh h' + b_hh), f = tanh or relu.

With g the gradient at h: g f'(h) reaches both weights, and g' = (g f') W_hh.
"""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from .cell import Carry, Jacobians, transposed


class RNN:
    """A plain recurrent layer; see `RecurrentCell`.

    Args:
        w_ih: Shape (1, H, D).
        w_hh: Shape (1, H, H).
        made: The layer's outputs, (T, H).
        relu: Whether f is relu.
    """

    def __init__(self, w_ih: Tensor, w_hh: Tensor, made: Tensor, *, relu: bool) -> None:
        self.units = w_hh.shape[2]
        self.w_ih, self.w_hh = w_ih, w_hh
        self.slope = (made > 0).to(made) if relu else 1 - made.square()

    @cached_property
    def _back(self) -> Tensor:
        return self.w_hh.flatten(0, 1).T.contiguous()

    def batch(self, capacity: int) -> RNNBatch:
        """See `RecurrentCell.batch`."""
        return RNNBatch(self, capacity)

    def start(self) -> Carry:
        """See `RecurrentCell.start`."""
        return (self.slope.new_zeros(self.units),)

    def walk(self, first: int, inject: Tensor, carry: Carry) -> tuple[Tensor, Carry]:
        """See `RecurrentCell.walk`."""
        gates = torch.empty_like(inject)
        (g,) = carry
        steps = zip(self.slope[first:].unbind(), inject.unbind(), gates.unbind(), strict=False)
        for slope, above, gate in reversed(list(steps)):
            torch.mul(g + above, slope, out=gate)
            g = torch.mv(self._back, gate)
        return gates[:, None], (g,)


class RNNBatch:
    """See `CellBatch`."""

    def __init__(self, cell: RNN, capacity: int) -> None:
        self._w_hh = transposed(cell.w_hh)
        self._slopes = cell.slope.unbind()
        scales = cell.slope.unsqueeze(1)
        self._at_input, self._at_state = (Jacobians(scales, [slice(1)]) for _ in range(2))
        self.states = [cell.slope.new_zeros(capacity, cell.units)]
        self._next = torch.zeros_like(self.states[0])

    def step(self, t: int, rows: int, weights: Tensor, below: Tensor, *, add: bool) -> None:
        """See `CellBatch.step`."""
        g = self.states[0][:rows].mul_(self._slopes[t])
        self._at_input.carry(below, g, t, weights, add=add)
        self._at_state.carry(self._next[:rows], g, t, self._w_hh)
        self.states[0], self._next = self._next, self.states[0]

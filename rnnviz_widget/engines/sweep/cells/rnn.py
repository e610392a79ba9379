r"""Plain recurrent layers: h = f(W_ih x + b_ih + W_hh h' + b_hh), f = tanh or relu.

With g the gradient at h: g f'(h) reaches both weights, and g' = (g f') W_hh.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar

import torch
from torch import Tensor

from rnnviz_widget.engines.sweep.products import product

from .cell import (
    Carry,
    Jacobians,
    States,
    Visit,
    as_computed,
    joined,
    transposed,
    with_initial,
)


class RNN:
    """A plain recurrent layer; see `RecurrentCell`.

    Args:
        w_ih: Shape (1, H, D).
        w_hh: Shape (1, H, H).
        bias: The sum of both biases, (1, H).
        made: The layer's outputs, (T, H).
        initial: The initial state, (H,).
        relu: Whether f is relu.
    """

    state_names = ("hidden",)
    kept_by: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        w_ih: Tensor,
        w_hh: Tensor,
        bias: Tensor,
        made: Tensor,
        initial: Tensor,
        *,
        relu: bool,
    ) -> None:
        self.units = w_hh.shape[2]
        self.w_ih, self.w_hh, self._bias, self._relu = w_ih, w_hh, bias, relu
        self.states: States = (with_initial(made, initial),)
        self.slope = (made > 0).to(made) if relu else 1 - made.square()

    def joined_to(self, before: RNN, kept: int) -> RNN:
        """See `RecurrentCell.joined_to`."""
        whole = copy.copy(before)
        whole.states = joined(before.states, kept, self.states)
        (whole.slope,) = joined([before.slope], kept, [self.slope])
        return whole

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

    def read(self, inputs: Tensor) -> Tensor:
        """See `RecurrentCell.read`."""
        return product(inputs, self.w_ih.flatten(0, 1)).add_(self._bias)

    def advance(self, at_input: Tensor, states: States, visit: Visit = as_computed) -> States:
        """See `RecurrentCell.advance`. There are no gates."""
        sums = product(states[0], self.w_hh.flatten(0, 1)).add_(at_input)
        return (visit("hidden", sums.relu_() if self._relu else sums.tanh_()),)


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

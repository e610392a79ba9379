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
from rnnviz_widget.recurrences.vanished import clear_vanished

from .cell import (
    Carry,
    States,
    Visit,
    as_computed,
    with_initial,
)
from .following_rows import joined
from .jacobians import Columns, Jacobians, RowPart


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

    def batch(self, capacity: int, w_ih: Tensor, least: float) -> RNNBatch:
        """See `RecurrentCell.batch`."""
        return RNNBatch(self, capacity, w_ih, least)

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

    def __init__(self, cell: RNN, capacity: int, w_ih: Tensor, least: float) -> None:
        self._least = least
        self._slopes = cell.slope.unbind()
        scales = cell.slope.unsqueeze(1)
        columns = Columns(cell.w_hh, scales), Columns(w_ih, scales)
        self._jacobians = Jacobians([RowPart(range(1))], *columns)
        self.states = [cell.slope.new_zeros(capacity, cell.units)]

    def step(self, t: int, rows: int) -> Tensor:
        """See `CellBatch.step`."""
        g = self.states[0][:rows].mul_(self._slopes[t])
        clear_vanished([g], self._least)
        at_state, at_input = self._jacobians.carry(g, t)
        g.copy_(at_state)
        return at_input

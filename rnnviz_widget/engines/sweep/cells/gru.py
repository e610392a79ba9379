"""Gated recurrent units, with torch's gates r, z, n and q = W_hn h' + b_hn.

    h = (1 - z) n + z h',  n = tanh(a_n + r q)

With g the gradient at h, * elementwise:

    A_n = (1 - z)(1 - n^2), A_z = (h' - n) z (1 - z), A_r = A_n q r (1 - r), A_q = A_n r
    at W_hh: [g A_r, g A_z, g A_q]; at W_ih: [g A_r, g A_z, g A_n]; at h' also g z

All of this is linear and diagonal in g. So a step's Jacobian is the same for all rows and formed
once: diag(z) + diag(A_r) W_hr + diag(A_z) W_hz + diag(A_q) W_hn. One product then carries every
row.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cached_property
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


class GRU:
    """A GRU layer; see `RecurrentCell`.

    Args:
        levels: The weights of its only level.
        inputs: The layer's inputs, (T, D).
        made: Its outputs, (T, H).
        start: Its initial state, (H,), in a tuple.
        known: r and z, (T, 2, H), q, (T, H), and n, (T, H), if they are.
    """

    state_names = ("hidden",)
    kept_by: ClassVar = {"hidden": "update"}

    def __init__(
        self,
        levels: Sequence[LevelWeights],
        inputs: Tensor,
        made: Tensor,
        start: States,
        *,
        known: Sequence[Tensor] = (),
    ) -> None:
        (weights,) = levels
        self.w_ih, self.w_hh = weights.w_ih, weights.w_hh
        self.units = self.w_hh.shape[2]
        self._biases = weights.b_ih.flatten(), weights.b_hh.flatten()
        self.states: States = (with_initial(made, start[0]),)
        h = self.states[0][:-1]
        gates, q, n = known or _gates(weights, inputs, h)
        r, z = gates.unbind(1)
        self.z = z.contiguous()
        a_n = (1 - self.z) * (1 - n.square())
        a_z = (h - n) * self.z * (1 - self.z)
        a_r = a_n * q * r * (1 - r)
        self.to_input = torch.stack([a_r, a_z, a_n], dim=1)
        self.to_state = torch.stack([a_r, a_z, a_n * r], dim=1)

    def joined_to(self, before: GRU, kept: int) -> GRU:
        """See `RecurrentCell.joined_to`."""
        whole = copy.copy(before)
        whole.states = joined(before.states, kept, self.states)
        whole.z, whole.to_input, whole.to_state = joined(
            (before.z, before.to_input, before.to_state),
            kept,
            (self.z, self.to_input, self.to_state),
        )
        return whole

    @cached_property
    def _back(self) -> Tensor:
        return self.w_hh.flatten(0, 1).T.contiguous()

    def batch(self, capacity: int, w_ih: Tensor, least: float) -> GRUBatch:
        """See `RecurrentCell.batch`."""
        del least  # Whoever carries a batch clears its states often enough.
        return GRUBatch(self, capacity, w_ih)

    def start(self) -> Carry:
        """See `RecurrentCell.start`."""
        return (self.z.new_zeros(self.units),)

    def walk(self, first: int, inject: Tensor, carry: Carry) -> tuple[Tensor, Carry]:
        """See `RecurrentCell.walk`."""
        last = first + len(inject)
        gradients = torch.empty_like(inject)
        (carried,) = carry
        steps = zip(
            self.to_state[first:last].unbind(),
            self.z[first:last].unbind(),
            inject.unbind(),
            gradients.unbind(),
            strict=True,
        )
        for to_state, z, above, g in reversed(list(steps)):
            torch.add(carried, above, out=g)
            carried = torch.addmv(z * g, self._back, (to_state * g).view(-1))
        return self.to_input[first:last] * gradients[:, None], (carried,)

    def read(self, inputs: Tensor) -> Tensor:
        """See `RecurrentCell.read`."""
        return product(inputs, self.w_ih.flatten(0, 1)).add_(self._biases[0])

    def advance(self, at_input: Tensor, states: States, visit: Visit = as_computed) -> States:
        """See `RecurrentCell.advance`. The gates are "reset", "update" and "candidate"."""
        (h,), two = states, 2 * self.units
        sums = product(h, self.w_hh.flatten(0, 1)).add_(self._biases[1])
        opened = sums[:, :two].add_(at_input[:, :two]).sigmoid_()
        r, z = visit("reset", opened[:, : self.units]), visit("update", opened[:, self.units :])
        n = visit("candidate", torch.addcmul(at_input[:, two:], r, sums[:, two:]).tanh_())
        return (visit("hidden", torch.lerp(n, h, z)),)


def _gates(weights: LevelWeights, inputs: Tensor, h: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The gates r and z at each step, (T, 2, H), q, (T, H), and n, (T, H), from x and h'."""
    at_input = weights.b_ih + read_by(weights.w_ih, inputs)
    at_state = weights.b_hh + read_by(weights.w_hh, h)
    gates, q = torch.sigmoid(at_input[:, :2] + at_state[:, :2]), at_state[:, 2]
    return gates, q, torch.tanh(at_input[:, 2] + gates[:, 0] * q)


class GRUBatch:
    """See `CellBatch`."""

    def __init__(self, cell: GRU, capacity: int, w_ih: Tensor) -> None:
        at_state = Columns(cell.w_hh, cell.to_state, kept=cell.z)
        self._jacobians = Jacobians([RowPart(range(3))], at_state, Columns(w_ih, cell.to_input))
        self.states = [cell.z.new_zeros(capacity, cell.units)]

    def step(self, t: int, rows: int) -> Tensor:
        """See `CellBatch.step`."""
        g = self.states[0][:rows]
        at_state, at_input = self._jacobians.carry(g, t)
        g.copy_(at_state)
        return at_input

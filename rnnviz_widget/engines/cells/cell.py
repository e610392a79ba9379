"""What a recurrent layer must offer to be swept, and what all of them share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

# Jacobians are formed some steps at a time: so many, and in so many bytes, at most.
_STEPS_AT_ONCE = 8
_ROOM = 9 * 2**19

Carry = tuple[Tensor, ...]
"""The gradient of one logit at a layer's state: at h first, then at its memories, each (H,)."""


class Batch(Protocol):
    """The gradients of many rows at one layer's state, on their way backwards through time.

    Attributes:
        states: At h first, then at each memory: (capacity, H), rows in use first. What comes from
            above is added to those at h.
    """

    states: list[Tensor]

    def step(self, t: int, rows: int, weights: Tensor, below: Tensor, *, add: bool) -> None:
        """Carry the first `rows` rows from the state after t to the state before it.

        Args:
            t: The input index.
            rows: How many rows are in use, N.
            weights: What the layer's gates read their input with, (gates, M, H): `weight_ih`
                transposed, or directions in the space of the inputs times that; (T, gates, M, H)
                where they differ from step to step.
            below: Takes the gradient at the layer's input, (N, M).
            add: Whether it is added to what is there.
        """
        ...


class Cell(Protocol):
    """One recurrent layer that has read a text, backwards.

    Attributes:
        units: H.
        w_ih: Its input weights, (gates, H, D).
    """

    units: int
    w_ih: Tensor

    def batch(self, capacity: int) -> Batch:
        """Room for the gradients of that many rows, all zero."""
        ...

    def start(self) -> Carry:
        """A gradient of zero at the state."""
        ...

    def walk(self, first: int, inject: Tensor, carry: Carry) -> tuple[Tensor, Carry]:
        """Carry one row's gradient from the state after `first + K - 1` to that before `first`.

        Args:
            first: The smallest input index of the stretch.
            inject: What comes from above at h of each of its K steps, (K, H).
            carry: The gradient at the state after the stretch, from later steps.

        Returns:
            The gradient at what the input weights made, (K, gates, H), and that at the state
            before the stretch.
        """
        ...


class Jacobians:
    """Forms the Jacobians of steps: sums over gates of diag(scale) W, one above the other.

    They come transposed, as `multiply` takes them.

    Those of some steps at a time: each operation costs a meeting of the threads.

    Args:
        scales: Of each gate at each step, (T, gates, H).
        parts: Which gates are summed in each block of H rows.
        kept: What is added to the diagonal, (T, H), if anything.
    """

    def __init__(
        self, scales: Tensor, parts: Sequence[Sequence[int]], kept: Tensor | None = None
    ) -> None:
        self._scales = scales.unsqueeze(2)
        self._parts = parts
        self._kept = kept
        self._formed = scales.new_empty(0)
        self._first = len(scales)

    def at(self, t: int, weights: Tensor) -> Tensor:
        """The Jacobian of step t with weights (gates, M, H), or those of each step, (T, ...).

        The steps must come in falling order, always with the same weights.

        Returns:
            Shape (M, parts H).
        """
        if t < self._first:
            if not len(self._formed):
                # Taken once: fresh megabytes cost more than what is written to them.
                self._formed = self._room(weights)
            self._form(max(0, t + 1 - len(self._formed)), t + 1, weights)
        return self._formed[t - self._first]

    def _room(self, weights: Tensor) -> Tensor:
        columns, units = weights.shape[-2:]
        shape = (columns, len(self._parts) * units)
        steps = _ROOM // (shape[0] * shape[1] * weights.element_size())
        return weights.new_empty(min(max(1, steps), _STEPS_AT_ONCE), *shape)

    def _form(self, first: int, last: int, weights: Tensor) -> None:
        units = weights.shape[-1]
        used = weights[first:last] if weights.ndim == 4 else weights[None]
        for number, gates in enumerate(self._parts):
            out = self._formed[: last - first, :, number * units : (number + 1) * units]
            for place, gate in enumerate(gates):
                if place == 0:
                    torch.mul(used[:, gate], self._scales[first:last, gate], out=out)
                else:
                    out.addcmul_(used[:, gate], self._scales[first:last, gate])
        if self._kept is not None:
            self._formed[: last - first].diagonal(dim1=1, dim2=2).add_(self._kept[first:last])
        self._first = first


def before(states: Tensor, initial: Tensor) -> Tensor:
    """The states that each step starts from: (T, H), shifted by one."""
    return torch.cat([initial[None], states[:-1]])


def read_by(weights: Tensor, inputs: Tensor) -> Tensor:
    """What weights (gates, H, D) make of inputs (T, D): (T, gates, H)."""
    gates, units, _ = weights.shape
    return (inputs @ weights.flatten(0, 1).T).view(len(inputs), gates, units)

"""What a recurrent layer must offer to be swept, and what all of them share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import torch
from torch import Tensor

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
            weights: What the layer's gates read their input with, (gates, H, M): `weight_ih`,
                or `weight_ih` times directions in the space of the inputs.
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


class Scratch:
    """Room that is taken once: a fresh megabyte a step costs more than what is written to it."""

    def __init__(self, like: Tensor) -> None:
        self._room = like.new_empty(0)

    def room(self, shape: Sequence[int]) -> Tensor:
        """Room of this shape, with anything in it."""
        if self._room.shape != tuple(shape):
            self._room = self._room.new_empty(*shape)
        return self._room


def before(states: Tensor, initial: Tensor) -> Tensor:
    """The states that each step starts from: (T, H), shifted by one."""
    return torch.cat([initial[None], states[:-1]])


def read_by(weights: Tensor, inputs: Tensor) -> Tensor:
    """What weights (gates, H, D) make of inputs (T, D): (T, gates, H)."""
    gates, units, _ = weights.shape
    return (inputs @ weights.flatten(0, 1).T).view(len(inputs), gates, units)


def columns(*coefficients: Tensor) -> list[tuple[Tensor, ...]]:
    """For each step its coefficients as columns, (H, 1) each, to scale the rows of weights."""
    return list(zip(*(each.unsqueeze(2).unbind() for each in coefficients), strict=True))


def form(out: Tensor, scales: Sequence[Tensor], weights: Iterable[Tensor]) -> None:
    """Form a step's Jacobian: out = sum over gates of diag(scale) W, (H, M)."""
    for number, (scale, weight) in enumerate(zip(scales, weights, strict=True)):
        if number == 0:
            torch.mul(weight, scale, out=out)
        else:
            out.addcmul_(weight, scale)


def multiply(out: Tensor, rows: Tensor, matrix: Tensor, *, add: bool) -> None:
    """``out = rows @ matrix``, or added to it."""
    if add:
        out.addmm_(rows, matrix)
    else:
        torch.mm(rows, matrix, out=out)

"""What a recurrent layer must offer to be swept, and what all of them share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from rnnviz_widget.engines.sweep.products import multiply

# For fewer rows forming a Jacobian costs more than it saves.
_FORM_FROM = 48
# Jacobians are formed some steps at a time: so many, and in so many bytes, at most.
_STEPS_AT_ONCE = 8
_ROOM = 9 * 2**19

States = tuple[Tensor, ...]
"""The states of a layer: h first, then its memories."""

Carry = tuple[Tensor, ...]
"""The gradient of one logit at a layer's state: at h first, then at its memories, each (H,)."""


class CellBatch(Protocol):
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
            weights: What the layer's gates read their input with, `transposed`: (M, gates, H),
                from `w_ih` or from `w_ih` times directions in the space of the inputs;
                (T, M, gates, H) where they differ from step to step.
            below: Takes the gradient at the layer's input, (N, M).
            add: Whether it is added to what is there.
        """
        ...


class RecurrentCell(Protocol):
    """One recurrent layer that has read a text: backwards, and on from a state that is another.

    Attributes:
        units: H.
        w_ih: Its input weights, (gates, H, D).
        states: What it was in, h first, then each memory, (T + 1, H) each: in row t before input
            t, in row t + 1 after it.
    """

    units: int
    w_ih: Tensor
    states: States

    def batch(self, capacity: int) -> CellBatch:
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

    def read(self, inputs: Tensor) -> Tensor:
        """What N inputs, (N, D), add to the gates' sums, with what is constant: (N, gates H)."""
        ...

    def advance(self, at_input: Tensor, states: States) -> States:
        """The states after one more input, from N states before it.

        Args:
            at_input: What `read` gives of that input: (N, gates H), or (1, gates H) of one for all.
            states: h first, then each memory, (N, H) each; they are not changed.
        """
        ...


class Jacobians:
    """Carries rows past steps whose gates are diagonal in what is carried.

    What is carried lies side by side in parts of H numbers, each of which feeds some gates. For
    few rows their gates are written out. For many the step's Jacobian is formed, for each part
    the sum over its gates of diag(scale) W, so that one smaller product carries them all. Nothing
    need be formed for a part that feeds one gate: what is carried comes scaled already.

    Args:
        scales: Of each gate at each step, (T, gates, H). That of a gate that has a part to itself
            is not used.
        parts: The gates that each part feeds.
        kept: What is added to the Jacobian's diagonal, (T, H), if anything.
    """

    def __init__(self, scales: Tensor, parts: Sequence[slice], kept: Tensor | None = None) -> None:
        self._scales = scales
        self._parts = parts
        self._single = [len(range(*fed.indices(scales.shape[1]))) == 1 for fed in parts]
        self._kept = kept
        self._formed = scales.new_empty(0)
        self._first = len(scales)

    def carry(
        self, out: Tensor, rows: Tensor, t: int, weights: Tensor, *, add: bool = False
    ) -> None:
        """Carry rows past step t; steps come in falling order, always with the same weights.

        Args:
            out: Takes the result, (N, M).
            rows: What is carried, (N, parts H).
            t: The step.
            weights: Transposed, (M, gates, H), or those of each step, (T, M, gates, H).
            add: Whether to add to what is there.
        """
        if len(rows) >= _FORM_FROM:
            multiply(out, rows, self._at(t, weights), add=add)
            return
        scales = self._scales[t]
        units = scales.shape[1]
        gates = rows.new_empty(len(rows), *scales.shape)
        for number, fed in enumerate(self._parts):
            part = rows[:, None, number * units : (number + 1) * units]
            if self._single[number]:
                gates[:, fed] = part
            else:
                torch.mul(part, scales[fed], out=gates[:, fed])
        used = weights[t] if weights.ndim == 4 else weights
        multiply(out, gates.flatten(1), used.flatten(1), add=add)
        if self._kept is not None:
            out.addcmul_(rows, self._kept[t])

    def _at(self, t: int, weights: Tensor) -> Tensor:
        """The Jacobian of step t, transposed: (M, parts H)."""
        if t < self._first:
            if not len(self._formed):
                # Taken once: fresh megabytes cost more than what is written to them.
                self._formed = self._room(weights)
            self._form(max(0, t + 1 - len(self._formed)), t + 1, weights)
        return self._formed[t - self._first]

    def _room(self, weights: Tensor) -> Tensor:
        columns, _, units = weights.shape[-3:]
        shape = (columns, len(self._parts) * units)
        steps = _ROOM // (shape[0] * shape[1] * weights.element_size())
        return weights.new_empty(min(max(1, steps), _STEPS_AT_ONCE), *shape)

    def _form(self, first: int, last: int, weights: Tensor) -> None:
        units = weights.shape[-1]
        used = (weights[first:last] if weights.ndim == 4 else weights[None]).unbind(2)
        scales = self._scales[first:last, :, None].unbind(1)
        for number, fed in enumerate(self._parts):
            out = self._formed[: last - first, :, number * units : (number + 1) * units]
            if self._single[number]:
                if weights.ndim == 4 or self._first == len(self._scales):
                    room = out if weights.ndim == 4 else self._formed[..., number * units :]
                    room[..., :units] = used[fed][0]
                continue
            gates = list(zip(used[fed], scales[fed], strict=True))
            torch.mul(*gates[0], out=out)
            for weight, scale in gates[1:]:
                out.addcmul_(weight, scale)
        if self._kept is not None:
            self._formed[: last - first].diagonal(dim1=1, dim2=2).add_(self._kept[first:last])
        self._first = first


def transposed(weights: Tensor) -> Tensor:
    """LevelWeights (..., gates, H, M) as `Jacobians` take them, (..., M, gates, H)."""
    return weights.movedim(-1, -3).contiguous()


def with_initial(states: Tensor, initial: Tensor) -> Tensor:
    """The states before the first input and after each, (T + 1, H)."""
    return torch.cat([initial[None], states])


def read_by(weights: Tensor, inputs: Tensor) -> Tensor:
    """What weights (gates, H, D) make of inputs (T, D): (T, gates, H)."""
    gates, units, _ = weights.shape
    return (inputs @ weights.flatten(0, 1).T).view(len(inputs), gates, units)

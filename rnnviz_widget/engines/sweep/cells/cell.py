"""What a recurrent layer must offer to be swept, and what all of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import torch
from torch import Tensor

from rnnviz_widget.engines.sweep.products import linear

States = tuple[Tensor, ...]
"""The states of a layer: h first, then its memories."""

Visit = Callable[[str, Tensor], Tensor]
"""Gets each gate and state of a step by its name, as soon as it is computed, and returns what is
used in its place."""


def as_computed(_: str, value: Tensor) -> Tensor:
    """The visit that changes nothing."""
    return value


Carry = tuple[Tensor, ...]
"""The gradient of a logit at a layer's state: at h first, then at its memories, (H,) each."""


class CellBatch(Protocol):
    """The gradients of many rows at one layer's state, carried backwards through time.

    Attributes:
        states: With respect to h, then to each memory: (capacity, H), rows in use first. The
            gradient from the layer above is added to that at h.
    """

    states: list[Tensor]

    def step(self, t: int, rows: int) -> Tensor:
        """Carry the first `rows` rows from the state after step t to the state before it.

        Args:
            t: The input index.
            rows: How many rows are in use, N.

        Returns:
            The gradient at the layer's input, or along the directions that its input weights were
            multiplied with, (N, M).
        """
        ...


class RecurrentCell(Protocol):
    """One recurrent layer that has read a text: run backwards, or on from changed states.

    Attributes:
        units: The number of units, H.
        w_ih: The input weights, (gates, H, D).
        states: Its states, h first, then each memory, (T + 1, H) each: row t before input t, row
            t + 1 after it.
        state_names: What they are called, such as "hidden" and "cell".
        kept_by: For each state that is multiplied by a gate on its way to the next step, the name
            of that gate.
    """

    units: int
    w_ih: Tensor
    states: States

    @property
    def state_names(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def kept_by(self) -> Mapping[str, str]: ...  # noqa: D102

    def joined_to(self, before: Any, kept: int) -> Any:
        """Join this cell to one of the same layer, `before`, whose text it has read on.

        Returns:
            The cell of a text whose first `kept` inputs `before` has read, and the others this one,
            from the state that `before` was then in.
        """
        ...

    def batch(self, capacity: int, w_ih: Tensor, least: float) -> CellBatch:
        """Room for the gradients of `capacity` rows, all zero.

        Args:
            capacity: How many rows.
            w_ih: The input weights, (gates, H, M): the cell's own, or those times directions in the
                space of the inputs; (T, gates, H, M) if each step has its own directions.
            least: The magnitude below which a gradient may be taken for zero.
        """
        ...

    def start(self) -> Carry:
        """A gradient of zero at the state."""
        ...

    def walk(self, first: int, inject: Tensor, carry: Carry) -> tuple[Tensor, Carry]:
        """Carry one row's gradient from the state after step `first + K - 1` to before `first`.

        Args:
            first: The first input index of the stretch.
            inject: The gradient from the layer above at each h of the stretch, (K, H).
            carry: The gradient at the state after the stretch, from later steps.

        Returns:
            The gradient at the gates' inputs, W_ih x, (K, gates, H), and that at the state before
            the stretch.
        """
        ...

    def read(self, inputs: Tensor) -> Tensor:
        """What N inputs, (N, D), add to the gates' sums, with what is constant: (N, gates H)."""
        ...

    def advance(self, at_input: Tensor, states: States, visit: Visit = as_computed) -> States:
        """The states after one more input, from N states before it.

        Gradients flow from what is returned, and from what is visited, to inputs and states.

        Args:
            at_input: What `read` gives of that input: (N, gates H), or (1, gates H) of one for all.
            states: h first, then each memory, (N, H) each; they are not changed.
            visit: Gets each gate, and each new state by its name in `state_names`, (N, H) each.
        """
        ...


def values_of(cell: RecurrentCell, inputs: Tensor, before: States) -> dict[str, Tensor]:
    """Each gate and new state of N steps by its name, (N, H), in the order of computing.

    Args:
        cell: The layer.
        inputs: What it reads at each step, (N, D).
        before: Its states before each step, (N, H) each.
    """
    found: dict[str, Tensor] = {}

    def keep(name: str, value: Tensor) -> Tensor:
        return found.setdefault(name, value)

    cell.advance(cell.read(inputs), before, keep)
    return found


def with_initial(states: Tensor, initial: Tensor) -> Tensor:
    """The states before the first input and after each, (T + 1, H)."""
    return torch.cat([initial[None], states])


def read_by(weights: Tensor, inputs: Tensor) -> Tensor:
    """The products of weights (gates, H, D) and inputs (T, D): (T, gates, H)."""
    gates, units, _ = weights.shape
    return linear(inputs, weights.flatten(0, 1)).view(len(inputs), gates, units)

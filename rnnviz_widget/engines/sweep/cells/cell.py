"""What a recurrent layer must offer to be swept, and what all of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from rnnviz_widget.engines.sweep.products import multiply

# With fewer rows than this, forming a Jacobian costs more than it saves.
_FORM_FROM = 48
# Jacobians are formed for several steps at a time: at most so many, and so many bytes.
_STEPS_AT_ONCE = 8
_ROOM = 9 * 2**19

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

    def step(self, t: int, rows: int, weights: Tensor, below: Tensor, *, add: bool) -> None:
        """Carry the first `rows` rows from the state after step t to the state before it.

        Args:
            t: The input index.
            rows: How many rows are in use, N.
            weights: The gates' input weights, `transposed`: (M, gates, H), made of `w_ih` or of
                `w_ih` times directions in the space of the inputs; (T, M, gates, H) if each step
                has its own.
            below: Receives the gradient at the layer's input, (N, M).
            add: Whether it is added to what `below` holds.
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

    def batch(self, capacity: int) -> CellBatch:
        """Room for the gradients of `capacity` rows, all zero."""
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


class Jacobians:
    """Carries rows backwards past steps whose gates are diagonal in what is carried.

    A carried row consists of parts of H numbers side by side, each of which feeds some gates. For
    few rows the gates' gradients are computed. For many rows the step's Jacobian is formed: for
    each part the sum over its gates of diag(scale) W, so that one smaller product carries all rows.
    For a part that feeds a single gate the Jacobian is W itself, since such parts are scaled before
    they come here.

    Args:
        scales: The scale of each gate at each step, (T, gates, H). That of a gate that has a part
            to itself is not used.
        parts: The gates that each part feeds.
        kept: Added to the Jacobian's diagonal, (T, H), if given.
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
        """Carry rows past step t. Steps must come in falling order, always with the same weights.

        Args:
            out: Receives the result, (N, M).
            rows: The rows, (N, parts H).
            t: The step.
            weights: Transposed, (M, gates, H), or those of each step, (T, M, gates, H).
            add: Whether to add to what `out` holds.
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
                # Allocated once: allocating megabytes anew costs more than writing to them.
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
    """Weights (..., gates, H, M) in the layout that `Jacobians` use, (..., M, gates, H)."""
    return weights.movedim(-1, -3).contiguous()


def with_initial(states: Tensor, initial: Tensor) -> Tensor:
    """The states before the first input and after each, (T + 1, H)."""
    return torch.cat([initial[None], states])


def joined(before: Sequence[Tensor], kept: int, then: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The first `kept` rows of each of some tensors, followed by those of others."""
    pairs = zip(before, then, strict=True)
    return tuple(torch.cat([one[:kept], other]) for one, other in pairs)


def read_by(weights: Tensor, inputs: Tensor) -> Tensor:
    """The products of weights (gates, H, D) and inputs (T, D): (T, gates, H)."""
    gates, units, _ = weights.shape
    return (inputs @ weights.flatten(0, 1).T).view(len(inputs), gates, units)

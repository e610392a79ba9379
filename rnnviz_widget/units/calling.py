"""How a unit is called: as a cell or as a layer, with which state, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.utils import _pytree

Kind = Literal["cell", "layer", "feed-forward"]
State = tuple[Any, ...]
"""The leaves of a unit's state in order; all that is differentiated are its floating tensors."""

Read = tuple[Tensor, State]
"""An output (B, H), and the state after it."""


StepForward = Callable[[nn.Module, Tensor, Any], Any]
"""Runs one step: maps the module, x (B, D) and the state, None at first, to the new state, or to a
tuple of the output and the new state."""


def floating(leaves: Sequence[Any]) -> list[int]:
    """Which leaves of a state are tensors of floating numbers."""
    return [
        number
        for number, leaf in enumerate(leaves)
        if isinstance(leaf, Tensor) and leaf.is_floating_point()
    ]


@dataclass(frozen=True, eq=False)
class UnitCall:
    """How one step of a unit is run; T is 1 for layers.

    Attributes:
        kind: A cell reads (B, D) and a state, a layer (T, B, D) and a state, and a feed-forward
            unit (B, D).
        words: The call as code, for the reader.
        input_size: D.
        forward: The function that was stated for it, if any.
        batch_first: Whether a layer reads (B, T, D).
        pair: Whether it returns an output and the state, rather than the state alone.
        structure: How the leaves make the state.
        shapes: The shape of each leaf that is differentiated, without its batch axis.
        axes: The batch axis of each.
        zeros: The shapes of the state that it must be started with, with 0 for the batch; None:
            it starts by itself.
    """

    kind: Kind
    words: str
    input_size: int
    forward: StepForward | None = None
    batch_first: bool = False
    pair: bool = False
    structure: Any = None
    shapes: tuple[tuple[int, ...], ...] = ()
    axes: tuple[int, ...] = ()
    zeros: tuple[tuple[int, ...], ...] | None = None

    @property
    def state_size(self) -> int:
        """n, how many numbers the state of one sequence has."""
        return sum(int(torch.Size(shape).numel()) for shape in self.shapes)

    def start(self, x: Tensor) -> State | None:
        """The state before the first step; None: the unit starts by itself."""
        if self.zeros is None:
            return None
        batch = len(x)
        return tuple(x.new_zeros([size or batch for size in shape]) for shape in self.zeros)

    def step(self, module: nn.Module, x: Tensor, state: State | None) -> Read:
        """Run one step.

        Args:
            module: The unit.
            x: Its input, (B, D).
            state: The leaves of its state; None: the first step.

        Returns:
            The output (B, H), and the leaves of the new state.
        """
        if self.kind == "feed-forward":
            return module(x), ()
        given = None if state is None else _pytree.tree_unflatten(list(state), self.structure)
        if self.forward is not None:
            returned = self.forward(module, x, given)
        else:
            read = x if self.kind == "cell" else x.unsqueeze(1 if self.batch_first else 0)
            returned = module(read) if given is None else module(read, given)
        after = returned[-1] if self.pair else returned
        leaves = tuple(_pytree.tree_leaves(after))
        output = returned[0] if self.pair else leaves[0]
        if self.kind == "layer":
            output = output.squeeze(1 if self.batch_first else 0)
        return output, leaves

    def repeated(self, state: State, times: int) -> State:
        """The state with each sequence `times` times, one after the other, detached."""
        leaves = list(state)
        for number, axis in zip(floating(state), self.axes, strict=True):
            leaves[number] = leaves[number].detach().repeat_interleave(times, dim=axis)
        return tuple(leaves)

    def rows(self, tensors: Sequence[Tensor]) -> Tensor:
        """The differentiated leaves as one matrix, (B, n)."""
        return torch.cat(
            [t.movedim(axis, 0).flatten(1) for t, axis in zip(tensors, self.axes, strict=True)], 1
        )

    def leaves(self, rows: Tensor) -> list[Tensor]:
        """The inverse of `rows`."""
        sizes = [int(torch.Size(shape).numel()) for shape in self.shapes]
        parts: Sequence[Tensor] = torch.split_with_sizes(rows, sizes, dim=1)
        return [
            part.reshape(len(rows), *shape).movedim(0, axis)
            for part, shape, axis in zip(parts, self.shapes, self.axes, strict=True)
        ]

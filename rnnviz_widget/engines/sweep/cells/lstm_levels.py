"""The levels of an LSTM, nested or not, over a whole text: gates, memories, and their slopes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from .cell import States
from .kinds import LevelWeights


@dataclass
class Level:
    """A level's numbers at each step, (T, H) unless noted."""

    weights: LevelWeights
    outermost: bool
    bias: Tensor  # (4 H,)
    to_memory: Tensor  # o (1 - tanh^2 c)
    keep: Tensor  # f
    to_gates: Tensor  # of i, f, g, o: (T, 4, H)

    @cached_property
    def recurrent(self) -> Tensor:
        """w_hh of the outermost, (4, H, H), [w_ih, w_hh] of others, (4, H, 2 H)."""
        w_ih, w_hh = self.weights.w_ih, self.weights.w_hh
        return w_hh if self.outermost else torch.cat([w_ih, w_hh], dim=2)


def level_prefix(number: int) -> str:
    """What the names of a level's gates and memory begin with: "", "inner_", "inner2_", ..."""
    return "" if not number else f"inner{number if number > 1 else ''}_"


def gates_and_memories(
    levels: Sequence[LevelWeights], outer: Tensor, initial: States
) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
    """Each level's gates (T, 4, H), and memory (T, H), at each step, from the outermost gates."""
    if len(levels) == 1:
        memory, memories = initial[0], []
        added = outer[:, 0] * outer[:, 2]
        for new, kept in zip(added.unbind(), outer[:, 1].unbind(), strict=True):
            memory = torch.addcmul(new, kept, memory)
            memories.append(memory)
        return [outer], [torch.stack(memories)]
    length, _, units = outer.shape
    inner = [
        (torch.cat([each.w_ih, each.w_hh], dim=2).flatten(0, 1), each.bias.flatten())
        for each in levels[1:]
    ]
    every = outer.new_empty(len(levels), length, 4, units)
    every[0] = outer
    made = outer.new_empty(len(levels), length, units)
    at = list(initial)
    for t in range(length):
        for number, (both, bias) in enumerate(inner, start=1):
            i, f, g, _ = every[number - 1, t]
            sums = torch.addmv(bias, both, torch.cat([i * g, f * at[number - 1]]))
            slots = every[number, t]
            torch.sigmoid(sums.view(4, units), out=slots)
            torch.tanh(sums[2 * units : 3 * units], out=slots[2])
        i, f, g, _ = every[-1, t]
        at[-1] = torch.addcmul(i * g, f, at[-1])
        for number in range(len(levels) - 1, 0, -1):
            at[number - 1] = every[number, t, 3] * torch.tanh(at[number])
        made[:, t] = torch.stack(at)
    return every.unbind(), made.unbind()


def level_of(
    weights: LevelWeights, gates: Tensor, memory: Tensor, *, outermost: bool, linear: bool
) -> Level:
    """A level's numbers.

    Args:
        weights: Its weights.
        gates: Its gates i, f, g, o, (T, 4, H).
        memory: Its memory, (T + 1, H), as in `RecurrentCell.states`.
        outermost: Whether it is the outermost level.
        linear: Whether g has no tanh.
    """
    i, f, g, o = gates.unbind(1)
    squashed = torch.tanh(memory[1:])
    slope = i if linear else i * (1 - g.square())
    to_gates = [g * i * (1 - i), memory[:-1] * f * (1 - f), slope, squashed * o * (1 - o)]
    return Level(
        weights=weights,
        outermost=outermost,
        bias=weights.bias.flatten(),
        to_memory=o * (1 - squashed.square()),
        keep=f,
        to_gates=torch.stack(to_gates, dim=1),
    )

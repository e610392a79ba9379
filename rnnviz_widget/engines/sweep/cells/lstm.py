"""LSTMs of any depth of nesting: `nn.LSTM` has one level, `NestedLSTM` any number.

Level n reads u and v (the outermost: x and h'), and has gates i, f, g, o and a memory c:

    innermost   c = f c' + i g                            h_n = o tanh(c)
    others      u_next = i g, v_next = f c', c = h_next   h_n = o tanh(c)

With e the gradient at h_n and k the gradient carried at c:

    d = k + e o (1 - tanh^2 c)            the gradient at c
    innermost   du_next = d, dv_next = d; others: those that the next level gives for d
    di = du_next g i (1 - i), dg = du_next i g', df = dv_next c' f (1 - f), do = e tanh(c) o (1 - o)
    k' = dv_next f;  [du, dv] = [di, df, dg, do] [W_ih, W_hh]

With a projection P (`proj_size`) the layer's h is P (o tanh c), which is what W_hh and the layer
above read; e is then the gradient at h, times P.

How many rows are carried at once: see `lstm_batch`.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cached_property

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
from .kinds import LevelWeights
from .lstm_batch import LSTMBatch
from .lstm_levels import gates_and_memories, level_of, level_prefix


class LSTM:
    """An LSTM layer, nested or not; see `RecurrentCell`.

    Args:
        levels: The weights of each level, outermost first.
        inputs: The layer's inputs, (T, D).
        made: Its outputs, (T, H).
        start: Its initial states: h, then each level's memory, (H,) each.
        linear: Whether the outermost g has no tanh.
        projection: P, (P, H), if there is one.
        known: Each level's gates i, f, g, o, (T, 4, H), then each level's memory, (T, H), if they
            need not be worked out.
    """

    def __init__(
        self,
        levels: Sequence[LevelWeights],
        inputs: Tensor,
        made: Tensor,
        start: States,
        *,
        linear: bool = False,
        projection: Tensor | None = None,
        known: Sequence[Tensor] = (),
    ) -> None:
        outer = levels[0]
        self.units = outer.w_hh.shape[1]
        self.projection = projection
        self.w_ih, self.w_hh = outer.w_ih, outer.w_hh
        self._linear = linear
        h = with_initial(made, start[0])
        gates, memories = known[: len(levels)], known[len(levels) :]
        if not known:
            first = _outer_gates(outer, inputs, h[:-1], linear=linear)
            gates, memories = gates_and_memories(levels, first, start[1:])
        self.states = (h, *map(with_initial, memories, start[1:]))
        self.levels = [
            level_of(weights, gate, states, outermost=number == 0, linear=linear and number == 0)
            for number, (weights, gate, states) in enumerate(
                zip(levels, gates, self.states[1:], strict=True)
            )
        ]

    @property
    def state_names(self) -> tuple[str, ...]:
        """See `RecurrentCell.state_names`."""
        return "hidden", *(level_prefix(number) + "cell" for number in range(len(self.levels)))

    @property
    def kept_by(self) -> dict[str, str]:
        """See `RecurrentCell.kept_by`. Other memories pass through the level below them."""
        prefix = level_prefix(len(self.levels) - 1)
        return {prefix + "cell": prefix + "forget"}

    def joined_to(self, before: LSTM, kept: int) -> LSTM:
        """See `RecurrentCell.joined_to`."""
        whole = copy.copy(before)
        whole.states = joined(before.states, kept, self.states)
        whole.levels = []
        for one, other in zip(before.levels, self.levels, strict=True):
            parts = [(each.to_memory, each.keep, each.to_gates) for each in (one, other)]
            level = copy.copy(one)
            level.to_memory, level.keep, level.to_gates = joined(parts[0], kept, parts[1])
            whole.levels.append(level)
        return whole

    @cached_property
    def _back(self) -> list[Tensor]:
        return [level.recurrent.flatten(0, 1).T.contiguous() for level in self.levels]

    @cached_property
    def unprojected(self) -> Tensor | None:
        """The transposed projection, (H, P), if there is one."""
        return None if self.projection is None else self.projection.T.contiguous()

    def batch(self, capacity: int, w_ih: Tensor, least: float) -> LSTMBatch:
        """See `RecurrentCell.batch`."""
        outer, *inner = self.levels
        weights = [(outer.recurrent, w_ih), *((level.recurrent,) for level in inner)]
        return LSTMBatch(self.levels, weights, self.unprojected, capacity, least)

    def start(self) -> Carry:
        """See `RecurrentCell.start`."""
        memories = self.w_hh.new_zeros(len(self.levels), self.units)
        return (self.w_hh.new_zeros(self.w_hh.shape[2]), *memories.unbind())

    def walk(self, first: int, inject: Tensor, carry: Carry) -> tuple[Tensor, Carry]:
        """See `RecurrentCell.walk`."""
        last = first + len(inject)
        units, depth = self.units, len(self.levels)
        made = inject.new_empty(depth, len(inject), 4, units)
        # Views of each step are made at once: made one by one they cost as much as the products.
        keeps, tables = [], []
        for number, (level, gates) in enumerate(zip(self.levels, made, strict=True)):
            to_gates = level.to_gates[first:last]
            fed = (slice(0, 3, 2), 1, 3) if number + 1 < depth else (slice(3), 3)
            parts = [(to_gates[:, some].unbind(), gates[:, some].unbind()) for some in fed]
            tables.append((level.to_memory[first:last].unbind(), parts, gates.flatten(1).unbind()))
            keeps.append(level.keep[first:last].unbind())
        h, *memories = carry
        above = inject.unbind()
        for step in range(len(inject) - 1, -1, -1):
            at_h = h + above[step]
            at_made = [at_h if self.unprojected is None else torch.mv(self.unprojected, at_h)]
            for (to_memory, _, _), memory in zip(tables, memories, strict=True):
                at_made.append(torch.addcmul(memory, at_made[-1], to_memory[step]))
            given = [at_made[-1]]
            for number in range(depth - 1, -1, -1):
                _, parts, slots = tables[number]
                memories[number] = given[-1] * keeps[number][step]
                given.append(at_made[number])
                for (scales, out), gradient in zip(parts, given, strict=True):
                    torch.mul(scales[step], gradient, out=out[step])
                back = torch.mv(self._back[number], slots[step])
                if number:
                    given = [back[:units], back[units:]]
                else:
                    h = back
        return made[0], (h, *memories)

    def read(self, inputs: Tensor) -> Tensor:
        """See `RecurrentCell.read`."""
        return product(inputs, self.w_ih.flatten(0, 1)).add_(self.levels[0].bias)

    def advance(self, at_input: Tensor, states: States, visit: Visit = as_computed) -> States:
        """See `RecurrentCell.advance`.

        A level's gates are "input", "forget", "candidate" and "output", those of inner levels with
        the `level_prefix` before it.
        """
        h, *memories = states
        read, opened = h, []
        for number, (level, memory) in enumerate(zip(self.levels, memories, strict=True)):
            bias, prefix = level.bias if number else at_input, level_prefix(number)
            sums = product(read, level.recurrent.flatten(0, 1)).add_(bias)
            i, f, g, o = sums.chunk(4, 1)
            i, f = visit(prefix + "input", _sigmoid(i)), visit(prefix + "forget", _sigmoid(f))
            g = visit(prefix + "candidate", g if self._linear and not number else _tanh(g))
            opened.append(visit(prefix + "output", _sigmoid(o)))
            read = torch.cat([i * g, f * memory], dim=1)
        new, kept = read.chunk(2, 1)
        names = self.state_names
        made = [visit(names[-1], new + kept)]
        for number in range(len(opened) - 1, -1, -1):
            value = made[-1].tanh() * opened[number]
            if not number and self.projection is not None:
                value = product(value, self.projection)
            made.append(visit(names[number], value))
        return tuple(reversed(made))


def _outer_gates(weights: LevelWeights, inputs: Tensor, h: Tensor, *, linear: bool) -> Tensor:
    """The outermost level's gates i, f, g, o at each step, (T, 4, H), from x and h'."""
    sums = weights.bias + read_by(weights.w_ih, inputs)
    sums += read_by(weights.w_hh, h)
    i, f, o = (torch.sigmoid(sums[:, gate]) for gate in (0, 1, 3))
    g = sums[:, 2] if linear else torch.tanh(sums[:, 2])
    return torch.stack([i, f, g, o], dim=1)


def _sigmoid(sums: Tensor) -> Tensor:
    """The logistic function, in place unless gradients need what is there.

    In memory of its own it takes up to five times as long.
    """
    return sums.sigmoid() if sums.requires_grad else sums.sigmoid_()


def _tanh(sums: Tensor) -> Tensor:
    """The hyperbolic tangent, likewise."""
    return sums.tanh() if sums.requires_grad else sums.tanh_()

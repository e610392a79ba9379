"""The gradients of many rows at an LSTM's states; `lstm` has the equations."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rnnviz_widget.engines.sweep.products import product
from rnnviz_widget.recurrences.vanished import clear_vanished

from .jacobians import Columns, Jacobians, RowPart
from .lstm_levels import Level

# A scale of g that is a smaller share of another gate's is raised to it; in units of the precision.
_LEAST = 1 / 16


class LSTMBatch:
    """See `CellBatch`.

    The gradients carried at a level lie side by side as its Jacobian reads them: [d, e] at the
    innermost level, [du_next, dv_next, e] at the others. As for the GRU, a step's Jacobians are
    formed once for all rows. Each part that feeds one gate is scaled. The part that feeds i, g (and
    f) is scaled by dg's slope, so that W_g need not be: that takes a third off the forming. In a
    nested LSTM gradients shrink by several gates in one step: what vanishes is cleared at once.

    Args:
        levels: The levels, outermost first.
        weights: The weights of each level's Jacobian.
        unprojected: The transposed projection, (H, P), if there is one.
        capacity: How many rows there is room for.
        least: See `RecurrentCell.batch`.
    """

    def __init__(
        self,
        levels: Sequence[Level],
        weights: Sequence[Sequence[Tensor]],
        unprojected: Tensor | None,
        capacity: int,
        least: float,
    ) -> None:
        self._least = least
        outer = levels[0]
        self._units = units = outer.keep.shape[1]
        self._unprojected = unprojected
        self._to_memory = [level.to_memory.unbind() for level in levels]
        self._keep = [level.keep.unbind() for level in levels]
        self._to_f = [level.to_gates[:, 1].unbind() for level in levels]
        self._to_o = [level.to_gates[:, 3].unbind() for level in levels]
        self._to_g, self._jacobians = [], []
        new = outer.keep.new_zeros
        self._carried: list[Tensor] = []
        for number, (level, by) in enumerate(zip(levels, weights, strict=True)):
            first = RowPart((0, 1, 2) if number + 1 == len(levels) else (0, 2), unscaled=2)
            alone = [RowPart((gate,)) for gate in range(4) if gate not in first.gates]
            slope = _slope(level.to_gates, first)
            shares = level.to_gates / slope[:, None]
            self._to_g.append(slope.unbind())
            self._jacobians.append(
                Jacobians([first, *alone], *(Columns(each, shares) for each in by))
            )
            self._carried.append(new(capacity, (1 + len(alone)) * units))
        self._at_memory = new(capacity, units)
        at_h = new(capacity, units if unprojected is None else unprojected.shape[1])
        self.states = [at_h, *(new(capacity, units) for _ in levels)]
        self._see(0)

    def _see(self, rows: int) -> None:
        """Take views of the first rows: at every step anew they would cost as much as a product."""
        self._rows = rows
        self._h, *self._memories = (each[:rows] for each in self.states)
        self._whole = [each[:rows] for each in self._carried]
        self._parts = [torch.split(each, self._units, dim=1) for each in self._whole]
        self._inner = [*(parts[-1] for parts in self._parts[1:]), self._at_memory[:rows]]

    def step(self, t: int, rows: int) -> Tensor:
        """See `CellBatch.step`."""
        if rows != self._rows:
            self._see(rows)
        h, memories, parts = self._h, self._memories, self._parts
        e = h if self._unprojected is None else product(h, self._unprojected)
        for number, inner in enumerate(self._inner):
            torch.addcmul(memories[number], e, self._to_memory[number][t], out=inner)
            torch.mul(e, self._to_o[number][t], out=parts[number][-1])
            e = inner
        torch.mul(e, self._to_g[-1][t], out=parts[-1][0])
        torch.mul(e, self._keep[-1][t], out=memories[-1])
        for number in range(len(parts) - 1, 0, -1):
            clear_vanished([self._whole[number]], self._least)
            (back,) = self._jacobians[number].carry(self._whole[number], t)
            at_u, at_v = back.chunk(2, dim=1)
            outer = parts[number - 1]
            torch.mul(at_u, self._to_g[number - 1][t], out=outer[0])
            torch.mul(at_v, self._to_f[number - 1][t], out=outer[1])
            torch.mul(at_v, self._keep[number - 1][t], out=memories[number - 1])
        if len(parts) > 1:
            clear_vanished([self._whole[0]], self._least)
        at_state, at_input = self._jacobians[0].carry(self._whole[0], t)
        h.copy_(at_state)
        return at_input


def _slope(to_gates: Tensor, part: RowPart) -> Tensor:
    """The scale of g, (T, H), above zero, by which a part is scaled.

    Where it is nothing beside the other gates', as where g is 1, it is raised, so little that it
    rounds to nothing.
    """
    others = [gate for gate in part.gates if gate != part.unscaled]
    limits = torch.finfo(to_gates.dtype)
    least = _LEAST * limits.eps * to_gates[:, others].abs().amax(dim=1)
    return to_gates[:, part.unscaled].maximum(least).clamp_min(limits.tiny)

"""The Jacobians of a layer's steps, formed once for all rows that are carried past a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rnnviz_widget.engines.sweep.products import product

# Products are fastest if a Jacobian has a multiple of so many columns, but no power of two, whose
# rows would share the lines of a processor's cache.
_COLUMNS, _POWER = 16, 256


class RowPart(NamedTuple):
    """A part of a carried row.

    Attributes:
        gates: The gates that it feeds.
        unscaled: One of them whose scale is 1, because the part is scaled by it before it is
            carried, and the scales of the others are shares of it; None: there is none. A part that
            feeds a single gate is always scaled before.
    """

    gates: Sequence[int]
    unscaled: int | None = None


class Columns(NamedTuple):
    """Some columns of a step's Jacobian: the sum over the gates of diag(scale) W.

    Attributes:
        weights: What the gates' sums are made with, (gates, H, M): the recurrent weights give the
            gradient at the state before, the input weights that at the input. (T, gates, H, M) if
            each step has its own.
        scales: The scale of each gate at each step, (T, gates, H). Those of the gates by which
            parts are scaled before are not used.
        kept: Added to the diagonal, (T, H), if given.
    """

    weights: Tensor
    scales: Tensor
    kept: Tensor | None = None


class Jacobians:
    """Carries rows backwards past steps whose gates are diagonal in what is carried.

    A carried row consists of parts of H numbers side by side, each of which feeds some gates. A
    step's Jacobian is formed: for each part the sum over its gates of diag(scale) W, so that one
    small product carries all rows, to the state and to the input at once. For a part that feeds a
    single gate the Jacobian is W itself, since such parts are scaled before they come here.

    Args:
        parts: The parts of a row.
        columns: What the rows are carried to.
    """

    def __init__(self, parts: Sequence[RowPart], *columns: Columns) -> None:
        units = columns[0].scales.shape[2]
        sizes = [each.weights.shape[-1] for each in columns]
        width = -(-sum(sizes) // _COLUMNS) * _COLUMNS
        width += _COLUMNS if width % _POWER == 0 else 0
        # The last columns are there for speed alone.
        self._sizes = [*sizes, width - sum(sizes)]
        # Allocated once: allocating megabytes anew costs more than writing to them.
        formed = columns[0].scales.new_zeros(len(parts) * units, width)
        self._transposed = formed.T
        places = torch.split_with_sizes(formed, self._sizes, dim=1)[:-1]
        pairs = zip(columns, places, strict=True)
        self._forming = [FormedColumns(each, parts, place) for each, place in pairs]

    def carry(self, rows: Tensor, t: int) -> Sequence[Tensor]:
        """Carry rows past step t.

        Args:
            rows: The rows, (N, parts H), contiguous.
            t: The step.

        Returns:
            What they are carried to: (N, M) for each of the columns.
        """
        for each in self._forming:
            each.form(t)
        made = product(rows, self._transposed)
        return torch.split_with_sizes(made, self._sizes, dim=1)[:-1]


class FormedColumns:
    """Forms some columns of a layer's Jacobians.

    Args:
        columns: The columns.
        parts: The parts of a row.
        place: Where they are formed, (parts H, M).
    """

    def __init__(self, columns: Columns, parts: Sequence[RowPart], place: Tensor) -> None:
        pairs = list(zip(parts, place.chunk(len(parts)), strict=True))
        self._single = [(part.gates[0], out) for part, out in pairs if len(part.gates) == 1]
        self._sums = [
            (part.unscaled, [gate for gate in part.gates if gate != part.unscaled], out)
            for part, out in pairs
            if len(part.gates) > 1
        ]
        self._kept = columns.kept
        self._diagonal = place.diagonal()
        self._scales = [gate.unbind() for gate in columns.scales.unsqueeze(-1).unbind(1)]
        self._of_step = columns.weights.unbind() if columns.weights.ndim == 4 else None
        self._weights = columns.weights.unbind(-3)
        if self._of_step is None:
            self._put_single()

    def form(self, t: int) -> None:
        """Form those of step t."""
        if self._of_step is not None:
            self._weights = self._of_step[t].unbind()
            self._put_single()
        weights, scales = self._weights, self._scales
        for unscaled, (first, *others), out in self._sums:
            if unscaled is None:
                torch.mul(weights[first], scales[first][t], out=out)
            else:
                torch.addcmul(weights[unscaled], weights[first], scales[first][t], out=out)
            for gate in others:
                out.addcmul_(weights[gate], scales[gate][t])
        if self._kept is not None:
            self._diagonal.add_(self._kept[t])

    def _put_single(self) -> None:
        for gate, out in self._single:
            out.copy_(self._weights[gate])

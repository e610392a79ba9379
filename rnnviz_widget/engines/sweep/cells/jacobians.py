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

# The Jacobians of several steps are formed at once, so many, and in so many bytes, at most: those
# of small layers take less time than the calls that form them one by one.
_STEPS_AT_ONCE, _BYTES = 8, 9 * 2**20


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

    Steps come in falling order, one after the other or with some left out.

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
        shape = len(parts) * units, width
        scales = columns[0].scales
        most = _BYTES // (shape[0] * shape[1] * scales.element_size())
        self._steps = max(1, min(most, _STEPS_AT_ONCE, len(scales)))
        formed = scales.new_zeros(self._steps, *shape)
        self._transposed = formed.mT.unbind()
        self._first = len(scales)
        places = torch.split_with_sizes(formed, self._sizes, dim=2)[:-1]
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
        if t < self._first:
            self._first = max(0, t + 1 - self._steps)
            for each in self._forming:
                each.form(self._first, t + 1)
        made = product(rows, self._transposed[t - self._first])
        return torch.split_with_sizes(made, self._sizes, dim=1)[:-1]


class FormedColumns:
    """Forms some columns of a layer's Jacobians.

    Args:
        columns: The columns.
        parts: The parts of a row.
        place: Where they are formed, (steps, parts H, M).
    """

    def __init__(self, columns: Columns, parts: Sequence[RowPart], place: Tensor) -> None:
        pairs = list(zip(parts, place.chunk(len(parts), dim=1), strict=True))
        self._single = [(part.gates[0], out) for part, out in pairs if len(part.gates) == 1]
        self._sums = [
            (part.unscaled, [gate for gate in part.gates if gate != part.unscaled], out)
            for part, out in pairs
            if len(part.gates) > 1
        ]
        self._kept = columns.kept
        self._diagonal = place.diagonal(dim1=1, dim2=2)
        self._scales = columns.scales.unsqueeze(-1).unbind(1)
        of_steps = columns.weights.ndim == 4
        self._weights = (columns.weights if of_steps else columns.weights[None]).unbind(1)
        self._of_steps = of_steps
        if not of_steps:
            for gate, out in self._single:
                out.copy_(self._weights[gate])

    def form(self, first: int, last: int) -> None:
        """Form those of steps `first` to `last - 1`."""
        count = last - first
        scales = [gate[first:last] for gate in self._scales]
        weights = self._weights
        if self._of_steps:
            weights = tuple(gate[first:last] for gate in weights)
            for gate, out in self._single:
                out[:count].copy_(weights[gate])
        for unscaled, (one, *others), whole in self._sums:
            out = whole[:count]
            if unscaled is None:
                torch.mul(weights[one], scales[one], out=out)
            else:
                torch.addcmul(weights[unscaled], weights[one], scales[one], out=out)
            for gate in others:
                out.addcmul_(weights[gate], scales[gate])
        if self._kept is not None:
            self._diagonal[:count].add_(self._kept[first:last])

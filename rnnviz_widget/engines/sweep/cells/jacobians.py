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


class Columns(NamedTuple):
    """Some columns of a step's Jacobian: the sum over the gates of diag(scale) W.

    Attributes:
        weights: What the gates' sums are made with, (gates, H, M): the recurrent weights give the
            gradient at the state before, the input weights that at the input. (T, gates, H, M) if
            each step has its own.
        scales: The scale of each gate at each step, (T, gates, H). That of a gate that has a part
            of the rows to itself is not used.
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
        parts: The gates that each part feeds.
        columns: What the rows are carried to.
    """

    def __init__(self, parts: Sequence[slice], *columns: Columns) -> None:
        gates, units = columns[0].scales.shape[1:]
        fed = [range(*part.indices(gates)) for part in parts]
        sizes = [each.weights.shape[-1] for each in columns]
        width = -(-sum(sizes) // _COLUMNS) * _COLUMNS
        width += _COLUMNS if width % _POWER == 0 else 0
        # The last columns are there for speed alone.
        self._sizes = [*sizes, width - sum(sizes)]
        # Allocated once: allocating megabytes anew costs more than writing to them.
        self._formed = columns[0].scales.new_zeros(len(parts) * units, width)
        places = torch.split_with_sizes(self._formed, self._sizes, dim=1)[:-1]
        pairs = zip(columns, places, strict=True)
        self._forming = [FormedColumns(each, fed, place) for each, place in pairs]

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
        made = product(rows, self._formed.T)
        return torch.split_with_sizes(made, self._sizes, dim=1)[:-1]


class FormedColumns:
    """Forms some columns of a layer's Jacobians.

    Args:
        columns: The columns.
        parts: The gates that each part of a row feeds.
        place: Where they are formed, (parts H, M).
    """

    def __init__(self, columns: Columns, parts: Sequence[range], place: Tensor) -> None:
        pairs = list(zip(parts, place.chunk(len(parts)), strict=True))
        self._single = [(part[0], out) for part, out in pairs if len(part) == 1]
        self._sums = [(part, out) for part, out in pairs if len(part) > 1]
        self._kept = columns.kept
        self._diagonal = place.diagonal()
        self._scales = columns.scales.unsqueeze(-1).unbind()
        self._of_step = columns.weights.unbind() if columns.weights.ndim == 4 else None
        self._weights = columns.weights.unbind(-3)
        if self._of_step is None:
            self._put_single()

    def form(self, t: int) -> None:
        """Form those of step t."""
        if self._of_step is not None:
            self._weights = self._of_step[t].unbind()
            self._put_single()
        weights, scales = self._weights, self._scales[t].unbind()
        for (first, *others), out in self._sums:
            torch.mul(weights[first], scales[first], out=out)
            for gate in others:
                out.addcmul_(weights[gate], scales[gate])
        if self._kept is not None:
            self._diagonal.add_(self._kept[t])

    def _put_single(self) -> None:
        for gate, out in self._single:
            out.copy_(self._weights[gate])

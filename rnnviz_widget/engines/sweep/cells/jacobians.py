"""The Jacobians of a layer's steps, formed once for all rows that are carried past a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rnnviz_widget.engines.sweep.products import product

# With fewer rows than this, forming a Jacobian costs more than it saves.
_FORM_FROM = 12
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
    single gate the Jacobian is W itself, since such parts are scaled before they come here. For few
    rows the gates' gradients are computed instead.

    Args:
        parts: The gates that each part feeds.
        columns: What the rows are carried to.
    """

    def __init__(self, parts: Sequence[slice], *columns: Columns) -> None:
        gates, units = columns[0].scales.shape[1:]
        self._units = units
        self._parts = [range(*part.indices(gates)) for part in parts]
        self._columns = columns
        self._sizes = [each.weights.shape[-1] for each in columns]
        width = -(-sum(self._sizes) // _COLUMNS) * _COLUMNS
        width += _COLUMNS if width % _POWER == 0 else 0
        # Allocated once: allocating megabytes anew costs more than writing to them.
        self._formed = columns[0].scales.new_zeros(len(parts) * units, width)
        for each, place in zip(columns, self._places(), strict=True):
            if each.weights.ndim == 3:
                self._put_single(each.weights, place)

    def carry(self, rows: Tensor, t: int) -> Sequence[Tensor]:
        """Carry rows past step t.

        Args:
            rows: The rows, (N, parts H), contiguous.
            t: The step.

        Returns:
            What they are carried to: (N, M) for each of the columns.
        """
        if len(rows) < _FORM_FROM:
            return [self._by_gates(rows, t, each) for each in self._columns]
        for each, place in zip(self._columns, self._places(), strict=True):
            self._form(t, each, place)
        made = product(rows, self._formed.T)
        return made[:, : sum(self._sizes)].split(self._sizes, dim=1)

    def _places(self) -> Sequence[Tensor]:
        """Where each of the columns is formed, (parts H, M)."""
        return self._formed[:, : sum(self._sizes)].split(self._sizes, dim=1)

    def _put_single(self, weights: Tensor, place: Tensor) -> None:
        """Put the weights of gates that have a part to themselves into its rows."""
        for part, out in zip(self._parts, place.split(self._units), strict=True):
            if len(part) == 1:
                out.copy_(weights[part[0]])

    def _form(self, t: int, columns: Columns, place: Tensor) -> None:
        weights, scales, kept = columns
        if weights.ndim == 4:
            weights = weights[t]
            self._put_single(weights, place)
        scaled = scales[t].unsqueeze(-1)
        for part, out in zip(self._parts, place.split(self._units), strict=True):
            if len(part) == 1:
                continue
            first, *others = part
            torch.mul(weights[first], scaled[first], out=out)
            for gate in others:
                out.addcmul_(weights[gate], scaled[gate])
        if kept is not None:
            place.diagonal().add_(kept[t])

    def _by_gates(self, rows: Tensor, t: int, columns: Columns) -> Tensor:
        """Carry rows without forming the Jacobian: to the gates, and from there by the weights."""
        weights, scales, kept = columns
        gates = rows.new_empty(len(rows), *scales.shape[1:])
        for part, carried in zip(self._parts, rows.split(self._units, dim=1), strict=True):
            for gate in part:
                if len(part) == 1:
                    gates[:, gate] = carried
                else:
                    torch.mul(carried, scales[t, gate], out=gates[:, gate])
        used = weights[t] if weights.ndim == 4 else weights
        made = product(gates.flatten(1), used.flatten(0, 1).T)
        return made if kept is None else made.addcmul_(rows, kept[t])

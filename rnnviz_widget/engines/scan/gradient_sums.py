"""Gradients of many rows at a few steps, added up from pieces."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .links import Link, ScaledComponents, Value

At = slice | Tensor
"""Which steps: some in a row, or (rows,) one for each row, in their order."""


@dataclass
class _Sum:
    """The gradient at a value, (F, steps, rows), of which some components were written.

    Attributes:
        found: The numbers.
        written: Runs of components that were written.
        shared: Whether `found` is used by others, and must not be changed.
    """

    found: Tensor
    written: list[tuple[int, int]]
    shared: bool

    def add(self, piece: ScaledComponents, some: Tensor, scale: Tensor | None) -> None:
        first, last = piece.to.start, piece.to.stop
        if self.shared:
            self.found, self.shared = self.found.clone(), False
        place = self.found[piece.to]
        if all(last <= begun or ended <= first for begun, ended in self.written):
            self.written.append((first, last))
            if scale is None:
                place.copy_(some)
            else:
                torch.mul(some, scale, out=place)
            return
        if not any(begun <= first and last <= ended for begun, ended in self.written):
            self.fill()
        if scale is None:
            place.add_(some)
        else:
            place.addcmul_(some, scale)

    def fill(self) -> None:
        """Write zeros where nothing was written."""
        last = 0
        for begun, ended in sorted(self.written):
            if last < begun:
                self.found[last:begun] = 0
            last = ended
        if last < len(self.found):
            self.found[last:] = 0
        self.written = [(0, len(self.found))]


class GradientSums:
    """The gradients at values, (F, steps, rows) each, at some steps.

    Args:
        at: Which steps.
    """

    def __init__(self, at: At) -> None:
        self._at = at
        self._sums: dict[Value, _Sum] = {}

    def add(self, link: Link, gradient: Tensor) -> None:
        """Let a gradient go on to a value."""
        value = link.to
        for piece in link.pieces:
            some = gradient[piece.of]
            scale = None if piece.scale is None else piece.scale[:, self._at, None]
            held = self._sums.get(value)
            if held is not None:
                held.add(piece, some, scale)
                continue
            width = piece.to.stop - piece.to.start
            if width == value.width:
                found, shared = (some, True) if scale is None else (some * scale, False)
                self._sums[value] = _Sum(found, [(0, width)], shared)
            else:
                found = gradient.new_empty(value.width, *gradient.shape[1:])
                self._sums[value] = held = _Sum(found, [], shared=False)
                held.add(piece, some, scale)

    def take(self, value: Value) -> Tensor | None:
        """The gradient at a value, which is not needed again; None: nothing was added."""
        held = self._sums.pop(value, None)
        if held is None:
            return None
        held.fill()
        return held.found

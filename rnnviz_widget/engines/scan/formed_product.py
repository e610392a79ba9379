"""A linear layer that makes the gates of a scan, carried past by one matrix a step."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rnnviz_widget.engines.sweep.products import product

from .links import Link, ScaledComponents, Value
from .operations import STEPS, Product

# The matrices of a span take no more memory than this.
_BYTES = 64 * 2**20


class FormedProduct:
    """Carries the gradient of a scan past the linear layer that made its gates.

    A scan's gradient g_t at F units goes to what the layer made once for each gate, times the
    derivatives s_t by that gate. So at what the layer reads it is ``g_t J_t``, with J_t the sum of
    ``diag(s_t) W`` over the gates. J_t is the same for all rows: it is formed once, and then a row
    takes a product of F numbers instead of one with F numbers for each gate.

    Args:
        pieces: How the scan's gradient goes to what the layer made, all F units in each.
        layer: The layer.

    Attributes:
        at_made: Where the scan's gradient goes if the layer itself carries it.
        at_read: Where what is carried past the layer goes.
    """

    def __init__(self, pieces: Sequence[ScaledComponents], layer: Product) -> None:
        (read,), made = layer.reads, layer.makes
        self._pieces, self._transposed = pieces, layer.transposed
        self._units = pieces[0].of.stop
        self.at_made = Value(made.tensor, made.steps, [Link(made, pieces)])
        whole = slice(0, read.width)
        onward = Link(read, [ScaledComponents(whole, whole, None)])
        self.at_read = Value(read.tensor, read.steps, [onward])

    def room(self) -> Tensor:
        """Room for the matrices of a span: taken once, since taking it costs more than forming."""
        return self._transposed.new_empty(STEPS, len(self._transposed), self._units)

    def form(self, steps: slice, room: Tensor) -> Tensor:
        """The J_t of some steps, transposed: (steps, read, F), in `room`."""
        formed = room[: steps.stop - steps.start]
        for number, (to, _, scale) in enumerate(self._pieces):
            weights = self._transposed[:, to]
            by = formed.new_ones(1, 1) if scale is None else scale[:, steps].T.contiguous()
            if number:
                formed.addcmul_(weights, by[:, None])
            else:
                torch.mul(weights, by[:, None], out=formed)
        return formed

    def room_past(self, steps: int, rows: int) -> Tensor:
        """Room for gradients at what the layer reads, (read, steps, rows)."""
        return self._transposed.new_empty(len(self._transposed), steps, rows)

    @staticmethod
    def back(formed: Tensor, gradient: Tensor) -> Tensor:
        """The gradient at what the layer reads at one step, (read, rows).

        Args:
            formed: The transposed J_t, (read, F).
            gradient: That of the scan, (F, rows).
        """
        return product(formed, gradient.T)


def saves_work(pieces: Sequence[ScaledComponents], layer: Product, units: int) -> bool:
    """Whether a `FormedProduct` takes fewer multiplications, with matrices that are not too large.

    Args:
        pieces: How a scan's gradient goes to what the layer made.
        layer: The layer.
        units: The scan's units, F.
    """
    gates = {piece.to.start for piece in pieces}
    size = STEPS * layer.reads[0].width * units * layer.transposed.element_size()
    whole = all(piece.of == slice(0, units) for piece in pieces)
    return whole and len(gates) > 1 and size <= _BYTES

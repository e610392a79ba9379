"""The backward pass of many rows through a scan whose state is a number a unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from rnnviz_widget.recurrences.vanished import clear_vanished

from .formed_product import FormedProduct, saves_work
from .links import Value, added_up
from .operations import Product, Span, TimeOperation

# With fewer rows forming the matrices takes longer than the products that they save.
_ROWS = 48


class ElementwiseScan(TimeOperation):
    """``h_t = keep_t * h_(t-1) + new_t``; see `recurrences.diagonal`.

    It reads one value, `new` and what `keep` is made of: the gradient at keep is that at new times
    the state before.
    """

    def __init__(self, keep: Value, new: Value, made: Value, start: Tensor | None = None) -> None:
        super().__init__([new], made)
        numbers, states = (each.steps.read(each.tensor.detach()) for each in (keep, made))
        first = torch.zeros_like(states[:1])
        if start is not None:
            first = start.detach().expand(made.tensor[:, 0].shape).reshape(1, -1)
        before = torch.cat([first, states[:-1]]).T.contiguous()
        of_keep = [
            link._replace(pieces=[piece.times(before) for piece in link.pieces])
            for link in keep.links
        ]
        new.links = added_up([*new.links, *of_keep])
        self.carried = made.width
        self._keep = torch.cat([numbers, torch.zeros_like(numbers[:1])]).T.contiguous()
        self._products: list[FormedProduct] = []
        self._formed: list[Tensor] = []

    def form_products(self, layers: Mapping[Value, Product]) -> None:
        """Carry gradients past the linear layers that made its gates, where that saves work.

        Args:
            layers: Linear layers, by what they make.
        """
        new = self.reads[0]
        for made in dict.fromkeys(link.to for link in new.links if link.to in layers):
            pieces = [piece for link in new.links if link.to is made for piece in link.pieces]
            if saves_work(pieces, layers[made], new.width):
                new.links = [link for link in new.links if link.to is not made]
                formed = FormedProduct(pieces, layers[made])
                self._products.append(formed)
                self.reads = [*self.reads, formed.at_made, formed.at_read]

    def _begin(self, rows: int) -> None:
        self._carried = self._keep.new_zeros(len(self._keep), rows)
        self._room = [each.room() for each in self._products] if rows >= _ROWS else []

    def prepare(self, steps: slice, rows: int) -> None:
        """See `TimeOperation.prepare`."""
        self._formed = []
        if rows >= _ROWS:
            pairs = zip(self._products, self._room, strict=True)
            self._formed = [each.form(steps, room) for each, room in pairs]

    def back(self, span: Span, gradient: Tensor | None) -> Sequence[Tensor | None]:
        """See `TimeOperation.back`."""
        carried = self._carried[:, span.rows]
        count, rows = span.shape
        formed = list(zip(self._products, self._formed, strict=True)) if self._formed else []
        past = [each.room_past(count, rows) for each, _ in formed]
        # What nobody else reads is overwritten step by step: it stays in the processor's cache.
        kept = count if self.reads[0].links or not formed else 1
        made = carried.new_empty(len(carried), kept, rows)
        for step in reversed(range(count)):
            keep = self._keep[:, span.steps.start + step + 1, None]
            here = made[:, step % kept]
            if gradient is None:
                torch.mul(carried, keep, out=here)
            else:
                torch.addcmul(gradient[:, step], carried, keep, out=here)
            first, last = span.begins[step : step + 2]
            if self._own is not None and first < last:
                here[:, first:last] += self._own[:, span.rows][:, first:last]
            clear_vanished([here], self._least)
            for found, (_, matrices) in zip(past, formed, strict=True):
                found[:, step] = FormedProduct.back(matrices[step], here)
            carried = here
        self._carried[:, span.rows] = carried
        onward = made if kept == count else None
        if not formed:
            return [onward, *(each for _ in self._products for each in (onward, None))]
        return [onward, *(each for found in past for each in (None, found))]

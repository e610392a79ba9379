"""The engine for one output for the whole text: its row is computed once for all positions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from .engine import Accuracy
from .explained import Explained
from .generic import GenericEngine
from .jobs import GenericFill
from .measures import Measure
from .network import Network


class SingleOutputEngine(GenericEngine):
    """Serves a classifier, whose output stands at every position, by `torch.autograd.grad`.

    A row is computed once for each target and measure, and kept; of a module that could not be
    copied, whose weights may have moved, it is not kept.

    Args:
        network: The network; `network.whole` is true.
        ids: The token ids, (T,).
    """

    def __init__(self, network: Network, ids: Tensor) -> None:
        super().__init__(network, ids)
        self._rows: dict[tuple[Explained, str], Tensor] = {}

    def rows(
        self,
        rows: Sequence[int],
        targets: Sequence[Explained],
        measure: Measure,
        *,
        tolerance: float = 0.0,
    ) -> tuple[Tensor, Accuracy]:
        """See `Engine.rows`. Always exact."""
        del tolerance
        found = self._passes.matrix.new_zeros(len(rows), self._length)
        for place, (_, target) in enumerate(zip(rows, targets, strict=True)):
            found[place] = self._row(target, measure)
        return found, Accuracy()

    def pieces(self, row: int, target: Explained, measure: Measure) -> Iterator[tuple[int, Tensor]]:
        """See `Engine.pieces`. There is one, the whole row."""
        del row
        yield 0, self._row(target, measure)

    def fill(
        self,
        rows: Sequence[int],
        targets: Sequence[Explained],
        measure: Measure,
        *,
        tolerance: float = 0.0,
        patience: float = float("inf"),
    ) -> GenericFill:
        """See `Engine.fill`. Always exact."""
        del tolerance, patience
        blocks = ([(place, self._row(target, measure))] for place, target in enumerate(targets))
        return GenericFill(list(rows), blocks)

    def _row(self, target: Explained, measure: Measure) -> Tensor:
        """The row of every position, (T,)."""
        key = (target, measure.name)
        found = self._rows.get(key)
        if found is None:
            ((_, found),) = super().pieces(self._length - 1, target, measure)
            if self._network.private:
                self._rows[key] = found
        return torch.clone(found)

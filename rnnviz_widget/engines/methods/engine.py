"""The engine for methods: their rows, beside the predictions of another engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from rnnviz_widget.engines.engine import Accuracy, Engine
from rnnviz_widget.engines.explained import Explained
from rnnviz_widget.engines.measures import Measure
from rnnviz_widget.engines.network import Network
from rnnviz_widget.engines.texts import Windows

from .attention import Attention
from .by_captum import ByCaptum
from .in_windows import InWindows
from .method import CAPTUM, Method
from .moved import Moved, taking
from .occlusion import Occlusion
from .row_method import Row, RowMethod


class MethodEngine:
    """Serves one method; all but rows is the other engine's. See `Engine`.

    Args:
        network: The network.
        ids: The token ids, (T,).
        beside: The engine that read the text.
        method: The method.
        baseline: The id of its baseline, if it names one.

    Raises:
        ImportError: If captum is needed and not installed.
        ValueError: If the method can't serve the network.
    """

    def __init__(
        self,
        network: Network,
        ids: Tensor,
        beside: Engine,
        method: Method,
        baseline: int | None = None,
    ) -> None:
        self._beside, self._whole = beside, network.whole
        self.logits, self.reads = beside.logits, beside.reads
        self._way = _way(network, ids, method, baseline, causal=self.reads.causal)
        self.name, self.reason = self._way.name, self._way.reason
        # What reads all rows off the same passes is asked for all of them.
        by_row = self._way.name == "captum" or network.window is not None
        self.block = 16 if by_row else len(ids)
        # Of a classifier the row is the same at every position.
        self._kept: dict[Explained, Row] = {}
        self._keeps = network.whole and network.private

    def outputs(self, rows: Sequence[int]) -> Tensor:
        """See `Engine.outputs`."""
        return self._beside.outputs(rows)

    def rows(
        self,
        rows: Sequence[int],
        targets: Sequence[Explained],
        measure: Measure | Method,
        *,
        tolerance: float = 0.0,
    ) -> tuple[Tensor, Accuracy]:
        """See `Engine.rows`; the error is by how much a row misses what it should add up to."""
        del measure, tolerance
        found: dict[int, Row] = {}
        for _, part in self._blocks(rows, targets):
            found |= {row.place: row for row in part}
        scores = torch.stack([found[place].scores for place in range(len(rows))])
        return scores, Accuracy(error=max(row.error for row in found.values()))

    def pieces(
        self, row: int, target: Explained, measure: Measure | Method
    ) -> Iterator[tuple[int, Tensor]]:
        """See `Engine.pieces`. There is one, the whole row."""
        scores, _ = self.rows([row], [target], measure)
        yield 0, scores[0, : row + 1] if self.reads.causal else scores[0]

    def fill(
        self,
        rows: Sequence[int],
        targets: Sequence[Explained],
        measure: Measure | Method,
        *,
        tolerance: float = 0.0,
        patience: float = float("inf"),
    ) -> MethodFill:
        """See `Engine.fill`."""
        del measure, tolerance, patience
        return MethodFill(rows, self._blocks(rows, targets))

    def _blocks(
        self, rows: Sequence[int], targets: Sequence[Explained]
    ) -> Iterator[tuple[float, list[Row]]]:
        if not self._keeps:
            yield from self._way.blocks(rows, targets)
            return
        for place, (row, target) in enumerate(zip(rows, targets, strict=True)):
            if target not in self._kept:
                parts = self._way.blocks([row], [target])
                ((self._kept[target],),) = [part for _, part in parts if part]
            kept = self._kept[target]
            yield (place + 1) / len(rows), [Row(place, kept.scores.clone(), kept.error)]


class MethodFill:
    """See `Fill`; iterated once.

    Args:
        rows: Output indices.
        blocks: Computes them, with their places in `rows`.
    """

    def __init__(self, rows: Sequence[int], blocks: Iterator[tuple[float, list[Row]]]) -> None:
        self._rows = rows
        self._blocks = blocks
        self.share = 0.0
        self.accuracy = Accuracy()

    def __iter__(self) -> Iterator[list[tuple[int, Tensor]]]:
        for share, block in self._blocks:
            self.share = min(share, 1.0)
            error = max((row.error for row in block), default=0.0)
            self.accuracy = Accuracy(error=max(error, self.accuracy.error))
            yield [(self._rows[place], scores) for place, scores, _ in block]


def _way(
    network: Network, ids: Tensor, method: Method, baseline: int | None, *, causal: bool
) -> RowMethod:
    if network.window is not None:
        with taking(network):
            windows = Windows(network, ids, network.window, network.pad)
        return InWindows(
            windows, lambda part: _of_text(network, part, method, baseline, causal=False)
        )
    return _of_text(network, ids, method, baseline, causal=causal)


def _of_text(
    network: Network, ids: Tensor, method: Method, baseline: int | None, *, causal: bool
) -> RowMethod:
    """A way on one text that the module reads as it is."""
    if not method.of_target:
        return Attention(network, ids, method, causal=causal)
    moved = Moved(network, ids, baseline, causal=causal)
    return ByCaptum(moved, method) if method.name in CAPTUM else Occlusion(moved)

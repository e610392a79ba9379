"""What the generic engine is asked for: rows to compute, some computed, a fill of many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from .engine import Accuracy
from .explained import Explained
from .measures import Measure
from .passes import Graph


class RejectedError(Exception):
    """Why a way does not serve this network."""


class RowRequest(NamedTuple):
    """A row to compute: its place in the answer, its output s and its target."""

    place: int
    row: int
    target: Explained


class VerifiedRow(NamedTuple):
    """A row computed the plain way, from which no other way may differ."""

    wanted: RowRequest
    gradient: Tensor


@dataclass
class RowBatch:
    """Rows being computed.

    Attributes:
        left: Those still to compute, in order.
        measure: What to make of their gradients.
        patience: How many seconds a block may last.
        more: How many more rows are likely to be asked for.
        graph: That of the beginning of the text that is being worked on.
        planned: For how many more rows it was made.
    """

    left: list[RowRequest]
    measure: Measure
    patience: float
    more: int
    graph: Graph | None = None
    planned: int = 0


class GenericFill:
    """See `Fill`; iterated once.

    Args:
        rows: Output indices.
        blocks: Computes them: scores with their places in `rows`, block by block.
    """

    def __init__(self, rows: Sequence[int], blocks: Iterator[list[tuple[int, Tensor]]]) -> None:
        self._rows = rows
        self._blocks = blocks
        self.share = 0.0
        self.accuracy = Accuracy()

    def __iter__(self) -> Iterator[list[tuple[int, Tensor]]]:
        done = 0
        for block in self._blocks:
            done += len(block)
            self.share = done / len(self._rows)
            yield [(self._rows[place], scores) for place, scores in block]

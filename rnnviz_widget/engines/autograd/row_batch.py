"""Rows that the generic engine has still to compute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from rnnviz_widget.engines.explained import Explained
from rnnviz_widget.engines.measures import Measure

from .passes import Graph


class RowRequest(NamedTuple):
    """A row to compute: its place in the query, its output s and its target."""

    place: int
    row: int
    target: Explained


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

"""The rows that the generic engine still has to compute."""

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
        left: The rows still to compute, in order.
        measure: How scores are made of their gradients.
        patience: How many seconds a block may take.
        more: How many more rows are likely to be asked for after these.
        graph: The graph in use, of a prefix of the text.
        planned: How many more rows are to use this graph.
    """

    left: list[RowRequest]
    measure: Measure
    patience: float
    more: int
    graph: Graph | None = None
    planned: int = 0

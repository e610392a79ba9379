"""What a method offers to be served by an engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from rnnviz_widget.engines.engine import RowBlock
from rnnviz_widget.engines.explained import Explained


class RowMethod(Protocol):
    """Computes rows of a network on a text.

    Attributes:
        name: What computes them, in a word.
        reason: The same in words.
    """

    name: str
    reason: str

    def blocks(self, rows: Sequence[int], targets: Sequence[Explained]) -> Iterator[RowBlock]:
        """Compute rows in blocks; see `Engine.blocks`, which calls this.

        The error of a block is how far a row's sum misses what it should be, as a share of the
        row's largest magnitude.
        """
        ...

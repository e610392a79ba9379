"""How a method computes its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from torch import Tensor

from rnnviz_widget.engines.explained import Explained


class Row(NamedTuple):
    """A row that has become ready.

    Attributes:
        place: Its place among those that were asked for.
        scores: Shape (T,).
        error: By how much its sum misses what it should be, as a share of its largest magnitude.
    """

    place: int
    scores: Tensor
    error: float = 0.0


class RowMethod(Protocol):
    """Computes rows of a network on a text.

    Attributes:
        name: What computes them, in a word.
        reason: The same in words.
    """

    name: str
    reason: str

    def blocks(
        self, rows: Sequence[int], targets: Sequence[Explained]
    ) -> Iterator[tuple[float, list[Row]]]:
        """Compute rows in parts: how much is done, 0 to 1, and the rows that are ready."""
        ...

"""What the explorer asks of one model's rows over one text, wherever they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from rnnviz_widget.engines import Accuracy
from rnnviz_widget.scene.facet import Facet

Floats = npt.NDArray[np.floating]


class RowSource(Protocol):
    """Rows of one model over one text: a `Reading` computes them, a `ReadyReading` has them.

    Attributes:
        facet: All that is known of the model on the text but its rows.
        block: How many rows to ask of `fill` at a time, when the nearest are wanted first.
        accuracy: How exact the rows are that `fill` has given, the worst of them.
    """

    facet: Facet
    block: int
    accuracy: Accuracy

    def __len__(self) -> int: ...

    def matrix(self) -> tuple[Floats, Accuracy]:
        """C, shape (S, T), and how exact it is."""
        ...

    def pieces(self, row: int) -> Iterator[tuple[int, Floats]]:
        """One row from its nearest inputs backwards: each piece's first input, and its scores."""
        ...

    def fill(
        self, rows: Sequence[int], *, patience: float = ...
    ) -> Iterator[tuple[float, list[tuple[int, Floats]]]]:
        """Many rows in parts: how much is done, and the rows that have become ready."""
        ...

"""The interface by which the explorer gets one model's rows on one text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from rnnviz_widget.engines import Accuracy
from rnnviz_widget.scene.facet import Facet

Floats = npt.NDArray[np.floating]


class RowSource(Protocol):
    """Rows of one model on one text: a `Reading` computes them, a `ReadyReading` holds them.

    Attributes:
        facet: The facts about the model on the text, without its rows.
        block: How many rows to ask of `fill` at a time, where the nearest rows are wanted first.
        accuracy: The worst accuracy of the rows that `fill` has computed so far.
    """

    facet: Facet
    block: int
    accuracy: Accuracy

    def __len__(self) -> int: ...

    def matrix(self) -> tuple[Floats, Accuracy]:
        """C, shape (S, T), and how exact it is."""
        ...

    def pieces(self, row: int) -> Iterator[tuple[int, Floats]]:
        """One row, nearest inputs first: the first input of each piece, and its scores."""
        ...

    def fill(
        self, rows: Sequence[int], *, patience: float = ...
    ) -> Iterator[tuple[float, list[tuple[int, Floats]]]]:
        """Many rows in steps: how much is done, and the rows that have become ready."""
        ...

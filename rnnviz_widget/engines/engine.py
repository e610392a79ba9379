"""The seam that every engine fills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from rnnviz_widget.scene.reads import Reads

from .explained import Explained
from .measures import Measure

TOLERANCE = 1e-4
"""By how much a score may be off by default, as a share of the largest of its row: an engine may
use it to be faster on long texts. The picture's steps are ten times as coarse."""


@dataclass(frozen=True)
class Accuracy:
    """How exact a set of scores is.

    Attributes:
        tolerance: 0 where they are exact (to rounding), else the largest error allowed, as a
            share of the largest magnitude of the row.
        error: What was measured: of a sweep a bound of every row's error, which holds but for one
            chance in 900,000 (see `witnesses`); of a method the largest error of rows computed both
            ways; 0 where exact.
        rank: How many carriers stood for the rows at most; 0 where exact.
    """

    tolerance: float = 0.0
    error: float = 0.0
    rank: int = 0


class Fill(Protocol):
    """The computing of many rows, in parts short enough to let a hover come in between.

    Iterating yields, after each part, the rows that have become ready, often none: each s with
    C[s, :], shape (T,).
    """

    @property
    def share(self) -> float:
        """How much of the work is done, 0 to 1."""
        ...

    @property
    def accuracy(self) -> Accuracy:
        """How exact the rows are, when iterating has ended."""
        ...

    def __iter__(self) -> Iterator[list[tuple[int, Tensor]]]: ...


class Engine(Protocol):
    """Connectivity of one network on one text.

    Attributes:
        name: "sweep" or "autograd".
        reason: Why this engine, in words.
        logits: Shape (S, V), detached; (0, V) where so many would take too much room. Whoever has
            read them may put something smaller in their place, to let go of them; `outputs` finds
            them again.
        reads: What each output reads, as found by experiment.
        block: How many rows to ask of `fill` at a time, when the nearest are wanted first.
    """

    name: str
    reason: str
    logits: Tensor
    reads: Reads
    block: int

    def outputs(self, rows: Sequence[int]) -> Tensor:
        """The logits of some outputs, detached, (N, V), without reading the text again."""
        ...

    def rows(
        self,
        rows: Sequence[int],
        targets: Sequence[Explained],
        measure: Measure,
        *,
        tolerance: float = 0.0,
    ) -> tuple[Tensor, Accuracy]:
        """Compute C[s, :] for each s in `rows`, explaining its target.

        Args:
            rows: Output indices s, N of them.
            targets: What is explained at each: a class k, for its logit; or (a, b), for the
                logit of a less that of b.
            measure: What to make of the gradients.
            tolerance: The largest error allowed, as a share of a row's largest magnitude.

        Returns:
            Scores, shape (N, T), in the network's own precision, on its device; and how exact
            they are.
        """
        ...

    def pieces(self, row: int, target: Explained, measure: Measure) -> Iterator[tuple[int, Tensor]]:
        """Compute one row exactly, from its nearest inputs backwards.

        Yields:
            The first input index of a stretch, and the scores from there to where the stretch
            before began; the first stretch ends with s, or T where the network is not causal.
        """
        ...

    def fill(
        self,
        rows: Sequence[int],
        targets: Sequence[Explained],
        measure: Measure,
        *,
        tolerance: float = 0.0,
        patience: float = float("inf"),
    ) -> Fill:
        """Begin to compute many rows.

        Args:
            rows: Output indices s, each once.
            targets: What is explained at each: a class k, for its logit; or (a, b), for the
                logit of a less that of b.
            measure: What to make of the gradients.
            tolerance: The largest error allowed, as a share of a row's largest magnitude.
            patience: How many seconds a part may last, where a row is not itself longer.
        """
        ...

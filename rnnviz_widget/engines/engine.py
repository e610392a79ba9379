"""The base of every engine: connectivity of one network on one text, computed in blocks of rows."""

from __future__ import annotations

import abc
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from rnnviz_widget.scene.reads import Reads

from .explained import Explained, KeptLogits
from .measures import Measure
from .methods.measure_names import AnyMeasure
from .thread_count import THREADS

if TYPE_CHECKING:
    from .module.read_on import ReadText
    from .sweep.changed_inputs import ReadStack
    from .sweep.route import RouteStack

TOLERANCE = 1e-4
"""The largest error of a score by default, as a share of the largest score of its row. Engines use
it to be faster on long texts. The steps of colour in the picture are ten times as coarse."""


@dataclass(frozen=True)
class Accuracy:
    """How exact a set of scores is.

    Attributes:
        tolerance: 0 where scores are exact (to rounding), else the largest error allowed, as a
            share of the largest magnitude of the row.
        error: The largest error that was measured, in the same unit; 0 where exact. Of a sweep it
            is a bound for every row, wrong with a probability of 1 in 900,000 (see `witnesses`); of
            a method how far a row's sum misses what it should be, what rows computed in two ways
            differ by, or the standard error of a sample.
        rank: The most carriers that rows were compressed to; 0 where exact.
    """

    tolerance: float = 0.0
    error: float = 0.0
    rank: int = 0


def worst(one: Accuracy, other: Accuracy) -> Accuracy:
    """The accuracy of two sets of scores taken together."""
    return Accuracy(
        tolerance=max(one.tolerance, other.tolerance),
        error=max(one.error, other.error),
        rank=max(one.rank, other.rank),
    )


@dataclass(frozen=True)
class RowQuery:
    """The rows that an engine is asked for.

    Attributes:
        rows: Output indices s, N of them.
        targets: What is explained at each; see `explained`.
        measure: How scores are made of gradients. An engine of a method has its own.
        tolerance: The largest error allowed, as a share of a row's largest magnitude.
        patience: How many seconds a block may take, unless a single row takes longer.
        in_stretches: Whether a row may come in stretches, its nearest inputs first.
    """

    rows: Sequence[int]
    targets: Sequence[Explained]
    measure: AnyMeasure
    tolerance: float = 0.0
    patience: float = math.inf
    in_stretches: bool = False

    @property
    def gradient_measure(self) -> Measure:
        """The measure, for an engine that takes gradients; raises a TypeError for a method."""
        if not isinstance(self.measure, Measure):
            raise TypeError(f"{self.measure.name} is a method: ask `method_engine` for its rows")
        return self.measure


class RowBlock(NamedTuple):
    """One step of an engine's work; other threads may compute between two of them.

    Attributes:
        places: Which rows of the query are ready; often none.
        scores: Their scores at all inputs, (n, T); of a stretch at its inputs only, (n, L).
        first: The first input of the stretch; 0 for whole rows.
        share: How much of the query's work is done, where that is more than its rows show.
        accuracy: How exact these rows are.
    """

    places: Sequence[int] = ()
    scores: Tensor = torch.empty(0)
    first: int = 0
    share: float = 0.0
    accuracy: Accuracy = Accuracy()


class RowFill:
    """The computation of many rows in short steps, so that a hovered row can come in between.

    Iterating yields, after each step, the rows that have become ready (often none): each s with
    C[s, :], shape (T,). Iterate it once only. `nothing` are the scores of no rows, (0, T).

    Attributes:
        share: How much of the work is done, 0 to 1.
        accuracy: The worst accuracy of the rows so far.
    """

    def __init__(self, rows: Sequence[int], blocks: Iterator[RowBlock], nothing: Tensor) -> None:
        self._rows, self._blocks, self._nothing = rows, blocks, nothing
        self._done = 0
        self.share = 0.0
        self.accuracy = Accuracy()

    def __iter__(self) -> Iterator[list[tuple[int, Tensor]]]:
        for block in self._noted():
            rows = [self._rows[place] for place in block.places]
            yield list(zip(rows, block.scores.unbind(), strict=True)) if rows else []

    def finish(self) -> Tensor:
        """Compute all rows that are left, and return all scores, (N, T)."""
        found = self._nothing
        shape = len(self._rows), found.shape[1]
        for block in self._noted():
            if block.scores.shape == shape and list(block.places) == list(range(shape[0])):
                found = block.scores
            elif len(block.places):
                if found is self._nothing:
                    found = block.scores.new_zeros(shape)
                last = block.first + block.scores.shape[1]
                found[list(block.places), block.first : last] = block.scores
        return found

    def _noted(self) -> Iterator[RowBlock]:
        for block in self._blocks:
            self._done += len(block.places)
            self.share = min(1.0, max(self.share, block.share, self._done / len(self._rows)))
            self.accuracy = worst(self.accuracy, block.accuracy)
            yield block


class Engine(abc.ABC):
    """Connectivity of one network on one text.

    A subclass reads the text in its constructor and has one method, `blocks`, which computes rows.

    Args:
        reason: Why this engine serves the network, in words.
        reads: Which tokens each output reads, as found by experiment, or assumed: `reads_known`.
        predictions: Gives logits without reading the text again.
        logits: Shape (S, V), detached; (0, V) where that many would take too much memory.
        mode: A context in which blocks are computed, such as a lock and torch's settings. It is
            entered anew for each block, so that callers run outside of it between two blocks.

    Attributes:
        name: "sweep", "scan" or "autograd"; of a method, what computes it.
        reason, reads, predictions: As given.
        logits: As given. A caller that has read them may replace them with something smaller to
            free memory; `outputs` computes them again.
        read_text: What another text can be read on from; None: each text is read whole.
        kept: How many outputs, the first ones, are those of the text that it was read on from, with
            their rows.
        block: How many rows to ask of `fill` at a time, where the nearest rows are wanted first.
        forward_seconds: How long its forward pass over the text took, where a row takes a whole
            backward pass; else 0.
    """

    name: str
    block: int
    forward_seconds: float = 0.0
    read_text: ReadText | None = None
    kept: int = 0

    def __init__(
        self,
        *,
        reason: str,
        reads: Reads,
        predictions: KeptLogits,
        logits: Tensor,
        mode: Callable[[], AbstractContextManager[object]],
    ) -> None:
        self.reason, self.reads = reason, reads
        self.predictions, self.logits = predictions, logits
        self._mode = mode

    @property
    def read_stack(self) -> ReadStack | None:
        """What can read on from an input that is changed, where all layers' equations are known."""
        return None

    @property
    def reads_known(self) -> bool:
        """Whether `reads` was found out; else it is assumed, until `find_reads` has ended."""
        return True

    def find_reads(self) -> Iterator[float]:
        """Find out what each output reads, where that was put off; `reads` may be another then.

        Yields how much is done, after each short step: others may compute between two of them.
        """
        yield from ()

    @property
    def route_stack(self) -> RouteStack | None:
        """What finds the route of a memory; None: its layers' equations are not known."""
        return None

    @abc.abstractmethod
    def blocks(self, query: RowQuery) -> Iterator[RowBlock]:
        """Compute rows, block by block, each within `query.patience` seconds.

        Others compute between two blocks. So a `yield` must not be inside a lock or a torch mode:
        that would block them, or change their numbers.
        """

    def outputs(self, rows: Sequence[int]) -> Tensor:
        """The logits of some outputs, detached, (N, V), without reading the text again."""
        return self.predictions.at(rows)

    def rows(
        self,
        rows: Sequence[int],
        targets: Sequence[Explained],
        measure: AnyMeasure,
        *,
        tolerance: float = 0.0,
    ) -> tuple[Tensor, Accuracy]:
        """Compute C[s, :] for each s in `rows`; see `RowQuery` for the arguments.

        Returns:
            Scores, shape (N, T), in the network's own precision, on its device; and how exact they
                are.
        """
        pairs = list(zip(rows, targets, strict=True))
        place = {pair: n for n, pair in enumerate(dict.fromkeys(pairs))}
        some, explained = [s for s, _ in place], [k for _, k in place]
        query = RowQuery(some, explained, measure, tolerance, in_stretches=True)
        fill = self._fill(query)
        found = fill.finish()
        if len(place) < len(pairs):
            found = found[[place[pair] for pair in pairs]]
        return found, fill.accuracy

    def pieces(
        self, row: int, target: Explained, measure: AnyMeasure
    ) -> Iterator[tuple[int, Tensor]]:
        """Compute one row exactly, the inputs nearest to s first.

        Yields:
            The first input index of a stretch, and its scores up to the start of the stretch before
            it. The first stretch ends at s, or at T where the network is not causal. Later ones may
            be empty: nothing is new, and others may compute.
        """
        last = None
        for block in self._computed(RowQuery([row], [target], measure, in_stretches=True)):
            if block.places:
                (scores,) = block.scores
                last = block.first, scores[: row + 1 - block.first] if self.reads.causal else scores
                yield last
            elif last is not None:
                yield last[0], last[1][:0]

    def fill(
        self,
        rows: Sequence[int],
        targets: Sequence[Explained],
        measure: AnyMeasure,
        *,
        tolerance: float = 0.0,
        patience: float = math.inf,
    ) -> RowFill:
        """Begin to compute many rows, each once; see `RowQuery`."""
        return self._fill(RowQuery(list(rows), list(targets), measure, tolerance, patience))

    def _fill(self, query: RowQuery) -> RowFill:
        nothing = self.logits.new_zeros(0, self.reads.tokens)
        return RowFill(query.rows, self._computed(query), nothing)

    def _computed(self, query: RowQuery) -> Iterator[RowBlock]:
        blocks = self.blocks(query)
        while True:
            # A step may come long after the one before it.
            with self._mode(), THREADS.chosen():
                block = next(blocks, None)
            if block is None:
                return
            yield block

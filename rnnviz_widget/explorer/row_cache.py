"""A cache of one model's rows on a text: computed, begun, and missing ones."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rnnviz_widget.picture import LagMeans
from rnnviz_widget.reading import Connectivity, Floats, Reading, RowSource, whole
from rnnviz_widget.scene.rows import Part

# The most rows left half computed by a pointer that moved on; the oldest is dropped.
_BEGUN_AT_MOST = 16


@dataclass
class RowInProgress:
    """A row being computed.

    Attributes:
        left: Computes the remaining pieces.
        pieces: The pieces so far, the latest inputs first.
    """

    left: Iterator[tuple[int, Floats]]
    pieces: list[Floats] = field(default_factory=list)

    def advance(self) -> Floats | Part:
        """Compute the next piece; returns the row, or the part of it that there is."""
        start, piece = next(self.left)
        self.pieces.append(piece)
        row = np.concatenate(self.pieces[::-1])
        return Part(start, row) if start else row


class RowCache:
    """One model's rows on the text, as far as they are computed.

    Args:
        name: What the page calls the model.
        reading: Where rows come from.
        limit: The most numbers that are kept; the oldest rows are dropped first.
        model_reading: The same if a model computes the rows, so that other targets can be
            explained, and all classes' probabilities are known. None: the rows are ready-made.

    Attributes:
        facet: The facts about the model on the text.
        rows: C[s, :] by s; of a causal model, its first s + 1 numbers.
        failure: What went wrong in the fill, in words.
    """

    def __init__(
        self, name: str, reading: RowSource, limit: int, model_reading: Reading | None = None
    ) -> None:
        self.facet = replace(reading.facet, name=name)
        self.reading = reading
        self.model_reading = model_reading
        self.rows: dict[int, Floats] = {}
        self.failure: str | None = None
        self._limit = limit
        self._kept = 0
        self._begun: dict[int, RowInProgress] = {}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """What the page calls the model."""
        return self.facet.name

    def take_rows(self, before: RowCache, outputs: Iterable[int]) -> None:
        """Take over the rows of outputs that are the same in the cache of another text."""
        with before._lock:
            rows = [(s, before.rows[s]) for s in outputs if s in before.rows]
        with self._lock:
            for s, row in rows:
                self._keep(s, row)

    def copy(self) -> RowCache:
        """Another cache of the same reading, with the rows that this one has."""
        other = RowCache(self.name, self.reading, self._limit, self.model_reading)
        other.take_rows(self, [*self.rows])
        return other

    def corrected(self) -> RowCache:
        """This cache, or an empty one where outputs read other inputs than was assumed."""
        reading = self.model_reading
        found = None if reading is None else reading.corrected()
        if found is None or found is reading:
            return self
        return RowCache(self.name, found, self._limit, model_reading=found)

    def renew(self) -> None:
        """In a forked process: no thread holds the lock, and rows that were begun start again."""
        self._lock = threading.Lock()
        self._begun = {}

    def advance(self, s: int) -> Floats | Part:
        """A row if it is cached; else compute its next piece."""
        with self._lock:
            if s in self.rows:
                return self.rows[s]
            begun = self._begun.get(s)
            if begun is None:
                begun = RowInProgress(self.reading.pieces(s))
                while len(self._begun) >= _BEGUN_AT_MOST:
                    del self._begun[next(iter(self._begun))]
                self._begun[s] = begun
            try:
                row = begun.advance()
            except BaseException:
                del self._begun[s]
                raise
            if isinstance(row, Part):
                return row
            self._keep(s, row)
            del self._begun[s]
            return row

    def fill(self, rows: Sequence[int], *, patience: float) -> Iterator[float]:
        """Compute rows in steps; yields how much is done."""
        for share, ready in self.reading.fill(rows, patience=patience):
            with self._lock:
                for s, scores in ready:
                    if s not in self.rows:
                        # A copy, since a view would keep the whole matrix in memory.
                        self._keep(
                            s, (scores[: s + 1] if self.facet.reads.causal else scores).copy()
                        )
            yield share

    def connectivity(self) -> Connectivity:
        """All scores: the cached rows if all are there, else computed again."""
        with self._lock:
            rows = dict(self.rows)
        length = len(self.reading)
        if len(rows) < length:
            return whole(self.reading, self.facet)
        scores = np.zeros((length, length), rows[0].dtype)
        for s, row in rows.items():
            scores[s, : len(row)] = row
        return whole(self.reading, self.facet, scores)

    def lag_means(self, *, rounded: bool = True) -> LagMeans | None:
        """The share to be expected at each lag; None before all rows are kept, or of one output."""
        with self._lock:
            rows = dict(self.rows)
        if len(rows) < len(self.reading) or self.facet.one_output:
            return None
        return LagMeans(rows, signed=self.facet.measure.signed, rounded=rounded)

    def _keep(self, s: int, row: Floats) -> None:
        self.rows[s] = row
        self._kept += len(row)
        while self._kept > self._limit and len(self.rows) > 1:
            first = next(iter(self.rows))
            self._kept -= len(self.rows.pop(first))

    def keep_nearest(self, position: int, most: int) -> None:
        """Drop all rows but those of the `most` outputs nearest to a character."""
        with self._lock:
            for s in self._by_distance(position)[most:]:
                if s in self.rows:
                    self._kept -= len(self.rows.pop(s))

    def missing(self, position: int, most: int) -> list[int]:
        """The outputs whose rows are not cached, nearest to a character first."""
        missing = (s for s in self._by_distance(position) if s not in self.rows)
        return list(itertools.islice(missing, most))

    def _by_distance(self, position: int) -> list[int]:
        distances = np.abs(np.arange(len(self.reading)) - self.facet.tokens.at(position))
        nearest: list[int] = np.argsort(distances, kind="stable").tolist()
        return nearest


def in_words(error: Exception) -> str:
    """An error as the page shows it."""
    return f"{type(error).__name__}: {error}"

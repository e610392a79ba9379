"""Many rows at once, backwards through time: exactly, or as combinations of a few carriers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from rnnviz_widget.engines.measures import Measure
from rnnviz_widget.recurrences.vanished import smallest_kept

from .lowrank import Compressor
from .stack import Stack, StackBatch
from .witnesses import COUNT, Witnesses

# Steps from one compression to the next, after which scores are written out, too. Carriers shrink
# unequally from step to step, which costs digits, and the errors of more rows add up to a larger
# bound: many rows are compressed more often.
_STEPS, _STEPS_OF_MANY, _MANY = 32, 16, 4096
# A row is carried by itself for at least this many steps. By then its largest score, by which its
# error is measured, has mostly been seen; and a younger row would save no carriers.
_BY_ITSELF = 8
# Rows written out at a time, so that their data stays in the processor's cache.
_ROWS_AT_ONCE = 1024
_FIRST_ROOM = 256
# Gradients of some steps are made into scores together, since a call takes longer than its work on
# a few rows; no more numbers than fit into a processor's cache.
_REDUCED_AT_ONCE = 2**17
# How long a caller waits for its turn, at least: what it does then takes longer than a short step.
_TURN_SECONDS = 0.002


class Sweep:
    """Computes the scores of many rows of one text.

    Iterating does the work, some steps in time or a part of one at each item, so that the caller
    can pause or stop every few milliseconds.

    The rows, latest first, are the rows of one matrix of gradients at the states of all layers. At
    each step back in time it is multiplied by the step's Jacobian, which is the same for all rows,
    and the row that begins there is appended. That is exact. With a tolerance, old rows are carried
    as combinations of few carriers (see `lowrank`), so that the cost of a step does not grow with
    the number of rows, and their error is measured (see `witnesses`).

    Args:
        stack: The layers that have read the text.
        rows: Output indices s, each once.
        at_hidden: The gradient of each row's target at the top layer's h_s, (N, H).
        measure: How scores are made of gradients.
        directions: The measure's directions for this text.
        tolerance: 0 for exact scores, else the largest error allowed; see `lowrank`.

    Attributes:
        scores: C[s, :] for each of `rows`, in their order, (N, T); complete after iterating.
        share: How much of the work is done, 0 to 1.
        rank: The most carriers after a compression; 0: there was none.
        errors: A bound of each row's error, as a share of its largest magnitude, (N,); 0 where
            exact.
    """

    def __init__(
        self,
        stack: Stack,
        rows: Sequence[int],
        at_hidden: Tensor,
        measure: Measure,
        directions: Tensor,
        *,
        tolerance: float = 0.0,
    ) -> None:
        if at_hidden.is_mps:
            # Apple's GPUs (mps) have no double precision, which compressing needs.
            tolerance = 0.0
        order = sorted(range(len(rows)), key=lambda n: -rows[n])
        self._order = torch.tensor(order, device=at_hidden.device)
        self._rows = [rows[n] for n in order]
        self._at_hidden = at_hidden[self._order]
        self._measure = measure
        self._compressor = Compressor(tolerance) if tolerance else None
        self._witnesses = Witnesses(self._at_hidden, stack.length) if tolerance else None
        self._reserved = COUNT if tolerance else 0
        room = min(len(rows), _FIRST_ROOM) + self._reserved
        self._batch: StackBatch = stack.batch(room, directions, smallest_kept(at_hidden))
        self._begun = 0
        self._old = 0
        self._carried = self._reserved
        self._coefficients = at_hidden.new_zeros(0, 0)
        self.scores = at_hidden.new_zeros(len(rows), stack.length)
        self.share = 0.0
        self.rank = 0
        self.errors = at_hidden.new_zeros(len(rows))

    def __iter__(self) -> Iterator[None]:
        due = time.perf_counter() + _TURN_SECONDS
        for _ in self._steps():
            if time.perf_counter() >= due:
                yield
                due = time.perf_counter() + _TURN_SECONDS

    def _steps(self) -> Iterator[None]:
        last = self._rows[0]
        steps = _STEPS_OF_MANY if self._compressor and len(self._rows) > _MANY else _STEPS
        for high in range(last, -1, -steps):
            low = max(0, high - steps + 1)
            yield from self._block(low, high)
            if self._compressor is not None and low:
                self._compress(self._compressor, low)
                yield
            self.share = 1 - low / (last + 1)
        if self._witnesses is not None:
            largest = torch.linalg.vector_norm(self.scores, torch.inf, dim=1)
            bounds = self._witnesses.bounds(largest[self._order], self._measure)
            self.errors = torch.zeros_like(bounds)
            self.errors[self._order] = bounds

    def _block(self, low: int, high: int) -> Iterator[None]:
        """Carry all rows past the inputs from `high` down to `low`, and write their scores."""
        old = [self._reserved, self._reserved + self._coefficients.shape[1]]
        steps = high + 1 - low
        young = self.scores.new_zeros(steps, len(self._rows) - self._old)
        carriers: list[Tensor] = []
        alone: list[Tensor] = []
        for t in range(high, low - 1, -1):
            self._begin(t)
            along = self._batch.step(t, self._carried)
            if self._old:
                carriers.append(along[: old[1]])
            alone.append(along[old[1] :])
            if t == low or sum(each.numel() for each in alone) > _REDUCED_AT_ONCE:
                self._reduce(alone, young[t - low :])
                alone = []
            yield
        places = self._order[self._old : self._begun]
        self.scores[places, low : high + 1] = young[:, : self._begun - self._old].T
        if self._witnesses is None or not carriers:
            return
        both = torch.stack(carriers[::-1], dim=1)
        exact, basis = both[: old[0]], both[old[0] :]
        differences = -exact
        for first in range(0, self._old, _ROWS_AT_ONCE):
            some = slice(first, min(first + _ROWS_AT_ONCE, self._old))
            along = (self._coefficients[some] @ basis.flatten(1)).view(-1, *basis.shape[1:])
            self.scores[self._order[some], low : high + 1] = self._measure.reduce(along)
            differences += self._witnesses.combine(first, along)
            yield
        self._witnesses.compare(low, differences)

    def _reduce(self, along: list[Tensor], found: Tensor) -> None:
        """Make scores of the rows' gradients at some steps, from the last to the first."""
        counts = [len(each) for each in along]
        together = torch.cat(along) if len(along) > 1 else along[0]
        scores = torch.split_with_sizes(self._measure.reduce(together), counts)
        rows = pad_sequence(list(scores[::-1]), batch_first=True)
        found[: len(rows), : rows.shape[1]] = rows

    def _begin(self, t: int) -> None:
        """Add the rows that explain output t."""
        first = self._begun
        while self._begun < len(self._rows) and self._rows[self._begun] == t:
            self._begun += 1
        count = self._begun - first
        if not count:
            return
        self._make_room(self._carried + count)
        new = self._at_hidden[first : self._begun]
        self._batch.enter(self._carried, new)
        self._carried += count

    def _make_room(self, rows: int) -> None:
        if rows > self._batch.capacity:
            kept = self._batch.take(0, self._carried)
            self._batch = self._batch.larger(2 * rows)
            self._batch.put(0, kept)

    def _compress(self, compressor: Compressor, low: int) -> None:
        """Replace rows that began some steps ago by combinations of carriers."""
        ripe = self._old
        while ripe < self._begun and self._rows[ripe] >= low + _BY_ITSELF:
            ripe += 1
        if ripe == self._old and self.rank:
            return
        first, last = (
            self._reserved,
            self._reserved + self._coefficients.shape[1] + ripe - self._old,
        )
        carriers = self._batch.take(first, last)
        compressed = compressor.compress(self._coefficients, carriers)
        if compressed is None:
            return
        if self._witnesses is not None:
            young = self._order[self._old : ripe]
            peaks = self.scores[young, low:].abs().amax(1).pow(1 / self._measure.degree)
            exact = carriers[self._coefficients.shape[1] :]
            joined = self._witnesses.join(self._old, exact, peaks, low)
            self._batch.put(0, self._batch.take(0, self._reserved) + joined)
        unripe = self._batch.take(last, self._carried)
        self._coefficients = compressed.coefficients
        self._old = ripe
        rank = len(compressed.carriers)
        self.rank = max(self.rank, rank)
        self._carried = self._reserved + rank + len(unripe)
        self._batch.put(self._reserved, compressed.carriers)
        self._batch.put(self._reserved + rank, unripe)

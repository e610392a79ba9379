"""Many rows at once, backwards through time: exactly, or as combinations of a few carriers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from .lowrank import Compressor
from .measures import Measure
from .stack import Stack, StackBatch

# Steps from one compression to the next; scores are written out as often.
_BLOCK = 32
# Rows written out at a time: what they need stays in the cache.
_ROWS_AT_ONCE = 1024
# Rows carried exactly beside the compressed ones, to measure the error.
_WITNESSES = 8
_FIRST_ROOM = 256


class Sweep:
    """Scores of many rows of one text.

    Iterating does the work, a step in time or a part of one between two items, so that whoever
    iterates can pause or stop at any moment.

    The rows, latest first, are the rows of one matrix of gradients at the states of all layers.
    At each step in time it is multiplied by the step's Jacobian, the same for all rows, and the
    row that begins there is added below. That is exact. With a tolerance, old rows are carried as
    combinations of few carriers (see `lowrank`): the cost of a step stops growing with the rows.

    Args:
        stack: The layers that have read the text.
        rows: Output indices s, each once.
        at_hidden: The gradient of each row's logit at the top layer's h_s, (N, H).
        measure: What to make of the gradients.
        directions: The measure's directions for this text.
        tolerance: 0 for exact scores, else the largest error wanted; see `lowrank`.

    Attributes:
        scores: C[s, :] for each of `rows`, in their order, (N, T); whole when iterating has ended.
        share: How much of the work is done, 0 to 1.
        rank: The most carriers that a compression left; 0 while none took place.
        error: The largest error of the rows that were carried exactly too, as a share of the
            largest magnitude of each; 0 where nothing was compressed.
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
        order = sorted(range(len(rows)), key=lambda n: -rows[n])
        self._order = torch.tensor(order, device=at_hidden.device)
        self._rows = [rows[n] for n in order]
        self._at_hidden = at_hidden[self._order]
        self._measure = measure
        self._compressor = Compressor(tolerance) if tolerance else None
        self._witnesses = self._choose_witnesses()
        self._reserved = len(self._witnesses)
        self._batch: StackBatch = stack.batch(
            min(len(rows), _FIRST_ROOM) + self._reserved, directions
        )
        self._exact = at_hidden.new_zeros(self._reserved, stack.length)
        self._begun = 0
        self._old = 0
        self._carried = self._reserved
        self._coefficients = at_hidden.new_zeros(0, 0)
        self.scores = at_hidden.new_zeros(len(rows), stack.length)
        self.share = 0.0
        self.rank = 0
        self.error = 0.0

    def __iter__(self) -> Iterator[None]:
        last = self._rows[0]
        for high in range(last, -1, -_BLOCK):
            low = max(0, high - _BLOCK + 1)
            yield from self._block(low, high)
            if self._compressor is not None and low:
                self._compress(self._compressor)
                yield
            self.share = 1 - low / (last + 1)
        self._measure_error()

    def _block(self, low: int, high: int) -> Iterator[None]:
        """Carry all rows past the inputs from `high` down to `low`, and write their scores."""
        old = [self._reserved, self._reserved + self._coefficients.shape[1]]
        steps = high + 1 - low
        young = self.scores.new_zeros(steps, len(self._rows) - self._old)
        carriers: list[Tensor] = []
        for t in range(high, low - 1, -1):
            self._begin(t)
            along = self._batch.step(t, self._carried)
            if old[0]:
                self._exact[:, t] = self._measure.reduce(along[: old[0]])
            if old[1] > old[0]:
                carriers.append(along[old[0] : old[1]])
            scores = self._measure.reduce(along[old[1] :])
            young[t - low, : len(scores)] = scores
            yield
        places = self._order[self._old : self._begun]
        self.scores[places, low : high + 1] = young[:, : self._begun - self._old].T
        if carriers:
            basis = torch.stack(carriers[::-1], dim=1)
            for first in range(0, self._old, _ROWS_AT_ONCE):
                some = slice(first, min(first + _ROWS_AT_ONCE, self._old))
                along = (self._coefficients[some] @ basis.flatten(1)).view(
                    -1, steps, basis.shape[2]
                )
                self.scores[self._order[some], low : high + 1] = self._measure.reduce(along)
                yield

    def _begin(self, t: int) -> None:
        """Let the rows that explain output t begin."""
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
        for place, witness in enumerate(self._witnesses):
            if first <= witness < self._begun:
                self._batch.enter(place, new[witness - first : witness - first + 1])

    def _make_room(self, rows: int) -> None:
        if rows > self._batch.capacity:
            kept = self._batch.take(0, self._carried)
            self._batch = self._batch.larger(2 * rows)
            self._batch.put(0, kept)

    def _compress(self, compressor: Compressor) -> None:
        if self._begun == self._old and self.rank:
            return
        carriers = self._batch.take(self._reserved, self._carried)
        compressed = compressor.compress(self._coefficients, carriers)
        if compressed is None:
            return
        self._coefficients = compressed.coefficients
        self._old = self._begun
        rank = len(compressed.carriers)
        self.rank = max(self.rank, rank)
        self._carried = self._reserved + rank
        self._batch.put(self._reserved, compressed.carriers)

    def _choose_witnesses(self) -> list[int]:
        """The latest row and some spread evenly behind it."""
        if self._compressor is None:
            return []
        count = min(_WITNESSES, len(self._rows))
        return [n * len(self._rows) // count for n in range(count)]

    def _measure_error(self) -> None:
        if not self.rank:
            return
        places = self._order[self._witnesses]
        peaks = self._exact.abs().amax(1).clamp_min(torch.finfo(self._exact.dtype).tiny)
        errors = (self.scores[places] - self._exact).abs().amax(1) / peaks
        self.error = float(errors.max())
        self.scores[places] = self._exact

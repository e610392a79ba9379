"""Which of several strategies to compute rows is cheapest: found by timing the work itself."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence

ALONE = "alone"

# To try a strategy costs a few rows' time. Less work than so many rows is not worth a try.
_WORTH_A_TRY = 64
# The first timing of all is of a cold machine.
_WARM = 2
# Twice as many rows at once must promise to be cheaper by this to be tried.
_GAIN = 0.93
# What doubling the first number of rows promises; then, what the last doubling gave.
_PROMISE = 0.6
# Of so many latest timings the smallest counts: on a busy machine the others say less.
_REMEMBERED = 3


class StrategyTimer:
    """Strategies to compute rows, so many at once, and what they have cost.

    What comes out is the same by every strategy, so that every try is work done. Rows read
    the beginning of a text, one more of it than another; computed at once they read as much as
    the longest. A cost is the seconds for one row and one token that it reads.

    Args:
        first: The strategies besides `ALONE`, a row at a time, and how many rows each is tried with
            first. Twice as many are tried as long as that promises to pay.
    """

    def __init__(self, first: Mapping[str, int]) -> None:
        self._first = dict(first)
        self._timings: dict[tuple[str, int], deque[float]] = {}
        self._most = dict.fromkeys(first, math.inf)

    def took(self, strategy: str, size: int, tokens: int, seconds: float) -> None:
        """Note how long `size` rows took at once, each reading so many tokens."""
        timings = self._timings.setdefault((strategy, size), deque(maxlen=_REMEMBERED))
        timings.append(seconds / (size * tokens))

    def reject(self, strategy: str, size: int) -> None:
        """Use a strategy no more with so many rows; with none, if it was the first number tried."""
        self._most[strategy] = size // 2 if size > self._first[strategy] else 0
        for known in list(self._timings):
            if known[0] == strategy and known[1] > self._most[strategy]:
                del self._timings[known]

    def cost(self, strategy: str = ALONE, size: int = 1) -> float:
        """What a row costs by this strategy, infinity where it is not known."""
        return min(self._timings.get((strategy, size), [math.inf]))

    def best(self) -> float:
        """What a row costs the cheapest strategy known."""
        return min(map(min, self._timings.values()), default=math.inf)

    def tries(self, strategy: str) -> int:
        """With how many sizes a strategy was timed."""
        return sum(known == strategy for known, _ in self._timings)

    def choose(
        self, reads: Sequence[int], more: int, most: int, patience: float
    ) -> tuple[str, int]:
        """Choose a strategy and a number of rows for the next block.

        Args:
            reads: How many tokens each row that is left reads, in the order of the work.
            more: How many more rows are likely to be asked for after them.
            most: How many rows fit into memory at once.
            patience: How many seconds the block may take, where a row is not itself longer.
        """
        if len(self._timings.get((ALONE, 1), ())) < _WARM:
            return ALONE, 1
        work = sum(reads) / reads[0] * (1 + more / len(reads))
        for strategy in self._first:
            size = self._next_size(strategy, reads)
            begun = self.tries(strategy) > 0
            guess = self.cost(strategy, size // 2) if begun else self.cost()
            if (
                0 < size <= min(most, self._most[strategy], len(reads))
                and (begun or work >= _WORTH_A_TRY)
                and size * guess * max(reads[:size]) <= patience
            ):
                return strategy, size
        fitting = [
            (strategy, size)
            for strategy, size in self._timings
            if strategy == ALONE
            or (size <= most and size * self.cost(strategy, size) * max(reads[:size]) <= patience)
        ]
        return min(fitting, key=lambda each: self._price(each[0], each[1], reads))

    def _price(self, strategy: str, size: int, reads: Sequence[int]) -> float:
        """What a row of the next block would cost, which may be shorter than what was timed."""
        block = reads[:size]
        return self.cost(strategy, size) * _waste(block) * size / len(block)

    def _next_size(self, strategy: str, reads: Sequence[int]) -> int:
        """How many rows to try next, 0 for no more tries."""
        sizes = [size for known, size in self._timings if known == strategy]
        if not sizes:
            return self._first[strategy]
        last = max(sizes)
        cost, before = self.cost(strategy, last), self.cost(strategy, last // 2)
        # A few rows at once that cost a bit more than the best may yet pay when they are many.
        hopeless = cost > (1 + 2 / last) * self.best()
        promise = cost / before if math.isfinite(before) else _PROMISE
        promise *= _waste(reads[: 2 * last]) / _waste(reads[:last])
        return 0 if hopeless or promise > _GAIN else 2 * last


def _waste(reads: Sequence[int]) -> float:
    """How many times more rows read at once than one by one."""
    return max(reads) * len(reads) / sum(reads)

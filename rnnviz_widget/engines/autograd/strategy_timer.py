"""Choosing the fastest of several strategies to compute rows, by timing the work itself."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence

ALONE = "alone"

# Trying a strategy costs the time of a few rows, which does not pay for fewer rows than this.
_WORTH_A_TRY = 64
# The first row is slower than the others (cold caches), so that two are timed before others start.
_WARM = 2
# Twice as many rows are tried only if the cost is expected to fall below this share.
_GAIN = 0.93
# The share expected of the first doubling; later, the share that the last doubling gave.
_PROMISE = 0.6
# The smallest of this many latest timings counts: others are longer because the machine is busy.
_REMEMBERED = 3


class StrategyTimer:
    """The strategies to compute rows, how many rows at once, and what each has cost.

    All strategies give the same rows, so that trying one is work done. Each row reads a prefix of
    the text; rows computed at once all read as much as the longest. A cost is the seconds for one
    row and one token that it reads.

    Args:
        first: The strategies besides `ALONE` (one row at a time), and how many rows each is first
            tried with. The number is doubled as long as that is expected to pay.
    """

    def __init__(self, first: Mapping[str, int]) -> None:
        self._first = dict(first)
        self._timings: dict[tuple[str, int], deque[float]] = {}
        self._most = dict.fromkeys(first, math.inf)

    def took(self, strategy: str, size: int, tokens: int, seconds: float) -> None:
        """Note how long `size` rows took at once, each reading `tokens` tokens."""
        timings = self._timings.setdefault((strategy, size), deque(maxlen=_REMEMBERED))
        timings.append(seconds / (size * tokens))

    def reject(self, strategy: str, size: int) -> None:
        """No longer use a strategy with `size` rows or more.

        With none, if that was its first size.
        """
        self._most[strategy] = size // 2 if size > self._first[strategy] else 0
        for known in list(self._timings):
            if known[0] == strategy and known[1] > self._most[strategy]:
                del self._timings[known]

    def cost(self, strategy: str = ALONE, size: int = 1) -> float:
        """The cost of a row by this strategy; infinity where it is not known."""
        return min(self._timings.get((strategy, size), [math.inf]))

    def best(self) -> float:
        """The cost of a row by the cheapest strategy known."""
        return min(map(min, self._timings.values()), default=math.inf)

    def tries(self, strategy: str) -> int:
        """How many sizes a strategy was timed with."""
        return sum(known == strategy for known, _ in self._timings)

    def choose(
        self, reads: Sequence[int], more: int, most: int, patience: float
    ) -> tuple[str, int]:
        """Choose a strategy and a number of rows for the next block.

        `reads` are the tokens that each remaining row reads, in the order of the work; about `more`
        rows are asked for after them. At most `most` rows fit into memory, and the block may take
        `patience` seconds, unless a single row takes longer.
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
        """The cost of a row in the next block, which may be smaller than the block timed."""
        block = reads[:size]
        return self.cost(strategy, size) * _waste(block) * size / len(block)

    def _next_size(self, strategy: str, reads: Sequence[int]) -> int:
        """How many rows to try next; 0: no more tries."""
        sizes = [size for known, size in self._timings if known == strategy]
        if not sizes:
            return self._first[strategy]
        last = max(sizes)
        cost, before = self.cost(strategy, last), self.cost(strategy, last // 2)
        # A strategy slightly worse than the best at few rows may still win at many.
        hopeless = cost > (1 + 2 / last) * self.best()
        promise = cost / before if math.isfinite(before) else _PROMISE
        promise *= _waste(reads[: 2 * last]) / _waste(reads[:last])
        return 0 if hopeless or promise > _GAIN else 2 * last


def _waste(reads: Sequence[int]) -> float:
    """How many times more tokens these rows read at once than one by one."""
    return max(reads) * len(reads) / sum(reads)

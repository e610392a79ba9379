"""How much of a training loop's time is spent on watching it, and how much may be."""

from __future__ import annotations

import time
from collections.abc import Callable

# By how much the longest piece counts less with each piece after it.
_FORGETS = 0.8


class TimeBudget:
    """A share of the time for which a loop runs.

    Seconds of the background thread's pieces count in full by the clock, though it also waits for
    the loop: whatever cores and locks they share, a piece can't delay the loop for longer than it
    lasts.

    Args:
        share: The share that may be spent, between 0 and 1.
        clock: The time in seconds.

    Attributes:
        share: The same.
        running: Whether the loop runs; while it does not, nothing is counted.
    """

    def __init__(self, share: float, clock: Callable[[], float] = time.perf_counter) -> None:
        self.share = share
        self.running = False
        self._clock = clock
        self._before = 0.0
        self._since = 0.0
        # Each is added to by one thread only.
        self._in_steps = 0.0
        self._in_background = 0.0
        # About how long the longest of the last pieces in the background took.
        self._piece = 0.0

    def begin(self) -> None:
        """The loop runs."""
        if not self.running:
            self._since = self._clock()
            self.running = True

    def end(self) -> None:
        """The loop does not run any more."""
        self._before = self.elapsed
        self.running = False

    @property
    def elapsed(self) -> float:
        """For how many seconds the loop has run."""
        return self._before + (self._clock() - self._since if self.running else 0.0)

    def spend_in_step(self, seconds: float) -> None:
        """Count seconds for which a step waited."""
        self._in_steps += seconds

    def spend_in_background(self, seconds: float) -> None:
        """Count seconds that the background thread computed."""
        if self.running:
            self._in_background += seconds
            self._piece = max(seconds, _FORGETS * self._piece)

    @property
    def spent(self) -> float:
        """How many seconds were spent."""
        return self._in_steps + self._in_background

    @property
    def debt(self) -> float:
        """For how many seconds the loop must run before another piece may be computed; 0: now."""
        if not self.running:
            return 0.0
        return max(0.0, (self.spent + self._piece) / self.share - self.elapsed)

    @property
    def spent_share(self) -> float:
        """The share of the loop's time that was spent so far."""
        elapsed = self.elapsed
        return self.spent / elapsed if elapsed > 0 else 0.0

"""How much of a training loop's time is spent on watching it, and how much may be."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from .step_losses import StepLosses

# By how much the longest piece counts less with each piece after it.
_FORGETS = 0.8


class TimeBudget:
    """A share of the time for which a loop runs.

    Pieces in the background count by the clock, waits for the loop included, and for more where
    steps show that the loop loses more: the cores' caches, or threads that wait for each other,
    may delay it for longer than a piece lasts.

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
        self._losses = StepLosses()
        self._before = 0.0
        self._since = 0.0
        # The end of the last step, and how long the background had computed by then.
        self._step_ended: tuple[float, float] | None = None
        self._in_steps = 0.0
        # By thread, each of which adds to its own only: seconds of pieces that are finished, and
        # when one that is under way has begun. And the sum of those finished.
        self._in_background: dict[int, float] = {}
        self._begun: dict[int, float] = {}
        self._finished = 0.0
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
        self._step_ended = None

    @property
    def elapsed(self) -> float:
        """For how many seconds the loop has run."""
        return self._before + (self._clock() - self._since if self.running else 0.0)

    def begin_step(self) -> float:
        """The loop runs, and has come to the end of a step of its own; returns when."""
        start = self._clock()
        self.begin()
        if self._step_ended is not None:
            ended, before = self._step_ended
            self._losses.step(start - ended, self._computed(start) - before)
        return start

    def end_step(self, start: float) -> None:
        """Count for how long the loop has waited since `begin_step`, and let it go on."""
        ended = self._clock()
        self._in_steps += ended - start
        self._step_ended = ended, self._computed(ended)

    @contextlib.contextmanager
    def piece(self) -> Iterator[None]:
        """Count for how long a piece of work in the background lasts."""
        thread, start = threading.get_ident(), self._clock()
        if thread in self._begun:  # A piece within a piece.
            yield
            return
        self._begun[thread] = start
        try:
            yield
        finally:
            seconds = self._clock() - start
            if self.running:
                each = self._in_background
                each[thread] = each.get(thread, 0.0) + seconds
                self._finished = sum(each.copy().values())
                self._piece = max(seconds, _FORGETS * self._piece)
            del self._begun[thread]

    def _computed(self, now: float) -> float:
        """How many seconds the background has computed, the pieces under way included."""
        if not self._begun:
            return self._finished
        return self._finished + sum(now - begun for begun in self._begun.copy().values())

    @property
    def spent(self) -> float:
        """How many seconds were spent."""
        return self._in_steps + self._losses.factor * self._finished

    @property
    def debt(self) -> float:
        """For how many seconds the loop must run before another piece may be computed; 0: now."""
        if not self.running:
            return 0.0
        piece = self._losses.factor * self._piece
        return max(0.0, (self.spent + piece) / self.share - self.elapsed)

    @property
    def spent_share(self) -> float:
        """The share of the loop's time that was spent so far."""
        elapsed = self.elapsed
        return self.spent / elapsed if elapsed > 0 else 0.0

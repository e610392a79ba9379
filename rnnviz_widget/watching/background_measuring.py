"""The background thread: it stores and measures copied weights, in short steps, within a budget."""

from __future__ import annotations

import atexit
import threading
import weakref
from collections.abc import Callable, Generator
from functools import partial
from typing import TypeVar

from rnnviz_widget.engines import FORKS, THREADS
from rnnviz_widget.explorer.turns import TURNS

from .copied_weights import CopiedWeights
from .time_budget import TimeBudget

T = TypeVar("T")

Work = Callable[[CopiedWeights], Generator[None, None, object]]

# How many seconds it waits at most before it looks again whether to stop.
_TICK = 0.25


class StoppedError(Exception):
    """The thread is to stop; what it was computing is not needed any more."""


class BackgroundMeasuring:
    """Works on copied weights, one after the other; a newer copy takes the place of a waiting one.

    It computes on one thread. Between two steps it waits while hovers are answered, and for as long
    as the budget says. The thread ends when there is nothing to do.

    Args:
        work: What is done with a copy, in short steps. It raises nothing.
        idle: Called before each step, to tell the page of new losses.
        budget: How much of the loop's time it may take.
    """

    def __init__(self, work: Work, idle: Callable[[], None], budget: TimeBudget) -> None:
        self._work, self._idle, self._budget = work, idle, budget
        self._changed = threading.Condition()
        self._waiting: CopiedWeights | None = None
        self._alive = False
        self._stop = False
        self.thread: threading.Thread | None = None
        _MEASURING.add(self)
        FORKS.in_child(self._renew)

    def _renew(self) -> None:
        """In a forked process, such as a DataLoader's worker, nothing is measured."""
        self._changed = threading.Condition()
        self._waiting, self._alive, self.thread = None, False, None
        self._stop = True

    @property
    def stopped(self) -> bool:
        """Whether nothing is measured any more."""
        return self._stop

    @property
    def busy(self) -> bool:
        """Whether a copy is waiting or being worked on."""
        return self._alive

    def offer(self, copied: CopiedWeights) -> None:
        """Work on a copy, after that which is worked on now."""
        with self._changed:
            if self._stop:
                return
            self._waiting = copied
            if not self._alive:
                self._alive = True
                self.thread = threading.Thread(target=self._run, name="rnnviz-watch", daemon=True)
                FORKS.watch_thread(self.thread)
                self.thread.start()
            self._changed.notify_all()

    def wake(self) -> None:
        """Look again at the budget: the loop has ended."""
        with self._changed:
            self._changed.notify_all()

    def stop(self) -> None:
        """Stop for good."""
        with self._changed:
            self._stop = True
            self._changed.notify_all()
        TURNS.wake()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until there is nothing to do; returns whether there is nothing."""
        thread = self.thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
        return thread is None or not thread.is_alive()

    def in_turn(self, act: Callable[[], T]) -> T:
        """Compute a step, once the budget allows it and no hover is being answered.

        Raises:
            StoppedError: If the thread is to stop.
        """
        self._await_budget()
        with TURNS.fill() as me:
            if TURNS.wait(me, lambda: self._stop, lambda: False) == "stop":
                raise StoppedError
            try:
                with self._budget.piece():
                    return act()
            finally:
                TURNS.rest(me)

    def _await_budget(self) -> None:
        while (debt := self._budget.debt) > 0:
            with self._changed:
                if self._stop:
                    raise StoppedError
                self._changed.wait(min(debt, _TICK))
        if self._stop:
            raise StoppedError

    def _run(self) -> None:
        try:
            with THREADS.one():
                while (copied := self._next()) is not None:
                    steps = self._work(copied)
                    del copied
                    while self.in_turn(partial(self._advance, steps)):
                        pass
        except StoppedError:
            pass
        finally:
            with self._changed:
                if self.thread is threading.current_thread():
                    self._alive = False

    def _advance(self, steps: Generator[None, None, object]) -> bool:
        """Take the next step; False if there is none."""
        self._idle()
        return next(steps, self) is not self

    def _next(self) -> CopiedWeights | None:
        """The copy that waits; None: the thread ends."""
        with self._changed:
            copied, self._waiting = self._waiting, None
            if copied is None or self._stop:
                self._alive = False
                return None
            return copied


_MEASURING: weakref.WeakSet[BackgroundMeasuring] = weakref.WeakSet()


@atexit.register
def _stop_all() -> None:
    # A thread inside torch while the interpreter shuts down would crash it.
    for one in list(_MEASURING):
        one.stop()
        one.join(timeout=5)

"""Who may compute now: hovers first, then the fill of the newest explorer."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Literal

from rnnviz_widget.engines import FORKS, THREADS, release_threads

# How many seconds fills pause after a hover, since another often follows: twice as long as that one
# took, as a step of the fill may take as long, within these limits.
_QUIET_AFTER_HOVER = 0.05
_LONGEST_QUIET = 1.0
# How many seconds a page is left the cores to draw another text. What is computed meanwhile delays
# the picture on a machine of two cores, where the browser and Jupyter's server take both.
_PAGE_DRAWS = 0.03
# How many seconds fills pause after a text was changed: while a letter is typed every quarter of a
# second no fill would get far, and each letter would wait for the cores.
_QUIET_AFTER_CHANGE = 0.5
# How many seconds a fork waits for the current step of a fill.
_PART = 0.5


class Turns:
    """Lets hovers go before fills, and of several fills the newest first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._hovers = 0
        self._quiet_until = self._drawn_at = 0.0
        self._fills: list[object] = []
        # What is computing right now: fills, and the threads that answer hovers.
        self._computing: set[object] = set()
        self._hovering: list[int] = []
        FORKS.watch(self, first=True)

    @contextlib.contextmanager
    def hover(self) -> Iterator[None]:
        """Make every fill wait while a hover is answered."""
        thread, begun = threading.get_ident(), time.monotonic()
        with self._changed:
            self._hovers += 1
            self._hovering.append(thread)
        try:
            with THREADS.in_a_hurry():
                yield
        finally:
            with self._changed:
                self._hovers -= 1
                self._hovering.remove(thread)
                self._pause_fills(time.monotonic() - begun)
                self._changed.notify_all()
                filling = bool(self._fills)
            if filling:
                release_threads()

    def answered(self, seconds: float) -> None:
        """Note that a hover was answered by a fill's thread, which took so long."""
        with self._changed:
            self._pause_fills(seconds)

    def end_pause(self) -> None:
        """Let fills go on at once after the last hover: somebody waits for them."""
        with self._changed:
            self._quiet_until = self._drawn_at = 0.0
            self._changed.notify_all()

    def page_draws(self) -> None:
        """Note that a page was sent another text.

        Rows are finished when it has drawn it, and fills go on when no other text has followed.
        """
        with self._changed:
            now = time.monotonic()
            self._drawn_at = now + _PAGE_DRAWS
            self._quiet_until = max(self._quiet_until, now + _QUIET_AFTER_CHANGE)

    def await_drawn(self) -> None:
        """Wait until a page has drawn what it was sent, for what may come after that."""
        left = self._drawn_at - time.monotonic()
        if left > 0:
            time.sleep(left)

    def _pause_fills(self, took: float) -> None:
        quiet = min(_LONGEST_QUIET, max(_QUIET_AFTER_HOVER, 2 * took))
        self._quiet_until = max(self._quiet_until, time.monotonic() + quiet)

    @contextlib.contextmanager
    def fill(self) -> Iterator[object]:
        """Register a fill; it goes before those registered earlier."""
        me = object()
        with self._changed:
            self._fills.append(me)
        try:
            yield me
        finally:
            with self._changed:
                self._fills.remove(me)
                self._changed.notify_all()

    def wake(self) -> None:
        """Make those that wait check again whether they should stop."""
        with self._changed:
            self._changed.notify_all()

    def rest(self, me: object) -> None:
        """Report that the step which `wait` allowed is done."""
        with self._changed:
            self._computing.discard(me)
            self._changed.notify_all()

    def before_fork(self, deadline: float) -> None:
        """Let no step begin, and wait for those that are computing; see `engines.Forked`.

        The wait is short, since a step may wait for the very thread that forks. What must not be
        interrupted is protected by the networks' locks.
        """
        end = min(deadline, time.monotonic() + _PART)
        thread = threading.get_ident()
        self._changed.acquire()
        while self._computing or any(one != thread for one in self._hovering):
            left = end - time.monotonic()
            if left <= 0:
                return
            self._changed.wait(left)

    def after_fork(self, *, child: bool) -> None:
        """Go on. A child has no fill thread, and no hover but one on the thread that forked."""
        if not child:
            self._changed.release()
            return
        thread = threading.get_ident()
        self._changed = threading.Condition()
        self._fills, self._computing = [], set()
        self._hovering = [one for one in self._hovering if one == thread]
        self._hovers = len(self._hovering)

    def wait(
        self, me: object, stopped: Callable[[], bool], wanted: Callable[[], bool]
    ) -> Literal["stop", "finish", "fill"]:
        """Wait until there is something to do; call `rest` when it is done.

        A thread that has to wait ends the threads that torch computes with for it, since they
        would slow down a hover; see `release_threads`.

        Args:
            me: The registration that `fill` returned.
            stopped: Whether to stop.
            wanted: Whether partial rows are to be finished, which takes no turn.
        """
        released = False
        with self._changed:
            while True:
                if stopped():
                    return "stop"
                wants, now = wanted(), time.monotonic()
                left = self._drawn_at - now
                if wants and not self._hovers and left <= 0:
                    self._computing.add(me)
                    return "finish"
                if not wants:
                    left = max(left, self._quiet_until - now)
                if self._fills[-1] is me and not self._hovers and left <= 0:
                    self._computing.add(me)
                    return "fill"
                if not released:
                    release_threads()
                    released = True
                self._changed.wait(max(left, 0.01) if left > 0 else 0.2)


TURNS = Turns()
"""The turns of all explorers in this process."""

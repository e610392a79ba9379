"""The thread that works behind the explorer's back: what was answered in part, then the fill."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Callable

from rnnviz_widget.engines import FORKS
from rnnviz_widget.scene.replies import Progress

from .fill import Fill, room, size
from .kept_rows import KeptRows
from .pending_rows import PendingRows
from .turns import Turns

_FIRST_PUBLISH = 1.0
_PROGRESS_EVERY = 0.25

TURNS = Turns()
"""Who may compute now, of all explorers."""


class BackgroundFill:
    """Rows in the background: those answered in part first, then all that there is room for.

    Args:
        text: The text.
        make: Makes the facets.

    Attributes:
        text, facets, epoch, on_rows, on_progress: See `Explorer`.
    """

    def __init__(self, text: str, make: Callable[[], list[KeptRows]]) -> None:
        self.text = text
        self.on_rows: Callable[[int, bool], None] = lambda *_: None
        self.on_progress: Callable[[int, Progress], None] = lambda *_: None
        self._lock = threading.Lock()
        self._focus = 0
        # What the fill's thread is to finish: the hovered rows, then a look at another class.
        self._wanted: PendingRows | None = None
        self._looking: PendingRows | None = None
        self._stop = threading.Event()
        self._worker: threading.Thread | None = None
        self._alive = False
        self._displayed = False
        self._filled = False
        # Whether somebody waits for the rows, those of a long text too.
        self._asked = False
        self.epoch = 1
        self.facets = make()
        FORKS.in_child(self._renew)

    def _renew(self) -> None:
        """In a process that was forked: no other thread, and no fill until it is asked for."""
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._alive, self._worker = False, None
        self._wanted = self._looking = None
        for facet in self.facets:
            facet.renew()

    def _begin_anew(self, facets: list[KeptRows], text: str) -> None:
        with self._lock:
            self._stop.set()
            self._alive = self._filled = self._asked = False
            self._wanted = self._looking = None
            # The epoch comes last: whoever reads it first can at worst label new rows as old.
            self.text = text
            self.facets = facets
            self.epoch += 1
        TURNS.wake()

    def fill(self) -> None:
        """Compute the remaining rows in the background, nearest to the last hover first."""
        self._displayed = True
        if not self._filled:
            self._start()

    def fill_around(self, position: int) -> None:
        """Fill anew where rows are missing, those nearest to a character first.

        Where not all are kept, these are then the ones nearest to it; the others are let go. What
        failed before is tried again.
        """
        self._focus = position
        self._displayed = self._asked = True
        for facet in self.facets:
            facet.failure = None
            facet.keep_nearest(position, room(facet, len(self.facets)))
        if any(len(facet.rows) < len(facet.reading) for facet in self.facets):
            self._filled = False
        self.fill()

    def fill_size(self) -> int:
        """How many scores the fill keeps, about."""
        return sum(size(facet, len(self.facets)) for facet in self.facets)

    def pause(self) -> None:
        """Stop the fill where it is, and publish the rows that there are; `fill` goes on."""
        self.stop()
        self.join()
        self.on_rows(self.epoch, False)
        ended = Fill(self.facets, lambda: self._focus, asked=self._asked)
        self.on_progress(self.epoch, ended.summary())

    def stop(self) -> bool:
        """Have the thread stop where it is, without waiting for that: whether it was at work."""
        with self._lock:
            was, self._alive = self._alive, False
            self._stop.set()
        TURNS.wake()
        return was

    def go_on(self) -> None:
        """Go on after `stop`."""
        self._start()

    def _start(self) -> None:
        with self._lock:
            if not self._alive:
                self._alive = True
                self._stop = threading.Event()
                args = (self._stop, self.epoch, self.facets)
                self._worker = threading.Thread(
                    target=self._work, args=args, name="rnnviz-fill", daemon=True
                )
                _filling.add(self)
                FORKS.watch_thread(self._worker)
                self._worker.start()
        TURNS.wake()

    def close(self) -> None:
        """Stop the fill and let go of the rows."""
        self._stop.set()
        self._filled = True
        self.facets = []
        TURNS.wake()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the fill has ended; whether it has."""
        worker = self._worker
        if worker is not None and worker is not threading.current_thread():
            worker.join(timeout)
        return worker is None or not worker.is_alive()

    @property
    def _unfinished(self) -> PendingRows | None:
        return self._wanted or self._looking

    def _finished(self, asked: PendingRows) -> None:
        with self._lock:
            if self._wanted is asked:
                self._wanted = None
            if self._looking is asked:
                self._looking = None

    def _compute(self, asked: PendingRows | None, fill: Fill) -> bool:
        """Go a stretch further with what was asked for, or with the fill: whether there was any."""
        if asked is not None:
            asked.advance()
            return True
        return not self._filled and fill.advance()

    def _work(self, stop: threading.Event, epoch: int, facets: list[KeptRows]) -> None:
        fill = Fill(facets, lambda: self._focus, asked=self._asked)
        started = reported = published = answered = time.monotonic()
        with TURNS.fill() as me:
            while True:
                do = TURNS.wait(me, stop.is_set, lambda: self._unfinished is not None)
                if do == "stop":
                    return
                now = time.monotonic()
                asked = self._unfinished if do == "finish" else None
                try:
                    more = self._compute(asked, fill)
                finally:
                    TURNS.rest(me)
                if asked is not None:
                    if not asked.in_part or now - answered > _PROGRESS_EVERY:
                        answered = now
                        asked.tell()
                    if not asked.in_part:
                        self._finished(asked)
                    continue
                if more:
                    if now - reported > _PROGRESS_EVERY:
                        reported = now
                        self.on_progress(epoch, fill.progress())
                    if fill.fresh and now - published > max(_FIRST_PUBLISH, published - started):
                        published = now
                        fill.fresh = False
                        self.on_rows(epoch, False)
                    continue
                with self._lock:
                    # What was stopped must not end what has begun since.
                    ends = not self._filled and not stop.is_set()
                    self._filled = self._filled or ends
                if ends:
                    self.on_rows(epoch, True)
                    self.on_progress(epoch, fill.summary())
                with self._lock:
                    if stop.is_set():
                        return
                    # Another fill may have been asked for just now.
                    if self._unfinished is None and self._filled:
                        self._alive = False
                        return


_filling: weakref.WeakSet[BackgroundFill] = weakref.WeakSet()


@atexit.register
def _stop_fills() -> None:
    # A thread inside torch while the interpreter goes down would crash it.
    for explorer in list(_filling):
        explorer.close()
        explorer.join(timeout=5)

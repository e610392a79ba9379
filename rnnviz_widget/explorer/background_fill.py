"""The thread that computes in the background: what was answered in part, then the fill."""

from __future__ import annotations

import atexit
import threading
import time
import weakref

from rnnviz_widget.engines import FORKS

from .fill import Fill, room, size
from .listener import Listener
from .pending_rows import PendingRows
from .row_cache import RowCache
from .turns import TURNS

_FIRST_PUBLISH = 1.0
_PROGRESS_EVERY = 0.25


class BackgroundFill:
    """Rows on a thread of its own: those answered in part first, then all that there is room for.

    Args:
        listener: Called from that thread.

    Attributes:
        focus: The character last hovered: the rows nearest to it are filled first.
        displayed: Whether a fill was asked for. A row that takes long may then come in part.
        hovered: The hovered rows that were answered in part and are to be finished.
        previewed: The same of another class explained there; finished after them.
        thread: The thread that filled last.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._lock = threading.Lock()
        self._epoch = 0
        self._caches: list[RowCache] = []
        self.focus = 0
        self.displayed = False
        self.hovered: PendingRows | None = None
        self.previewed: PendingRows | None = None
        self.thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._alive = False
        self._filled = False
        # Whether somebody waits for the rows, those of a long text too.
        self._awaited = False
        FORKS.in_child(self._renew)

    def _renew(self) -> None:
        """In a process that was forked: no other thread, and no fill until it is asked for."""
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._alive, self.thread = False, None
        self.hovered = self.previewed = None
        for cache in self._caches:
            cache.renew()

    def begin_epoch(self, epoch: int, caches: list[RowCache]) -> None:
        """Stop what belongs to the epoch before; a fill of this one begins when it is asked for."""
        with self._lock:
            self._stop.set()
            self._alive = self._filled = self._awaited = False
            self.hovered = self.previewed = None
            self._epoch, self._caches = epoch, caches
        TURNS.wake()

    def hover(self, position: int) -> None:
        """Another character is hovered: what was asked for elsewhere is not finished any more."""
        self.focus = position
        self.hovered = None
        previewed = self.previewed
        if previewed is not None and previewed.position != position:
            self.previewed = None

    def finish_rows(self, rows: PendingRows) -> None:
        """Finish hovered rows before all else."""
        self.hovered = rows
        self.go_on()

    def finish_preview(self, rows: PendingRows) -> None:
        """Finish a preview, after hovered rows."""
        self.previewed = rows
        self.go_on()

    def fill(self) -> None:
        """Compute the remaining rows in the background, nearest to the last hover first."""
        self.displayed = True
        if not self._filled:
            self.go_on()

    def fill_around(self, position: int) -> None:
        """Fill anew where rows are missing, those nearest to a character first.

        Where not all are kept, these are then the ones nearest to it; the others are let go. What
        failed before is tried again.
        """
        self.focus = position
        self.displayed = self._awaited = True
        for cache in self._caches:
            cache.failure = None
            cache.keep_nearest(position, room(cache, len(self._caches)))
        if any(len(cache.rows) < len(cache.reading) for cache in self._caches):
            self._filled = False
        self.fill()

    def size(self) -> int:
        """How many scores the fill keeps, about."""
        return sum(size(cache, len(self._caches)) for cache in self._caches)

    def pause(self) -> None:
        """Stop the fill where it is, and publish the rows that there are; `fill` goes on."""
        self.stop()
        self.join()
        self._listener.on_rows(self._epoch, False)
        ended = Fill(self._caches, lambda: self.focus, awaited=self._awaited)
        self._listener.on_progress(self._epoch, ended.summary())

    def stop(self) -> bool:
        """Have the thread stop where it is, without waiting for that: whether it was at work."""
        with self._lock:
            was, self._alive = self._alive, False
            self._stop.set()
        TURNS.wake()
        return was

    def go_on(self) -> None:
        """Have a thread at work."""
        with self._lock:
            if not self._alive:
                self._alive = True
                self._stop = threading.Event()
                args = (self._stop, self._epoch, self._caches)
                self.thread = threading.Thread(
                    target=self._work, args=args, name="rnnviz-fill", daemon=True
                )
                _filling.add(self)
                FORKS.watch_thread(self.thread)
                self.thread.start()
        TURNS.wake()

    def close(self) -> None:
        """Stop the fill and let go of the rows."""
        self._stop.set()
        self._filled = True
        self._caches = []
        TURNS.wake()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the fill has ended; whether it has."""
        worker = self.thread
        if worker is not None and worker is not threading.current_thread():
            worker.join(timeout)
        return worker is None or not worker.is_alive()

    @property
    def _unfinished(self) -> PendingRows | None:
        return self.hovered or self.previewed

    def _finished(self, pending: PendingRows) -> None:
        with self._lock:
            if self.hovered is pending:
                self.hovered = None
            if self.previewed is pending:
                self.previewed = None

    def _compute(self, pending: PendingRows | None, fill: Fill) -> bool:
        """Go a stretch further with what was asked for, or with the fill: whether there was any."""
        if pending is not None:
            pending.advance()
            return True
        return not self._filled and fill.advance()

    def _work(self, stop: threading.Event, epoch: int, caches: list[RowCache]) -> None:
        fill = Fill(caches, lambda: self.focus, awaited=self._awaited)
        started = reported = published = answered = time.monotonic()
        with TURNS.fill() as me:
            while True:
                do = TURNS.wait(me, stop.is_set, lambda: self._unfinished is not None)
                if do == "stop":
                    return
                now = time.monotonic()
                pending = self._unfinished if do == "finish" else None
                try:
                    more = self._compute(pending, fill)
                finally:
                    TURNS.rest(me)
                if pending is not None:
                    if not pending.in_part or now - answered > _PROGRESS_EVERY:
                        answered = now
                        pending.tell()
                    if not pending.in_part:
                        self._finished(pending)
                    continue
                if more:
                    if now - reported > _PROGRESS_EVERY:
                        reported = now
                        self._listener.on_progress(epoch, fill.progress())
                    if fill.fresh and now - published > max(_FIRST_PUBLISH, published - started):
                        published = now
                        fill.fresh = False
                        self._listener.on_rows(epoch, False)
                    continue
                with self._lock:
                    # What was stopped must not end what has begun since.
                    ends = not self._filled and not stop.is_set()
                    self._filled = self._filled or ends
                if ends:
                    self._listener.on_rows(epoch, True)
                    self._listener.on_progress(epoch, fill.summary())
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
    for fill in list(_filling):
        fill.close()
        fill.join(timeout=5)

"""The background thread: it finishes rows that were answered in part, then runs the fill."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Callable
from typing import Protocol

from rnnviz_widget.engines import FORKS, release_threads

from .fill import Fill, room, size
from .listener import Listener
from .row_cache import RowCache
from .turns import TURNS

_FIRST_PUBLISH = 1.0
_PROGRESS_EVERY = 0.25


class Unfinished(Protocol):
    """What was answered in part, and is finished in steps."""

    @property
    def position(self) -> int:
        """The character that it belongs to."""
        ...

    @property
    def in_part(self) -> bool:
        """Whether there is more to compute."""
        ...

    def advance(self) -> None:
        """Compute the next step."""
        ...

    def tell(self) -> None:
        """Report that there is more of it."""
        ...


class BackgroundFill:
    """Computes rows on a thread of its own: partial answers first, then as many as may be kept.

    The listener is called from that thread.

    Attributes:
        focus: The character last hovered; the rows nearest to it are filled first.
        displayed: Whether a fill was asked for. Only then may a slow row be answered in part.
        hovered: The hovered rows that were answered in part, or put off, and are to be finished.
        previewed: The same of a preview; finished after them.
        asked: What instruments asked for, by kind; computed after those, in this order.
        thread: The latest thread.
        under_way: Returns what the thread fills; None: it has ended, or not begun.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._lock = threading.Lock()
        self._epoch = 0
        self._caches: list[RowCache] = []
        self.focus = 0
        self.displayed = False
        self.hovered: Unfinished | None = None
        self.previewed: Unfinished | None = None
        self.asked: dict[str, Unfinished] = {}
        self.thread: threading.Thread | None = None
        self.under_way: Callable[[], Fill | None] = lambda: None
        self._stop = threading.Event()
        self._alive = False
        # Whether there is nothing to fill, as where there are no rows.
        self._filled = True
        # Whether rows were asked for explicitly; then those of a long text are filled, too.
        self._awaited = False
        FORKS.in_child(self._renew)

    def _renew(self) -> None:
        """In a forked process: there is no other thread, and no fill until it is asked for."""
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._alive, self.thread = False, None
        self.hovered = self.previewed = None
        self.asked = {}
        for cache in self._caches:
            cache.renew()

    def begin_epoch(self, epoch: int, caches: list[RowCache]) -> None:
        """Stop the work of the epoch before.

        A fill of the new epoch begins when it is asked for.
        """
        with self._lock:
            self._stop.set()
            self._alive = self._awaited = False
            self._filled = not caches
            self.hovered = self.previewed = None
            self.asked = {}
            self._epoch, self._caches = epoch, caches
        TURNS.wake()

    def hover(self, position: int) -> None:
        """Note that another character is hovered, and stop finishing partial answers elsewhere."""
        self.focus = position
        self.hovered = None
        previewed = self.previewed
        if previewed is not None and previewed.position != position:
            self.previewed = None
        for kind, asked in list(self.asked.items()):
            if asked.position != position:
                self.drop(kind)

    def finish_rows(self, rows: Unfinished) -> None:
        """Finish hovered rows before all else."""
        self.hovered = rows
        self.go_on()

    def finish_preview(self, rows: Unfinished) -> None:
        """Finish a preview, after hovered rows."""
        self.previewed = rows
        self.go_on()

    def finish(self, kind: str, asked: Unfinished) -> None:
        """Compute what an instrument asked for, in place of what it asked for before.

        It comes after hovered rows and a preview, and is dropped when another character is hovered.
        """
        with self._lock:
            self.asked = {**self._without(kind), kind: asked}
        self.go_on()

    def drop(self, kind: str) -> None:
        """Do not go on with what an instrument asked for."""
        with self._lock:
            self.asked = self._without(kind)

    def _without(self, kind: str) -> dict[str, Unfinished]:
        return {other: asked for other, asked in self.asked.items() if other != kind}

    def fill(self) -> None:
        """Compute the remaining rows in the background, nearest to the last hover first."""
        self.displayed = True
        if not self._filled:
            self.go_on()

    def fill_around(self, position: int) -> None:
        """Fill missing rows, nearest to a character first; models that failed are tried again.

        If not all rows may be kept, the nearest are kept and the others dropped.
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
        """About how many scores the fill keeps."""
        return sum(size(cache, len(self._caches)) for cache in self._caches)

    def pause(self) -> None:
        """Stop the fill and publish the rows so far; `fill` continues it."""
        self.stop()
        self.join()
        self._listener.on_rows(self._epoch, False)
        ended = Fill(self._caches, lambda: self.focus, awaited=self._awaited)
        self._listener.on_progress(self._epoch, ended.summary())

    def stop(self) -> bool:
        """Tell the thread to stop, without waiting; returns whether it was at work."""
        with self._lock:
            was, self._alive = self._alive, False
            self._stop.set()
        TURNS.wake()
        return was

    def go_on(self) -> None:
        """Start a thread if none is at work."""
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
                release_threads()
                self.thread.start()
        TURNS.wake()

    def close(self) -> None:
        """Stop the fill and drop the rows."""
        self._stop.set()
        self._filled = True
        self._caches = []
        TURNS.wake()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the fill has ended; returns whether it has."""
        worker = self.thread
        if worker is not None and worker is not threading.current_thread():
            TURNS.end_pause()
            worker.join(timeout)
        return worker is None or not worker.is_alive()

    @property
    def _unfinished(self) -> Unfinished | None:
        return self.hovered or self.previewed or next(iter(self.asked.values()), None)

    def _finished(self, pending: Unfinished) -> None:
        with self._lock:
            if self.hovered is pending:
                self.hovered = None
            if self.previewed is pending:
                self.previewed = None
            self.asked = {kind: asked for kind, asked in self.asked.items() if asked is not pending}

    def _compute(self, pending: Unfinished | None, fill: Fill) -> bool:
        """Advance the partial rows, or the fill, by one step; False if there was nothing to do."""
        if pending is not None:
            pending.advance()
            return True
        return not self._filled and fill.advance()

    def _new_fill(self, epoch: int, caches: list[RowCache]) -> Fill:
        tell = self._listener.on_reads
        fill = Fill(caches, lambda: self.focus, awaited=self._awaited, on_reads=tell)
        self.under_way = weakref.ref(fill)
        if self._unfinished is None:
            self._tell_checks(epoch, fill)
        return fill

    def _tell_checks(self, epoch: int, fill: Fill) -> None:
        if fill.checks:
            self._listener.on_progress(epoch, fill.progress())

    def _work(self, stop: threading.Event, epoch: int, caches: list[RowCache]) -> None:
        fill = self._new_fill(epoch, caches)
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
                        self._tell_checks(epoch, fill)
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
                    # A stopped thread must not mark the next epoch's fill as done.
                    ends = not self._filled and not stop.is_set()
                    self._filled = self._filled or ends
                if ends:
                    self._listener.on_rows(epoch, True)
                    self._listener.on_progress(epoch, fill.summary())
                with self._lock:
                    if stop.is_set():
                        return
                    # `fill_around` may have asked for more rows since the check above.
                    if self._unfinished is None and self._filled:
                        self._alive = False
                        return


_filling: weakref.WeakSet[BackgroundFill] = weakref.WeakSet()


@atexit.register
def _stop_fills() -> None:
    # A thread inside torch while the interpreter shuts down would crash it.
    for fill in list(_filling):
        fill.close()
        fill.join(timeout=5)

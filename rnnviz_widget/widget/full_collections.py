"""Full garbage collections wait for a pause of the reader.

Where torch and Jupyter are loaded there are hundreds of thousands of objects, and Python looks at
all of them in a full collection: a letter typed meanwhile would wait 0.1 s or more for it.
"""

from __future__ import annotations

import contextlib
import gc
import threading
import time
from collections.abc import Iterator

from rnnviz_widget.engines import FORKS

_NEVER = 2**30
# How many seconds nothing must come from a page, and how long full collections wait at most.
_PAUSE, _AT_MOST = 1.0, 30.0


class FullCollections:
    """Defers full collections of this process until pages have been silent for a while.

    Younger objects are collected as ever. In the pause a full collection begins if Python finds
    that one is due. What others set meanwhile by `gc.set_threshold` stays. In Python versions that
    collect step by step nothing changes.

    Args:
        pause: How many seconds of silence are a pause.
        at_most: After how many seconds full collections come without one.

    Attributes:
        thread: The latest thread that waits for the pause.
    """

    def __init__(self, pause: float = _PAUSE, at_most: float = _AT_MOST) -> None:
        self._pause, self._at_most = pause, at_most
        self._changed = threading.Condition()
        self._inside = 0
        self._deferring = False
        # The threshold that is put back; when deferring began; when a page was last answered.
        self._after, self._began, self._answered = 0, 0.0, 0.0
        self.thread: threading.Thread | None = None
        FORKS.in_child(self._renew)

    @contextlib.contextmanager
    def deferred(self) -> Iterator[None]:
        """Begin no full collection in here, nor before the next pause."""
        with self._changed:
            self._inside += 1
            self._defer()
        try:
            yield
        finally:
            with self._changed:
                # A process forked in here has begun at 0 again.
                self._inside = max(0, self._inside - 1)
                self._answered = time.monotonic()
                self._changed.notify_all()

    def _defer(self) -> None:
        if self._deferring:
            return
        youngest, younger, self._after = gc.get_threshold()
        gc.set_threshold(youngest, younger, _NEVER)
        self._deferring, self._began = True, time.monotonic()
        self.thread = threading.Thread(target=self._await_pause, name="rnnviz-gc", daemon=True)
        FORKS.watch_thread(self.thread)
        self.thread.start()

    def _await_pause(self) -> None:
        with self._changed:
            while (left := self._seconds_left()) > 0:
                self._changed.wait(left)
            self._restore()
        # As many objects as have Python look whether a collection is due.
        _ = [[] for _ in range(gc.get_threshold()[0] + 1)]

    def _seconds_left(self) -> float:
        now = time.monotonic()
        silent = self._pause if self._inside else self._answered + self._pause - now
        return min(silent, self._began + self._at_most - now)

    def _restore(self) -> None:
        self._deferring = False
        youngest, younger, oldest = gc.get_threshold()
        if oldest == _NEVER:
            gc.set_threshold(youngest, younger, self._after)

    def _renew(self) -> None:
        """In a forked process: nobody waits for the pause."""
        self._changed = threading.Condition()
        self._inside = 0
        if self._deferring:
            self._restore()


FULL_COLLECTIONS = FullCollections()
"""Those of this process."""

"""Full garbage collections wait until the page has its answer.

Where torch and Jupyter are loaded there are hundreds of thousands of objects, and Python looks at
all of them in a full collection: a letter typed meanwhile would wait 0.1 s or more for it.
"""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Iterator

from rnnviz_widget.engines import FORKS

_NEVER = 2**30


class FullCollections:
    """Defers full collections of this process, as long as any thread wants that.

    Younger objects are collected as ever. Python begins a full collection that is due at the first
    chance afterwards. What others set meanwhile by `gc.set_threshold` stays. In Python versions
    that collect step by step nothing changes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._after = 0
        FORKS.in_child(self._renew)

    @contextlib.contextmanager
    def deferred(self) -> Iterator[None]:
        """Begin no full collection in here."""
        with self._lock:
            if not self._inside:
                youngest, younger, self._after = gc.get_threshold()
                gc.set_threshold(youngest, younger, _NEVER)
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                # A process forked in here has begun at 0 again.
                self._inside = max(0, self._inside - 1)
                if not self._inside:
                    self._restore()

    def _restore(self) -> None:
        youngest, younger, oldest = gc.get_threshold()
        if oldest == _NEVER:
            gc.set_threshold(youngest, younger, self._after)

    def _renew(self) -> None:
        """In a forked process: the threads that wanted it are not there."""
        self._lock = threading.Lock()
        self._inside = 0
        self._restore()


FULL_COLLECTIONS = FullCollections()
"""Those of this process."""

"""The lock of a network's passes, and what becomes of it where the process is forked."""

from __future__ import annotations

import threading
import time

from rnnviz_widget.engines.forks import FORKS

CUT_OFF = (
    "this process was forked while the model was being read, in a pass that did not end in time; "
    "refresh() takes a new copy of the module"
)


class PassLock:
    """Held during every pass of a module, which serves one thread at a time.

    A thread may take it again while it holds it. In another process it is another lock.

    Attributes:
        cut_off: Whether this process was forked in the middle of a pass, so that the module may
            have been left half changed.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._at_rest = False
        self.cut_off = False
        FORKS.watch(self)

    def __reduce__(self) -> tuple[type[PassLock], tuple[()]]:
        return PassLock, ()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def acquire(self, *, blocking: bool = True) -> bool:
        """Take it; see `threading.Lock`."""
        return self._lock.acquire(blocking=blocking)

    def release(self) -> None:
        """Give it back."""
        self._lock.release()

    def before_fork(self, deadline: float) -> None:
        """Wait for the pass that is under way; see `forks.Forked`."""
        self._at_rest = self._lock.acquire(timeout=max(0.0, deadline - time.monotonic()))

    def after_fork(self, *, child: bool) -> None:
        """Let passes begin again; of one that was cut off the child's module has the hooks."""
        if self._at_rest:
            self._lock.release()
        elif child:
            self._lock = threading.RLock()
            self.cut_off = True

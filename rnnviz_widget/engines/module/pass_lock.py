"""The lock of a network's passes, which survives a fork of the process."""

from __future__ import annotations

import threading
import time

from rnnviz_widget.engines.forks import FORKS

CUT_OFF = (
    "this process was forked during a forward pass of the model that did not end in time; "
    "refresh() takes a new copy of the module"
)


class PassLock:
    """Held during every pass of a module, which serves one thread at a time.

    A thread that holds it may take it again. In a forked process it is a new lock.

    Attributes:
        cut_off: Whether this process was forked in the middle of a pass, so that the module may be
            left half changed.
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
        """See `threading.Lock.acquire`."""
        return self._lock.acquire(blocking=blocking)

    def release(self) -> None:
        """See `threading.Lock.release`."""
        self._lock.release()

    def before_fork(self, deadline: float) -> None:
        """Wait for the pass that is running; see `forks.Forked`."""
        self._at_rest = self._lock.acquire(timeout=max(0.0, deadline - time.monotonic()))

    def after_fork(self, *, child: bool) -> None:
        """Allow passes again.

        Mark one that was cut off, whose hooks are still on a child's module.
        """
        if self._at_rest:
            self._lock.release()
        elif child:
            self._lock = threading.RLock()
            self.cut_off = True

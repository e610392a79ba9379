"""What a process that is forked finds: no lock that nobody gives back, nothing half done.

A fork copies the memory of all threads and the thread that forks alone. A lock that another thread
held stays locked in the child for ever, and what that thread was changing stays half changed, such
as a hook on a module. So whatever computes is brought to rest before a fork (multiprocessing's
`fork`, a DataLoader's workers), and what can't be is told to the child.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import torch

# How long a fork waits for a pass to end, in seconds. A child in which it did not is told so.
_PATIENCE = 10.0
# How long for threads that are done to be gone, in seconds.
_LEAVING = 0.5
# Where Linux lists the threads of this process.
_TASKS = Path("/proc/self/task")


class Forked(Protocol):
    """What must be at rest when the process is forked."""

    def before_fork(self, deadline: float) -> None:
        """Come to rest and stay so, or give up at a time, as `time.monotonic` tells it."""
        ...

    def after_fork(self, *, child: bool) -> None:
        """Go on; in the child, without any of the other threads that there were."""
        ...


class _Forks:
    """All that must be at rest, in the order in which it is brought there."""

    def __init__(self) -> None:
        self._known: tuple[weakref.WeakSet[Forked], ...] = (weakref.WeakSet(), weakref.WeakSet())
        self._threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        self._renewals: set[weakref.WeakMethod[Callable[[], None]]] = set()
        self._resting: list[Forked] = []
        # Held from before to after: of two threads that fork one waits.
        self._forking = threading.Lock()
        # Whether torch's threads are those of a parent, which a child does not have.
        self._lacks_threads = False

    def watch(self, one: Forked, *, first: bool = False) -> None:
        """Bring something to rest before a fork, for as long as it lives.

        Args:
            one: What.
            first: Whether before all that is not.
        """
        self._known[0 if first else 1].add(one)

    def watch_thread(self, thread: threading.Thread) -> None:
        """Wait before a fork for a thread that has computed to be gone, once it is done.

        As a thread goes MKL gives its buffers back, under a lock that a child would wait for.
        """
        self._threads.add(thread)

    def in_child(self, renew: Callable[[], None]) -> None:
        """Call a method of something in every child, for as long as that lives.

        Args:
            renew: Makes new locks, and forgets the threads that there were.
        """
        self._renewals.add(weakref.WeakMethod(renew, self._renewals.discard))

    def before(self) -> None:
        """Bring all to rest."""
        self._forking.acquire()
        deadline = time.monotonic() + _PATIENCE
        self._resting = [one for known in self._known for one in list(known)]
        for one in self._resting:
            one.before_fork(deadline)
        # Last: from here to the fork no other thread runs Python, so that none can end.
        end = time.monotonic() + _LEAVING
        while any(map(_leaving, list(self._threads))) and time.monotonic() < end:
            time.sleep(0.001)

    def after(self, *, child: bool) -> None:
        """Let all go on."""
        self._lacks_threads = self._lacks_threads or child
        for one in reversed(self._resting):
            one.after_fork(child=child)
        self._resting = []
        if not child:
            self._forking.release()
            return
        self._forking = threading.Lock()
        for known in list(self._renewals):
            renew = known()
            if renew is not None:
                renew()

    def without_lost_threads(self) -> None:
        """Have torch compute on one thread where this process was forked.

        OpenMP waits for ever in a child for the threads that its parent had. A DataLoader does the
        same in its workers.
        """
        if self._lacks_threads:
            self._lacks_threads = False
            torch.set_num_threads(1)


def _leaving(thread: threading.Thread) -> bool:
    """Whether a thread is done and the system has it still."""
    return not thread.is_alive() and (_TASKS / str(thread.native_id)).exists()


FORKS = _Forks()

if hasattr(os, "register_at_fork"):  # Windows has no fork.
    os.register_at_fork(
        before=FORKS.before,
        after_in_parent=lambda: FORKS.after(child=False),
        after_in_child=lambda: FORKS.after(child=True),
    )

"""Forks of the process: computations rest before one, so that a child finds no lock held.

A fork copies the memory of all threads, but only the thread that forks. A lock held by another
thread stays locked in the child for ever, and what that thread was changing, such as a hook on a
module, stays half changed. So everything that computes is paused before a fork (multiprocessing's
`fork`, a DataLoader's workers); what can't be paused in time is marked as cut off in the child.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import MethodType
from typing import Any, Protocol, cast

import torch

# How many seconds a fork waits for a pass to end. If it does not, the child's copy is marked.
_PATIENCE = 10.0
# How many seconds it waits for finished threads to be gone.
_LEAVING = 0.5
# Where Linux lists the threads of this process.
_TASKS = Path("/proc/self/task")


class Forked(Protocol):
    """What must be paused when the process is forked."""

    def before_fork(self, deadline: float) -> None:
        """Pause, and stay paused until `after_fork`; give up at `deadline` (`time.monotonic`)."""
        ...

    def after_fork(self, *, child: bool) -> None:
        """Go on. In the child none of the other threads exist any more."""
        ...


class _Forks:
    """Everything that is paused before a fork, in the order in which it is paused."""

    def __init__(self) -> None:
        self._known: tuple[weakref.WeakSet[Forked], ...] = (weakref.WeakSet(), weakref.WeakSet())
        self._threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        # Of each object the function of its method: a bound method would keep it alive.
        self._renewals: weakref.WeakKeyDictionary[object, Callable[[Any], None]] = (
            weakref.WeakKeyDictionary()
        )
        self._resting: list[Forked] = []
        # Held from `before` to `after`, so that two threads can't fork at once.
        self._forking = threading.Lock()
        # Whether torch counts on threads of the parent, which do not exist in a child.
        self._lacks_threads = False

    def watch(self, one: Forked, *, first: bool = False) -> None:
        """Pause an object before each fork, for as long as it lives.

        Args:
            one: The object.
            first: Whether to pause it before those that are not `first`.
        """
        self._known[0 if first else 1].add(one)

    def watch_thread(self, thread: threading.Thread) -> None:
        """Before a fork wait until a finished thread is gone, once it has ended.

        A thread that ends makes MKL free its buffers under a lock, for which a child would wait for
        ever.
        """
        self._threads.add(thread)

    def in_child(self, renew: Callable[[], None]) -> None:
        """Call a bound method in every child, for as long as its object lives."""
        method = cast(MethodType, renew)
        self._renewals[method.__self__] = method.__func__

    def before(self) -> None:
        """Pause everything."""
        self._forking.acquire()
        deadline = time.monotonic() + _PATIENCE
        self._resting = [one for known in self._known for one in list(known)]
        for one in self._resting:
            one.before_fork(deadline)
        # Last: no other thread runs Python between here and the fork, so that none can end there.
        end = time.monotonic() + _LEAVING
        while any(map(_leaving, list(self._threads))) and time.monotonic() < end:
            time.sleep(0.001)

    def after(self, *, child: bool) -> None:
        """Resume everything."""
        self._lacks_threads = self._lacks_threads or child
        for one in reversed(self._resting):
            one.after_fork(child=child)
        self._resting = []
        if not child:
            self._forking.release()
            return
        self._forking = threading.Lock()
        for owner, renew in list(self._renewals.items()):
            renew(owner)

    def without_lost_threads(self) -> None:
        """In a forked process, have torch compute on one thread.

        OpenMP would wait for ever for the parent's threads. A DataLoader does the same in its
        workers.
        """
        if self._lacks_threads:
            self._lacks_threads = False
            torch.set_num_threads(1)


def _leaving(thread: threading.Thread) -> bool:
    """Whether a thread has ended in Python while the system still has it."""
    return not thread.is_alive() and (_TASKS / str(thread.native_id)).exists()


FORKS = _Forks()

if hasattr(os, "register_at_fork"):  # Windows has no fork.
    os.register_at_fork(
        before=FORKS.before,
        after_in_parent=lambda: FORKS.after(child=False),
        after_in_child=lambda: FORKS.after(child=True),
    )

"""How many threads torch computes with: all, or one where other work keeps the cores busy.

With more threads than free cores torch's threads wait for each other at the end of every operation,
each time until the system has let all of them run. Of a recurrent layer's many small operations
each then takes ten times as long as with one thread. So both are timed, now and then, by the thread
that is about to compute. What the system says of free cores saves most of these timings, and keeps
a thread that was only slow to wake from being taken for one that other work holds up.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import math
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from .free_cores import free_cores

SetThreads = Callable[[int], object]

# How many seconds a finding holds at first, and at most while one thread goes on being faster:
# trying all threads is what then takes long.
_HOLDS, _HOLDS_AT_MOST = 0.5, 4.0
# Where somebody waits for what is computed, an old finding serves for so many seconds more. If it
# was that one thread is faster, it is looked at again after these seconds: a page that is drawn
# keeps a core busy for no longer. So it is by everyone where there were too few cores for all
# threads that could run, as soon as there are enough.
_HOLDS_IN_A_HURRY, _GLANCE_HOLDS = 4.0, 0.1
# Each is timed so often, in turns, and medians are compared: at times one thread has to wait for
# a core too. If all threads take this many times as long, once is enough unless cores are free: a
# virtual machine may take 10 ms to wake a thread. So many rounds are enough if the way that is
# taken now is faster in each. With too few cores more rounds are timed: threads that have waited
# run undisturbed for the first milliseconds, until their share of time is used up.
_ROUNDS, _CLEARLY, _FEW = 5, 3.0, 2
_CROWDED_ROUNDS = 12
# `omp_pause_soft`, of the OpenMP standard.
_SOFTLY = 1
# The way that was not taken before must be faster by this factor.
_BETTER = 1.15


class ThreadCount:
    """Finds out whether one thread or all are faster, and has torch use that many.

    Args:
        seconds: Times some work with this many threads of the calling thread's pool.
        set_threads: Sets how many threads the calling thread computes with, and no other thread;
            None: that can't be set, so that nothing is done.
        free: How many cores no thread needs now, the calling one included; see `free_cores`.
        clock: The time in seconds.

    Attributes:
        enabled: Whether anything is done. For benchmarks, which compare.
    """

    def __init__(
        self,
        seconds: Callable[[int], float],
        set_threads: SetThreads | None,
        free: Callable[[], float] = free_cores,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds, self._set = seconds, set_threads
        self._free, self._clock = free, clock
        self.enabled = True
        self._lock = threading.Lock()
        # Whether one thread is faster, and whether that was found where cores were few.
        self._one = self._crowded = False
        self._holds = _HOLDS
        # When something was timed last, and until when what was found holds, or a glance does.
        self._timed = self._until = self._glanced_until = -math.inf
        self._local = threading.local()

    @contextlib.contextmanager
    def chosen(self) -> Iterator[None]:
        """Compute with as many threads as are fastest now, in this thread.

        The caller's number is restored afterwards. Inside another `chosen` a new finding may change
        the number for this part. With one thread, as a caller may have set it, nothing is done.
        """
        before = torch.get_num_threads()
        outer = getattr(self._local, "every", None)
        every: int = outer or before
        if self._set is None or every < 2 or not self.enabled:
            yield
            return
        self._local.every = every
        try:
            self._find_out(every)
            self._set(1 if self._one else every)
            yield
        finally:
            self._set(before)
            self._local.every = outer

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """Compute with one thread in this thread, whatever is found inside: nothing is timed.

        For what must disturb no other work, or is too little to be divided.
        """
        before, outer = torch.get_num_threads(), getattr(self._local, "every", None)
        set_threads = self._set if before > 1 else None
        self._local.every = 1
        if set_threads is not None:
            set_threads(1)
        try:
            yield
        finally:
            if set_threads is not None:
                set_threads(before)
            self._local.every = outer

    @contextlib.contextmanager
    def in_a_hurry(self) -> Iterator[None]:
        """Find out little in this thread, where the last finding is not old.

        For what somebody waits for: each way is timed once, and one thread taken if all are far
        slower. What is computed after that, in another thread, finds out the rest.
        """
        before = self._hurries
        self._local.hurries = True
        try:
            yield
        finally:
            self._local.hurries = before

    @property
    def _hurries(self) -> bool:
        return getattr(self._local, "hurries", False)

    def _find_out(self, every: int) -> None:
        now = self._clock()
        hurries = self._hurries and now < self._until + _HOLDS_IN_A_HURRY
        until = max(self._until, self._glanced_until) if hurries else self._until
        if self._still_holds(every, now, until) or not self._lock.acquire(blocking=False):
            return
        try:
            if hurries:
                one = self._one_at_a_glance(every)
                holds = _GLANCE_HOLDS if one else _HOLDS
            else:
                one = self._one_is_faster(every)
                holds = min(2 * self._holds, _HOLDS_AT_MOST) if one and self._one else _HOLDS
            self._one, self._crowded = one, one and self._free() < 0
            self._timed = self._clock()
            if hurries:
                self._glanced_until = self._timed + holds
            else:
                self._holds, self._until = holds, self._timed + holds
        finally:
            self._lock.release()

    def _still_holds(self, every: int, now: float, until: float) -> bool:
        """Whether nothing need be timed: what was found is new, or free cores say it holds."""
        if self._one:
            looks = self._crowded and now >= self._timed + _GLANCE_HOLDS
            return now < until and not (looks and self._room(every))
        return now < until or (now < self._timed + _HOLDS_AT_MOST and self._room(every))

    def _room(self, every: int) -> bool:
        """Whether each of our threads would have a core to itself; only the calling one runs."""
        return self._free() >= every - 1

    def _one_at_a_glance(self, every: int) -> bool:
        """What is taken after few timings: it changes if two pairs of them agree."""
        for _ in range(_FEW):
            one, all_threads = self._seconds(1), self._seconds(every)
            stays = all_threads * _BETTER >= one if self._one else all_threads <= _CLEARLY * one
            if stays:
                return self._one
        return not self._one

    def _one_is_faster(self, every: int) -> bool:
        one, all_threads = [], []
        for rounds in range(1, _CROWDED_ROUNDS + 1):
            one.append(self._seconds(1))
            all_threads.append(self._seconds(every))
            free = self._free()
            if free < 0 and all_threads[-1] > _CLEARLY * one[-1]:
                return True
            crowded = -math.inf < free < 0 and not self._one
            pairs = zip(one, all_threads, strict=True)
            if rounds == _FEW and not crowded and all((a < b) == self._one for a, b in pairs):
                return self._one
            if rounds >= _ROUNDS and not crowded:
                break
        factor = 1 / _BETTER if self._one else _BETTER
        return statistics.median(one) * factor < statistics.median(all_threads)


@functools.cache
def _library() -> ctypes.CDLL | None:
    """Torch's library, with the functions of the OpenMP that it uses; None: it is not found."""
    names = "libtorch_cpu.so", "libtorch_cpu.dylib"
    files = (Path(torch.__file__).parent / "lib" / name for name in names)
    file = next(filter(Path.exists, files), None)
    try:
        return None if file is None else ctypes.CDLL(str(file))
    except OSError:
        return None


@functools.cache
def _releaser() -> Callable[[int], int] | None:
    """Ends the threads that the calling thread computes with, if that is GCC's OpenMP.

    Others (that of LLVM has `__kmpc_fork_call`, too) do not wait less where there are many threads.
    """
    library = _library()
    if library is None or hasattr(library, "__kmpc_fork_call"):
        return None
    found: Callable[[int], int] | None = getattr(library, "omp_pause_resource_all", None)
    return found


def release_threads() -> None:
    """End the threads that torch computes with for the calling thread; new ones begin when needed.

    GCC's OpenMP counts the threads that wait for any Python thread to compute. If they are more
    than the processor has cores, no thread waits actively any more: each operation of a recurrent
    layer then takes up to twice as long. So a thread that has computed, and leaves the rest to
    another one, ends its own.
    """
    release = _releaser()
    if release is not None:
        release(_SOFTLY)


@functools.cache
def _setter() -> SetThreads | None:
    """Sets the number for one thread in OpenMP and MKL, if torch uses OpenMP here.

    `torch.set_num_threads` would also set MKL's number for all threads, and that of threads that
    the user starts meanwhile. Once the user has called it, MKL heeds OpenMP's number no more.
    """
    library = _library()
    set_openmp = getattr(library, "omp_set_num_threads", None)
    if set_openmp is None:
        return None
    set_openmp.argtypes, set_openmp.restype = [ctypes.c_int], None
    set_mkl = getattr(library, "MKL_Set_Num_Threads_Local", None)
    if set_mkl is not None:
        set_mkl.argtypes, set_mkl.restype = [ctypes.c_int], ctypes.c_int

    def set_threads(count: int) -> None:
        set_openmp(count)
        if set_mkl is not None:
            # 0: the number that holds for all threads.
            set_mkl(1 if count == 1 else 0)

    before = torch.get_num_threads()
    set_threads(before + 1)
    works = torch.get_num_threads() == before + 1
    set_threads(before)
    return set_threads if works else None


@functools.cache
def _work() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    sizes = (96, 512), (512, 512)
    rows, weights = (
        torch.randn(size, generator=generator, dtype=torch.float32, device="cpu") for size in sizes
    )
    return rows, weights


def _seconds(count: int) -> float:
    """Time two steps of a recurrent layer of 512 units with 96 rows, less than a millisecond."""
    set_threads = _setter()
    assert set_threads is not None
    set_threads(count)
    rows, weights = _work()
    start = time.perf_counter()
    with torch.no_grad():
        # At the first of two steps threads that have slept are waked, as they are in a sweep.
        for _ in range(2):
            torch.sigmoid(rows @ weights)
    return time.perf_counter() - start


THREADS = ThreadCount(_seconds, _setter())
"""The finding of this process: other work keeps all of its threads waiting alike."""

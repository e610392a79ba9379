"""One text, several models: rows on demand, the rest in the background. Knows no widget."""

from __future__ import annotations

import atexit
import contextlib
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from .connectivity import Floats, Reading
from .models import TRUTH, SequenceModel, Target

FILL_LIMIT = 2_000_000
"""How many numbers the background fill keeps, over all models; rows beyond wait for a hover."""

# While a pointer moves, the fill keeps still: a row in hand would hold up the next hover.
_QUIET_AFTER_HOVER = 0.3
_FIRST_PUBLISH = 1.0
_PROGRESS_EVERY = 0.25


@dataclass(frozen=True)
class Failure:
    """What went wrong instead of a row, in words."""

    message: str


@dataclass(frozen=True)
class Progress:
    """How far the background fill is: `done` of `total` rows over all models."""

    done: int
    total: int
    state: Literal["idle", "filling", "done", "stopped"]
    message: str | None = None


@dataclass(eq=False)
class Facet:
    """One model's reading of the text, with the rows computed so far.

    Attributes:
        name: What the page calls it.
        reading: The model on the text.
        rows: C[s, :] by s; of a causal model, its first s + 1 numbers.
    """

    name: str
    reading: Reading
    rows: dict[int, Floats] = field(default_factory=dict)
    failure: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def row(self, s: int) -> Floats:
        """C[s, :], from the cache or computed now; nothing is computed twice."""
        with self.lock:
            if s not in self.rows:
                scores = self.reading.rows([s])[0]
                self.rows[s] = scores[: s + 1] if self.reading.causal else scores
            return self.rows[s]


class Explorer:
    """Answers hovers over one text for several models and fills in the rest meanwhile.

    A hover goes first: the fill, on a thread of its own, computes one row at a time and waits
    while a hover is being answered. Of several explorers that fill, the newest goes first.

    Args:
        models: The models by the names that the page shows.
        text: The text.
        target: What is explained; see `connectivity`.
        measure: How; see `connectivity`.

    Attributes:
        facets: One for each model, in order.
        epoch: Grows by one with every refresh.
        on_rows: Called from the fill's thread when more rows are there to publish, with the epoch
            and whether all that will be filled are.
        on_progress: Called from the fill's thread, a few times a second, with the epoch.

    Raises:
        TypeError, ValueError, FloatingPointError: As `connectivity` does.
    """

    def __init__(
        self,
        models: Mapping[str, SequenceModel],
        text: str,
        *,
        target: Target = TRUTH,
        measure: str = "norm",
    ) -> None:
        self.text = text
        self.models = dict(models)
        self._options = (target, measure)
        self.on_rows: Callable[[int, bool], None] = lambda *_: None
        self.on_progress: Callable[[int, Progress], None] = lambda *_: None
        self._changed = threading.Condition()
        self._hovers = 0
        self._last_hover = -_QUIET_AFTER_HOVER
        self._focus = 0
        self._stop = threading.Event()
        self._worker: threading.Thread | None = None
        self._filled = False
        self.epoch = 1
        self.facets = self._read()

    def _read(self) -> list[Facet]:
        return [
            Facet(name, Reading(model, self.text, *self._options))
            for name, model in self.models.items()
        ]

    def rows_at(self, position: int) -> list[tuple[int, Floats | Failure]]:
        """For each facet its output at a character, and that output's row or what went wrong."""
        self._focus = position
        tasks = [(facet, facet.reading.tokens.at(position)) for facet in self.facets]
        with self._going_first():
            return [_attempt(facet, s) for facet, s in tasks]

    def refresh(self) -> None:
        """Read the text anew with the models' weights as they are now.

        Raises:
            RuntimeError, FloatingPointError: If a model fails; what was there stays.
        """
        for model in dict.fromkeys(self.models.values()):
            model.refresh()
        facets = self._read()
        self._stop.set()
        self._worker = None
        self._filled = False
        # The epoch comes last: whoever reads it first can at worst label new rows as old.
        self.facets = facets
        self.epoch += 1

    def fill(self) -> None:
        """Compute the remaining rows in the background, nearest to the last hover first."""
        with self._changed:
            if self._filled or (self._worker is not None and self._worker.is_alive()):
                return
            self._stop = threading.Event()
            args = (self._stop, self.epoch, self.facets)
            self._worker = threading.Thread(
                target=self._work, args=args, name="rnnviz-fill", daemon=True
            )
            _filling.add(self)
            self._worker.start()

    def close(self) -> None:
        """Stop the fill and let go of the rows."""
        self._stop.set()
        self._filled = True
        self.facets = []

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the fill has ended; whether it has."""
        worker = self._worker
        if worker is not None and worker is not threading.current_thread():
            worker.join(timeout)
        return worker is None or not worker.is_alive()

    @contextlib.contextmanager
    def _going_first(self) -> Iterator[None]:
        with self._changed:
            self._hovers += 1
        try:
            yield
        finally:
            with self._changed:
                self._hovers -= 1
                self._last_hover = time.monotonic()
                self._changed.notify_all()

    def _wait_for_quiet(self, stop: threading.Event) -> None:
        with self._changed:
            while not stop.is_set():
                left = self._last_hover + _QUIET_AFTER_HOVER - time.monotonic()
                if not self._hovers and left <= 0:
                    return
                self._changed.wait(max(left, 0.01))

    def _work(self, stop: threading.Event, epoch: int, facets: list[Facet]) -> None:
        room = {id(facet): _room(facet, len(facets)) for facet in facets}
        total = sum(room.values())
        started = reported = published = time.monotonic()
        with _turns.newest_first(stop) as wait_for_turn:
            while True:
                wait_for_turn()
                self._wait_for_quiet(stop)
                if stop.is_set():
                    return
                task = _nearest(facets, room, self._focus)
                if task is None:
                    break
                facet, s = task
                _, row = _attempt(facet, s)
                if isinstance(row, Failure):
                    facet.failure = row.message
                now = time.monotonic()
                if now - reported > _PROGRESS_EVERY:
                    reported = now
                    self.on_progress(epoch, Progress(_done(facets), total, "filling"))
                if now - published > max(_FIRST_PUBLISH, published - started):
                    published = now
                    self.on_rows(epoch, False)
        self._filled = epoch == self.epoch
        self.on_rows(epoch, True)
        self.on_progress(epoch, _summary(facets, total))


def _attempt(facet: Facet, s: int) -> tuple[int, Floats | Failure]:
    try:
        return s, facet.row(s)
    except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
        return s, Failure(f"{type(error).__name__}: {error}")


def _room(facet: Facet, facets: int) -> int:
    """How many of a facet's rows the fill keeps."""
    length = len(facet.reading)
    numbers = length * (length + 1) // 2 if facet.reading.causal else length * length
    return max(1, min(length, length * (FILL_LIMIT // facets) // numbers))


def _nearest(
    facets: list[Facet], room: Mapping[int, int], position: int
) -> tuple[Facet, int] | None:
    """The missing row nearest to a character, over all facets that have room and work."""
    best: tuple[int, Facet, int] | None = None
    for facet in facets:
        if facet.failure is not None or len(facet.rows) >= room[id(facet)]:
            continue
        missing = np.ones(len(facet.reading), bool)
        missing[list(facet.rows)] = False
        candidates = np.flatnonzero(missing)
        distances = np.abs(candidates - facet.reading.tokens.at(position))
        nearest = int(distances.argmin())
        found = (int(distances[nearest]), facet, int(candidates[nearest]))
        if best is None or found[0] < best[0]:
            best = found
    return None if best is None else best[1:]


def _done(facets: list[Facet]) -> int:
    return sum(len(facet.rows) for facet in facets)


def _summary(facets: list[Facet], total: int) -> Progress:
    done = _done(facets)
    failed = [f"{facet.name}: {facet.failure}" for facet in facets if facet.failure]
    every = sum(len(facet.reading) for facet in facets)
    if failed:
        return Progress(done, total, "stopped", "; ".join(failed))
    if done < every:
        words = f"{done:,} of {every:,} rows are kept in the page; the others are read on hover."
        return Progress(done, total, "stopped", words)
    return Progress(done, total, "done")


class _Turns:
    """Lets the newest of several fills work while the others wait."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: list[object] = []

    @contextlib.contextmanager
    def newest_first(self, stop: threading.Event) -> Iterator[Callable[[], None]]:
        me = object()
        with self._changed:
            self._queue.append(me)

        def wait() -> None:
            with self._changed:
                while self._queue[-1] is not me and not stop.is_set():
                    self._changed.wait(0.2)

        try:
            yield wait
        finally:
            with self._changed:
                self._queue.remove(me)
                self._changed.notify_all()


_turns = _Turns()
_filling: weakref.WeakSet[Explorer] = weakref.WeakSet()


@atexit.register
def _stop_fills() -> None:
    # A thread inside torch while the interpreter goes down would crash it.
    for explorer in list(_filling):
        explorer.close()
        explorer.join(timeout=5)

"""One text, several models: rows on demand, the rest in the background. Knows no widget."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .connectivity import Floats, Reading
from .engines import TOLERANCE, EngineName
from .facet import Facet, Part
from .models import TRUTH, SequenceModel, Target
from .turns import Turns

FILL_LIMIT = 2_000_000
"""How many numbers the background fill keeps, over all models; rows beyond wait for a hover."""

KEPT_LIMIT = 2 * FILL_LIMIT
"""How many numbers are kept in all, over all models: 4 bytes each in single precision."""

# A hovered row that takes longer is answered with what there is of it, and finished after that.
_ANSWER_WITHIN = 0.04
# How long a part of the fill may hold up a hover, where a row is not itself longer.
_PATIENCE = 0.05
_FIRST_PUBLISH = 1.0
_PROGRESS_EVERY = 0.25


@dataclass(frozen=True)
class Failure:
    """What went wrong instead of a row, in words."""

    message: str


Outcome = Floats | Part | Failure


@dataclass(frozen=True)
class Progress:
    """How far the background fill is: `done` of `total` rows over all models."""

    done: int
    total: int
    state: Literal["idle", "filling", "done", "stopped"]
    message: str | None = None


class Explorer:
    """Answers hovers over one text for several models and fills in the rest meanwhile.

    A hover goes first: the fill, on a thread of its own, pauses between two small parts of its
    work while a hover is answered, and goes on where it was. A row that takes long is answered
    from its nearest inputs backwards, and finished by the fill's thread, unless the pointer has
    moved on. Of several explorers that fill, the newest goes first.

    Args:
        models: The models by the names that the page shows.
        text: The text.
        target: What is explained; see `connectivity`.
        measure: How; see `connectivity`.
        tolerance: How far the fill's scores may be off; see `connectivity`. Hovered rows are exact.
        engine: What computes them; see `connectivity`.

    Attributes:
        facets: One for each model, in order.
        epoch: Grows by one with every refresh.
        on_rows: Called from the fill's thread when more rows are there to publish, with the epoch
            and whether all that will be filled are.
        on_answer: Called from the fill's thread when there is more of the rows at a position that
            was answered in part, with the epoch and the position.
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
        tolerance: float = TOLERANCE,
        engine: EngineName = "auto",
    ) -> None:
        self.text = text
        self.models = dict(models)
        self._read = lambda model: Reading(
            model, text, target, measure, tolerance=tolerance, engine=engine
        )
        self.on_rows: Callable[[int, bool], None] = lambda *_: None
        self.on_answer: Callable[[int, int], None] = lambda *_: None
        self.on_progress: Callable[[int, Progress], None] = lambda *_: None
        self._lock = threading.Lock()
        self._focus = 0
        # The position whose rows the fill's thread is to finish.
        self._wanted: int | None = None
        self._stop = threading.Event()
        self._worker: threading.Thread | None = None
        self._alive = False
        self._displayed = False
        self._filled = False
        self.epoch = 1
        self.facets = self._make_facets()

    def _make_facets(self) -> list[Facet]:
        limit = KEPT_LIMIT // len(self.models)
        return [Facet(name, self._read(model), limit) for name, model in self.models.items()]

    def rows_at(self, position: int) -> list[tuple[int, Outcome]]:
        """For each facet its output at a character, and that output's row or what went wrong.

        While a fill is under way a row that takes long may come in part; `on_answer` tells when
        there is more of it, and `known_at` gives it.
        """
        self._focus = position
        self._wanted = None
        tasks = self._tasks(position)
        with _turns.hover():
            late = time.monotonic() + _ANSWER_WITHIN
            outcomes = [_attempt(facet, s) for facet, s in tasks]
            while parts := [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Part)]:
                if self._displayed and time.monotonic() > late:
                    break
                for n in parts:
                    outcomes[n] = _attempt(*tasks[n])
        if parts:
            self._wanted = position
            self._start()
        return [(s, outcome) for (_, s), outcome in zip(tasks, outcomes, strict=True)]

    def known_at(self, position: int) -> list[tuple[int, Outcome]] | None:
        """As `rows_at`, computing nothing; None where something is not known at all."""
        tasks = self._tasks(position)
        known = [(s, facet.known(s)) for facet, s in tasks]
        found = [(s, outcome) for s, outcome in known if outcome is not None]
        return found if len(found) == len(tasks) else None

    def _tasks(self, position: int) -> list[tuple[Facet, int]]:
        return [(facet, facet.reading.tokens.at(position)) for facet in self.facets]

    def refresh(self) -> None:
        """Read the text anew with the models' weights as they are now.

        Raises:
            RuntimeError, FloatingPointError: If a model fails; what was there stays.
        """
        for model in dict.fromkeys(self.models.values()):
            model.refresh()
        facets = self._make_facets()
        with self._lock:
            self._stop.set()
            self._alive = self._filled = self._displayed = False
            self._wanted = None
            # The epoch comes last: whoever reads it first can at worst label new rows as old.
            self.facets = facets
            self.epoch += 1
        _turns.wake()

    def fill(self) -> None:
        """Compute the remaining rows in the background, nearest to the last hover first."""
        self._displayed = True
        if not self._filled:
            self._start()

    def _start(self) -> None:
        with self._lock:
            if not self._alive:
                self._alive = True
                self._stop = threading.Event()
                args = (self._stop, self.epoch, self.facets)
                self._worker = threading.Thread(
                    target=self._work, args=args, name="rnnviz-fill", daemon=True
                )
                _filling.add(self)
                self._worker.start()
        _turns.wake()

    def close(self) -> None:
        """Stop the fill and let go of the rows."""
        self._stop.set()
        self._filled = True
        self.facets = []
        _turns.wake()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the fill has ended; whether it has."""
        worker = self._worker
        if worker is not None and worker is not threading.current_thread():
            worker.join(timeout)
        return worker is None or not worker.is_alive()

    def _work(self, stop: threading.Event, epoch: int, facets: list[Facet]) -> None:
        fill = _Fill(facets, stop, lambda: self._focus)
        started = reported = published = answered = time.monotonic()
        with _turns.fill() as me:
            while True:
                do = _turns.wait(me, stop.is_set, lambda: self._wanted is not None)
                if do == "stop":
                    return
                now = time.monotonic()
                if do == "finish":
                    if self._finish(facets) or now - answered > _PROGRESS_EVERY:
                        answered = now
                        self.on_answer(epoch, self._focus)
                    continue
                if not self._filled and fill.advance():
                    if now - reported > _PROGRESS_EVERY:
                        reported = now
                        self.on_progress(epoch, fill.progress("filling"))
                    if fill.fresh and now - published > max(_FIRST_PUBLISH, published - started):
                        published = now
                        fill.fresh = False
                        self.on_rows(epoch, False)
                    continue
                if not self._filled and not stop.is_set():
                    self._filled = True
                    self.on_rows(epoch, True)
                    self.on_progress(epoch, fill.summary())
                with self._lock:
                    if stop.is_set():
                        return
                    if self._wanted is None:
                        self._alive = False
                        return

    def _finish(self, facets: Sequence[Facet]) -> bool:
        """Go a stretch further with the rows of the position that is waited for; whether whole."""
        position = self._wanted
        if position is None:
            return False
        outcomes = [_attempt(facet, facet.reading.tokens.at(position)) for facet in facets]
        if any(isinstance(outcome, Part) for outcome in outcomes):
            return False
        with self._lock:
            if self._wanted == position:
                self._wanted = None
        return True


class _Fill:
    """The background fill of some facets: part by part, nearest rows first.

    Attributes:
        fresh: Whether rows have come that were not published.
    """

    def __init__(
        self, facets: Sequence[Facet], stop: threading.Event, focus: Callable[[], int]
    ) -> None:
        self._facets = facets
        self._stop = stop
        self._focus = focus
        self._room = {id(facet): _room(facet, len(facets)) for facet in facets}
        self._parts = iter(())
        self._share = 0.0
        self._rows = 0
        self._facet: Facet | None = None
        self.fresh = False

    def advance(self) -> bool:
        """Compute the next part; False when there is nothing left to compute."""
        if self._facet is None:
            task = self._next()
            if task is None:
                return False
            self._facet, rows = task
            self._parts = self._facet.fill(rows, patience=_PATIENCE)
            self._rows = len(rows)
        before = len(self._facet.rows)
        try:
            self._share = next(self._parts)
        except StopIteration:
            self._facet, self._share = None, 0.0
            self.fresh = True
            return True
        except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
            self._facet.failure = _words(error)
            self._facet, self._share = None, 0.0
            return True
        self.fresh = self.fresh or len(self._facet.rows) > before
        return True

    def _next(self) -> tuple[Facet, list[int]] | None:
        """Rows of the facet that lacks the one nearest to the hover."""
        best: tuple[int, Facet, list[int]] | None = None
        for facet in self._facets:
            room = self._room[id(facet)] - len(facet.rows)
            if facet.failure is not None or room <= 0:
                continue
            rows = facet.missing(self._focus(), min(room, facet.reading.block))
            distance = abs(rows[0] - facet.reading.tokens.at(self._focus()))
            if best is None or distance < best[0]:
                best = (distance, facet, rows)
        return None if best is None else best[1:]

    def progress(self, state: Literal["filling", "done", "stopped"]) -> Progress:
        under_way = int(self._share * self._rows)
        total = sum(self._room.values())
        return Progress(min(total, self._done() + under_way), total, state)

    def _done(self) -> int:
        return sum(len(facet.rows) for facet in self._facets)

    def summary(self) -> Progress:
        """How it ended."""
        done, total = self._done(), sum(self._room.values())
        failed = [f"{facet.name}: {facet.failure}" for facet in self._facets if facet.failure]
        every = sum(len(facet.reading) for facet in self._facets)
        if failed:
            return Progress(done, total, "stopped", "; ".join(failed))
        if done < every:
            words = f"{done:,} of {every:,} rows are kept in the page; the others are read on hover."
            return Progress(done, total, "stopped", words)
        return Progress(done, total, "done")


def _attempt(facet: Facet, s: int) -> Outcome:
    try:
        return facet.advance(s)
    except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
        return Failure(_words(error))


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _room(facet: Facet, facets: int) -> int:
    """How many of a facet's rows the fill keeps."""
    length = len(facet.reading)
    numbers = length * (length + 1) // 2 if facet.reading.causal else length * length
    return max(1, min(length, length * (FILL_LIMIT // facets) // numbers))


_turns = Turns()
_filling: weakref.WeakSet[Explorer] = weakref.WeakSet()


@atexit.register
def _stop_fills() -> None:
    # A thread inside torch while the interpreter goes down would crash it.
    for explorer in list(_filling):
        explorer.close()
        explorer.join(timeout=5)

"""Rows on demand, the rest in the background."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from rnnviz_widget.connectivity import Connectivity, Floats, Reading
from rnnviz_widget.engines import TOLERANCE, EngineName
from rnnviz_widget.models import TRUTH, SequenceModel, Target
from rnnviz_widget.picture import PLAIN, Options, Picture, check_position

from .facet import Facet, Part, in_words
from .fill import FILL_LIMIT, Fill, Progress, room, size
from .picture import picture_of
from .turns import Turns

KEPT_LIMIT = 2 * FILL_LIMIT
"""How many numbers are kept in all, over all models: 4 bytes each in single precision."""

# A hovered row that takes longer is answered with what there is of it, and finished after that.
_ANSWER_WITHIN = 0.04
_FIRST_PUBLISH = 1.0
_PROGRESS_EVERY = 0.25


@dataclass(frozen=True)
class Failure:
    """What went wrong instead of a row, in words."""

    message: str


Outcome = Floats | Part | Failure
Answer = list[tuple[int, Outcome]]


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
        text, models, target, measure: As given.
        facets: One for each model, in order.
        epoch: Grows by one with every refresh.
        on_rows: Called from the fill's thread when more rows are there to publish, with the epoch
            and whether all that will be filled are.
        on_answer: Called from the fill's thread when there is more of the rows at a position that
            was answered in part: with the epoch, the position and what `rows_at` would give.
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
        self.target, self.measure = target, measure
        self._read: Callable[[SequenceModel], Reading] = partial(
            Reading, text=text, target=target, measure=measure, tolerance=tolerance, engine=engine
        )
        self.on_rows: Callable[[int, bool], None] = lambda *_: None
        self.on_answer: Callable[[int, int, Answer], None] = lambda *_: None
        self.on_progress: Callable[[int, Progress], None] = lambda *_: None
        self._lock = threading.Lock()
        self._focus = 0
        # What the fill's thread is to finish.
        self._wanted: _Begun | None = None
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

    def rows_at(self, position: int) -> Answer:
        """For each facet its output at a character, and that output's row or what went wrong.

        Once a fill was begun a row that takes long may come in part; `on_answer` tells more of it.
        """
        self._focus = position
        self._wanted = None
        begun = _Begun(position, self.facets)
        with _turns.hover():
            late = time.monotonic() + _ANSWER_WITHIN
            begun.advance()
            while begun.in_part and not (self._displayed and time.monotonic() > late):
                begun.advance()
        answer = begun.answer
        if begun.in_part:
            # From here on the fill's thread goes on with it.
            self._wanted = begun
            self._start()
        return answer

    def picture(self, position: int, options: Options = PLAIN) -> Picture:
        """What the page draws at a character, every row whole; hovers and the fill go on as before.

        Raises:
            ValueError: If there is no such character.
            RuntimeError: If the explorer was closed.
        """
        check_position(position, self.text)
        facets = self._open()
        begun = _Begun(position, facets)
        with _turns.hover():
            begun.advance()
            while begun.in_part:
                begun.advance()
        return picture_of(position, facets, begun.rows, options)

    def connectivity(self) -> list[Connectivity]:
        """All scores of each model: the rows that are there when all are, else computed anew.

        Raises:
            FloatingPointError: If a score is not finite.
            RuntimeError: If the explorer was closed.
        """
        return [facet.connectivity() for facet in self._open()]

    def connectivity_of(self, name: str | None = None) -> Connectivity:
        """All scores of one model; see `connectivity`.

        Args:
            name: The model; may be left out where there is one.

        Raises:
            ValueError: If there is no such model, or several and none is named.
            FloatingPointError, RuntimeError: As `connectivity`.
        """
        facets = self._open()
        found = [facet for facet in facets if facet.name == name]
        if name is None and len(facets) == 1:
            found = facets
        if not found:
            known = ", ".join(repr(facet.name) for facet in facets)
            raise ValueError(f"name one of the models: {known}; got {name!r}")
        return found[0].connectivity()

    def _open(self) -> list[Facet]:
        if not self.facets:
            raise RuntimeError(
                "this explorer was closed and has no rows any more; make a new one with rv.explore"
            )
        return self.facets

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

    def fill_around(self, position: int) -> None:
        """Fill anew where rows are missing, those nearest to a character first.

        Where not all are kept, these are then the ones nearest to it; the others are let go. What
        failed before is tried again.
        """
        self._focus = position
        self._displayed = True
        for facet in self.facets:
            facet.failure = None
            facet.keep_nearest(position, room(facet, len(self.facets)))
        if any(len(facet.rows) < len(facet.reading) for facet in self.facets):
            self._filled = False
        self.fill()

    def fill_size(self) -> int:
        """How many scores the fill keeps, about."""
        return sum(size(facet, len(self.facets)) for facet in self.facets)

    def pause(self) -> None:
        """Stop the fill where it is, and publish the rows that there are; `fill` goes on."""
        with self._lock:
            self._stop.set()
            self._alive = False
        _turns.wake()
        self.join()
        self.on_rows(self.epoch, False)
        self.on_progress(self.epoch, Fill(self.facets, lambda: self._focus).summary())

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
        fill = Fill(facets, lambda: self._focus)
        started = reported = published = answered = time.monotonic()
        with _turns.fill() as me:
            while True:
                do = _turns.wait(me, stop.is_set, lambda: self._wanted is not None)
                if do == "stop":
                    return
                now = time.monotonic()
                begun = self._wanted
                if do == "finish" and begun is not None:
                    begun.advance()
                    if not begun.in_part or now - answered > _PROGRESS_EVERY:
                        answered = now
                        self.on_answer(epoch, begun.position, begun.answer)
                    with self._lock:
                        if self._wanted is begun and not begun.in_part:
                            self._wanted = None
                    continue
                if not self._filled and fill.advance():
                    if now - reported > _PROGRESS_EVERY:
                        reported = now
                        self.on_progress(epoch, fill.progress())
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
                    # Another fill may have been asked for just now.
                    if self._wanted is None and self._filled:
                        self._alive = False
                        return


class _Begun:
    """The rows at one position, whole or in part.

    Args:
        position: A character.
        facets: Whose rows.
    """

    def __init__(self, position: int, facets: Sequence[Facet]) -> None:
        self.position = position
        self._tasks = [(facet, facet.reading.tokens.at(position)) for facet in facets]
        self._outcomes: list[Outcome | None] = [None] * len(facets)

    def advance(self) -> None:
        """Go a stretch further with each row that is not whole."""
        for n, (facet, s) in enumerate(self._tasks):
            if self._outcomes[n] is None or isinstance(self._outcomes[n], Part):
                self._outcomes[n] = _attempt(facet, s)

    @property
    def in_part(self) -> bool:
        """Whether there is more to come."""
        return any(isinstance(outcome, Part) for outcome in self._outcomes)

    @property
    def answer(self) -> Answer:
        """For each facet its output and what there is of its row."""
        found = zip(self._tasks, self._outcomes, strict=True)
        return [(s, outcome) for (_, s), outcome in found if outcome is not None]

    @property
    def rows(self) -> list[tuple[int, Floats | str]]:
        """For each facet its output and the whole row, or what went wrong."""
        return [
            (s, outcome.message if isinstance(outcome, Failure) else outcome)
            for s, outcome in self.answer
            if not isinstance(outcome, Part)
        ]


def _attempt(facet: Facet, s: int) -> Outcome:
    try:
        return facet.advance(s)
    except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
        return Failure(in_words(error))


_turns = Turns()
_filling: weakref.WeakSet[Explorer] = weakref.WeakSet()


@atexit.register
def _stop_fills() -> None:
    # A thread inside torch while the interpreter goes down would crash it.
    for explorer in list(_filling):
        explorer.close()
        explorer.join(timeout=5)

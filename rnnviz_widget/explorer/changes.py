"""Changes that begin a new epoch: other weights, another text or question."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rnnviz_widget.engines import FORKS
from rnnviz_widget.models import Target, as_target
from rnnviz_widget.scene.checkpoints import ShownCheckpoint

from .background_fill import BackgroundFill
from .checkpoint_axis import CheckpointAxis
from .epoch import Epoch, Interventions
from .reading_progress import ReadingProgress
from .sources import Source
from .turns import TURNS


class Changes:
    """The epoch that is shown, and the changes that begin another and start the fill again.

    Args:
        source: Where rows come from.
        background: The fill.
        axis: The checkpoints of models, if they have some.
        start: What is shown first; default: what the source begins with.

    Attributes:
        now: The epoch that is shown.
        asked: When the last change was asked for, by `time.monotonic`.
        axis: The checkpoints of models, if they have some.
    """

    def __init__(
        self,
        source: Source,
        background: BackgroundFill,
        axis: CheckpointAxis | None = None,
        start: Epoch | None = None,
    ) -> None:
        self._source = source
        self._background = background
        self.axis = axis
        # Held during a change, so that one change on another thread can't undo this one.
        self._lock = threading.RLock()
        self.asked = time.monotonic()
        self.now = source.first() if start is None else start
        self._newest = self.now.number
        if axis is not None:
            self.now = replace(self.now, checkpoint=axis.first)
            axis.keep(self.now, source)
        background.begin_epoch(self.now.number, self.now.caches)
        FORKS.in_child(self._renew)

    def _renew(self) -> None:
        # In a process that was forked no other thread changes anything.
        self._lock = threading.RLock()

    @property
    def shown_checkpoint(self) -> ShownCheckpoint | None:
        """The checkpoint of the models that is shown; None: they have none."""
        return None if self.axis is None else self.axis.shown(self.now)

    def open(self) -> Epoch:
        """The epoch that is shown; raises a RuntimeError if the explorer was closed."""
        now = self.now
        if not now.caches:
            raise RuntimeError(
                "this explorer was closed and has no more rows; make a new one with rv.explore"
            )
        return now

    def copied(self) -> tuple[Source, CheckpointAxis | None, Epoch]:
        """What another `Changes` begins with that shows the same, and leaves this one as it is.

        Rows computed so far are in both; what the models have read is shared.
        """
        with self._lock:
            now, axis = self.open(), self.axis
            source = copy.copy(self._source)
            source.models = dict(source.models)
            source.progress = ReadingProgress()
            start = replace(now.with_copied_rows(), number=self._newest + 1)
            return source, axis and axis.copy(now.checkpoint), start

    def close(self) -> None:
        """Drop rows and models."""
        self.now = replace(self.now, caches=[])
        self._source.models = {}

    def refresh(self) -> None:
        """Read the text again with the current weights of the models' modules.

        The new weights are taken and the text is read before anything changes. Until then rows,
        targets, measures and texts use the weights that are shown, even if a model or its module
        was refreshed elsewhere. A checkpoint is read again from where its weights come from.

        Raises:
            ValueError: If a checkpoint can't be read any more.
            RuntimeError, FloatingPointError: If a model fails; everything stays as it was, weights
                too.
        """
        with self._lock:
            now, axis, source = self.open(), self.axis, self._source
            if axis is not None:
                axis.forget()
                axis.read_at(now.checkpoint, now, source)
            epoch = source.refresh(now)
            self._background.displayed = False
            if axis is not None:
                epoch = axis.epoch_at(now.checkpoint, epoch, source)
            self._begin(epoch)

    def find_reads(self) -> None:
        """Find out what each output reads, where that was put off; `correct_reads` shows it."""
        for cache in self.open().caches:
            if cache.model_reading is not None:
                for _ in cache.model_reading.engine.find_reads():
                    pass

    @property
    def reads_differ(self) -> bool:
        """Whether outputs are known to read other inputs than is shown."""
        return any(cache.corrected() is not cache for cache in self.now.caches)

    def correct_reads(self) -> None:
        """Begin another epoch, with what the outputs are known to read."""
        with self._lock:
            self._begin(self.now)

    def read(self, text: str) -> None:
        """Read another text with the same weights and target, by all models or by none.

        A new epoch begins, since the rows so far belong to the text before.


        Raises:
            TypeError: If it is no text.
            UnknownSymbolError: If it has symbols that models do not know; the message names the
                models.
            ValueError: If it is empty or a model can't split it into tokens; if the target is a
                list; or if the rows are ready-made.
            RuntimeError, FloatingPointError: If a model fails, which the message names, or the
                explorer was closed. Whenever anything is raised, everything stays as it was.
        """
        with self._lock:
            self.prepare_text(text)()

    def prepare_text(self, text: str) -> Callable[[], None]:
        """Read another text, and return a function that shows it.

        Until it is called nothing changes.
        """
        return self._prepare(lambda now: self._source.read(now, text))

    def explain(self, target: Target) -> None:
        """Explain another target, in all models or in none, without reading the text again.

        A new epoch begins, since the rows so far explain the target before. The measure is the one
        that was named, or else the target's default.

        Raises:
            TypeError: If it is no target.
            ValueError: If it does not fit a model, which the message names; everything stays as it
                was.
            RuntimeError: If the explorer was closed.
        """
        with self._lock:
            self.prepare_question(target=as_target(target))()

    def prepare_question(self, **change: Any) -> Callable[[], None]:
        """Change the question, in all models or in none, and return a function that shows it.

        The text is not read again, and models with a measure or quantity of their own keep it. The
        function begins a new epoch.

        Args:
            change: The fields of the `Question` that change.

        Raises:
            ValueError, ImportError: If there is no such class, measure or quantity, if it can't
                serve a model, which the message names, or if rows are ready-made.
            RuntimeError: If the explorer was closed.
        """
        return self._prepare(lambda now: self._source.ask(now, replace(now.question, **change)))

    def prepare_interventions(self, interventions: Interventions) -> Callable[[], None]:
        """Set, or hold, units, and return a function that shows these models beside themselves.

        Nothing is read again but by the changed models; rows of the others stay. Another text takes
        means over that text, and drops what begins beyond its end.

        Raises:
            ValueError, IndexError, RuntimeError: As `SequenceModel.intervened`; or if there is no
                such model.
        """
        return self._prepare(lambda now: self._source.intervene(now, interventions))

    def prepare_checkpoint(self, checkpoint: int) -> Callable[[], None]:
        """Read another checkpoint of the models, and return a function that shows it.

        What was read of a checkpoint before is shown again with its rows.

        Raises:
            ValueError: If there are no checkpoints, there is no such one, or its weights can't be
                read; the message names the model.
            RuntimeError, FloatingPointError: If a model fails, or the explorer was closed.
        """
        axis = self.axis
        if axis is None:
            raise ValueError(
                "no model has checkpoints; pass rv.Checkpoints(model, folder) to rv.explore"
            )
        return self._prepare(lambda now: axis.epoch_at(checkpoint, now, self._source))

    def _prepare(self, change: Callable[[Epoch], Epoch]) -> Callable[[], None]:
        def changed(now: Epoch) -> Epoch:
            # Fills pause, as while a hover is answered.
            with TURNS.hover():
                return change(now)

        with self._lock:
            self.asked = time.monotonic()
            before = self.open()
            after = changed(before)

        def begin() -> None:
            with self._lock:
                now = self.open()
                # If another change came in between, `after` is out of date.
                self._begin(after if now is before else changed(now))

        return begin

    def _begin(self, after: Epoch) -> None:
        if after.number == self.now.number:
            self._newest += 1
            caches = [cache.corrected() for cache in after.caches]
            after = replace(after, caches=caches, number=self._newest)
        if self.axis is not None:
            self.axis.keep(after, self._source)
        # The fill first: a hover in between must not have rows of the old epoch finished.
        self._background.begin_epoch(after.number, after.caches)
        self.now = after

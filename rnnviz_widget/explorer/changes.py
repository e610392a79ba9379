"""From one epoch to the next: other weights, another text, target or measure."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from rnnviz_widget.engines import FORKS, Named
from rnnviz_widget.models import Target, as_target

from .background_fill import BackgroundFill
from .epoch import Epoch
from .sources import Source
from .turns import TURNS


class Changes:
    """The epoch that is shown, and what begins another.

    Args:
        source: Where the rows come from.
        background: The fill; it begins anew with each epoch.

    Attributes:
        now: The epoch that is shown.
    """

    def __init__(self, source: Source, background: BackgroundFill) -> None:
        self._source = source
        self._background = background
        # Held while weights, target or text change: of two that change, the later sees the earlier.
        self._lock = threading.RLock()
        self.now = source.first()
        background.begin_epoch(self.now.number, self.now.caches)
        FORKS.in_child(self._renew)

    def _renew(self) -> None:
        # In a process that was forked no other thread changes anything.
        self._lock = threading.RLock()

    def open(self) -> Epoch:
        """The epoch that is shown.

        Raises:
            RuntimeError: If the explorer was closed.
        """
        now = self.now
        if not now.caches:
            raise RuntimeError(
                "this explorer was closed and has no rows any more; make a new one with rv.explore"
            )
        return now

    def close(self) -> None:
        """Let go of rows and models."""
        self.now = replace(self.now, caches=[])
        self._source.models = {}

    def refresh(self) -> None:
        """Read the text anew with the models' weights as they are now.

        All of it is done before anything changes: the models are renewed, then the text is read.
        Until then, and where a model or its module was refreshed elsewhere, rows, other targets,
        measures and texts are of the weights that are shown.

        Raises:
            RuntimeError, FloatingPointError: If a model fails; what was there stays, weights too.
        """
        with self._lock:
            epoch = self._source.refresh(self.open())
            self._background.displayed = False
            self._begin(epoch)

    def read(self, text: str) -> None:
        """Read another text, by all models or by none, with the same weights and target.

        A new epoch begins: the rows there were belong to the text before.

        Args:
            text: The text.

        Raises:
            TypeError: If it is no text.
            UnknownSymbolError: If models do not know something in it; the message names them.
            ValueError: If it is empty or a model can't make tokens of it, the targets are a list,
                or the rows are ready-made.
            RuntimeError, FloatingPointError: If a model fails, which the message names, or the
                explorer was closed. Whatever is raised, all stays as it was.
        """
        with self._lock:
            self.prepare_text(text)()

    def prepare_text(self, text: str) -> Callable[[], None]:
        """Read another text and go on showing this one until what is returned is called.

        Raises:
            TypeError, ValueError, RuntimeError, FloatingPointError: See `read`.
        """
        return self._prepare(lambda now: self._source.read(now, text))

    def explain(self, target: Target) -> None:
        """Explain something else, in all models or in none; the text is not read again.

        A new epoch begins: the rows there were explain what was. The measure is the one that was
        named, else what the target asks for.

        Raises:
            TypeError: If it is no target.
            ValueError: If it does not fit a model, which the message names; all stays as it was.
            RuntimeError: If the explorer was closed.
        """
        with self._lock:
            self.prepare_target(target)()

    def prepare_target(self, target: Target) -> Callable[[], None]:
        """Explain something else, in all models or in none, once what is returned is called.

        Raises:
            TypeError, ValueError, RuntimeError: See `explain`.
        """
        meant = as_target(target)
        return self._prepare(lambda now: self._source.explain(now, meant))

    def prepare_measure(self, measure: Named) -> Callable[[], None]:
        """Measure otherwise, by all models or by none, once what is returned is called.

        The text is not read again, and models that have a measure of their own keep it. A new
        epoch begins then.

        Raises:
            ValueError, ImportError: If there is no such measure, or it can't serve a model, which
                the message names; or rows are ready-made.
            RuntimeError: If the explorer was closed.
        """
        return self._prepare(lambda now: self._source.measure_by(now, measure))

    def _prepare(self, change: Callable[[Epoch], Epoch]) -> Callable[[], None]:
        def changed(now: Epoch) -> Epoch:
            # As while a hover is answered: the fills keep still.
            with TURNS.hover():
                return change(now)

        with self._lock:
            before = self.open()
            after = changed(before)

        def begin() -> None:
            with self._lock:
                now = self.open()
                # Where weights, target or text have changed since, what was made is out of date.
                self._begin(after if now is before else changed(now))

        return begin

    def _begin(self, after: Epoch) -> None:
        after = replace(after, number=self.now.number + 1)
        # The fill first: whoever hovers before the epoch is there has its rows begun anew by it.
        self._background.begin_epoch(after.number, after.caches)
        self.now = after

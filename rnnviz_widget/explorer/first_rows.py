"""The rows that are shown first: where they take long, they come after text and predictions."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator, Sequence

from rnnviz_widget.scene.replies import Progress

from .background_fill import BackgroundFill
from .epoch import Epoch
from .listener import Listener
from .pending_rows import Answer, PendingRows, rows_of
from .turns import TURNS

PUT_OFF_FROM = 0.2
"""From so many seconds on that the rows take, they come after the text, or are completed then."""

# A row, which is a backward pass and its scores, takes so many times as long as the forward pass.
_ROW = 1.3
_EXPLAINING = "{name}: explaining the character shown"
# How often it is said how long that has taken, in seconds: a page that hears nothing for three
# takes the kernel for gone.
_A_SECOND = 1.0


class FirstRows:
    """The rows of the character that is shown first, computed after the text is shown.

    The background computes them before all else, one model after the other: a hover that comes
    meanwhile waits for one row at most. They are sent together.

    Args:
        rows: The rows.
        names: The names of their models.
        background: What computes them, unless another character is hovered before.
        listener: Told which model is at work, and what has been computed.
    """

    def __init__(
        self,
        rows: PendingRows,
        names: Sequence[str],
        background: BackgroundFill,
        listener: Listener,
    ) -> None:
        self._rows, self._names = rows, names
        self._background, self._listener = background, listener

    @property
    def position(self) -> int:
        """See `Unfinished`."""
        return self._rows.position

    @property
    def in_part(self) -> bool:
        """See `Unfinished`."""
        return self._rows.in_part

    def progress(self, seconds: int = 0) -> Progress:
        """Which model is at work, and for how long if that is a second or more."""
        done = self._rows.complete
        words = _EXPLAINING.format(name=self._names[min(done, len(self._names) - 1)])
        if seconds:
            words = f"{words}, {seconds} s"
        return Progress(done, len(self._names), "filling", words)

    def advance(self) -> None:
        """See `Unfinished`."""
        begun = time.monotonic()
        with self._saying_how_long():
            self._rows.advance_next()
        TURNS.answered(time.monotonic() - begun)

    @contextlib.contextmanager
    def _saying_how_long(self) -> Iterator[None]:
        """Say every second for how long a row is being computed."""
        done = threading.Event()

        def say() -> None:
            for seconds in itertools.count(1):
                if done.wait(_A_SECOND):
                    return
                self._listener.tell_reading(self.progress(seconds))

        thread = threading.Thread(target=say, name="rnnviz-first-rows", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def tell(self) -> None:
        """See `Unfinished`."""
        if self.in_part:
            wanted = self._background.hovered is self
            self._listener.tell_reading(self.progress() if wanted else None)
            return
        self._rows.tell()
        self._listener.tell_reading(None)


def put_off(
    now: Epoch, position: int, background: BackgroundFill, listener: Listener
) -> Progress | None:
    """Leave the first rows to the background, if forward passes over the text took long.

    Each row takes a backward pass then. They are computed once the background has work, at the
    latest when the widget is displayed.

    Returns:
        What is said meanwhile; None: they are to be computed now.
    """
    readings = [cache.model_reading for cache in now.caches]
    took = sum(one.engine.forward_seconds for one in readings if one is not None)
    if took * _ROW < PUT_OFF_FROM:
        return None

    pending = rows_of(now.number, position, now.caches, listener.tell_answer)
    names = [cache.name for cache in now.caches]
    rows = FirstRows(pending, names, background, listener)
    background.hover(position)
    background.hovered = rows
    return rows.progress()


def begin_first_rows(
    now: Epoch, position: int, background: BackgroundFill, listener: Listener
) -> Answer:
    """Compute the first rows: in part, if they will take long; then the background completes them.

    How long is expected from what is there: their nearest inputs come first.
    """
    pending = rows_of(now.number, position, now.caches, listener.tell_answer)
    background.hover(position)
    with TURNS.hover():
        begun = time.monotonic()
        pending.advance()
        while pending.in_part:
            expected = (time.monotonic() - begun) / (pending.share or 1.0)
            if expected >= PUT_OFF_FROM:
                background.hovered = pending
                break
            pending.advance()
    return pending.answer


def awaits_rows(background: BackgroundFill) -> bool:
    """Whether rows of the character shown were put off, or are there in part."""
    waiting = background.hovered
    return waiting is not None and waiting.in_part

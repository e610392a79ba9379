"""Who may compute now: hovers first, then the fill of the newest explorer."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Literal

# After a hover the fill keeps still this long: another may follow, and both would slow down.
_QUIET_AFTER_HOVER = 0.05


class Turns:
    """Lets hovers go before fills, and of several fills the newest."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._hovers = 0
        self._last_hover = -_QUIET_AFTER_HOVER
        self._fills: list[object] = []

    @contextlib.contextmanager
    def hover(self) -> Iterator[None]:
        """While a hover is answered every fill waits."""
        with self._changed:
            self._hovers += 1
        try:
            yield
        finally:
            with self._changed:
                self._hovers -= 1
                self._last_hover = time.monotonic()
                self._changed.notify_all()

    @contextlib.contextmanager
    def fill(self) -> Iterator[object]:
        """One that fills; it goes before those that began earlier."""
        me = object()
        with self._changed:
            self._fills.append(me)
        try:
            yield me
        finally:
            with self._changed:
                self._fills.remove(me)
                self._changed.notify_all()

    def wake(self) -> None:
        """Let those that wait look again."""
        with self._changed:
            self._changed.notify_all()

    def wait(
        self, me: object, stopped: Callable[[], bool], wanted: Callable[[], bool]
    ) -> Literal["stop", "finish", "fill"]:
        """Wait until there is something to do.

        Args:
            me: What `fill` gave.
            stopped: Whether to stop.
            wanted: Whether a hovered row waits to be finished; that needs no turn.
        """
        with self._changed:
            while True:
                if stopped():
                    return "stop"
                if not self._hovers and wanted():
                    return "finish"
                left = self._last_hover + _QUIET_AFTER_HOVER - time.monotonic()
                if self._fills[-1] is me and not self._hovers and left <= 0:
                    return "fill"
                self._changed.wait(max(left, 0.01) if left > 0 else 0.2)

"""What every instrument of the page has in the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from rnnviz_widget.scene.replies import LaterReply


def nobody(*_: object) -> None:
    """Stands for a function that is called with what is found, before there is one."""


class Instrument(Protocol):
    """Answers the asks of one kind, at once or in the background; of several asks the newest.

    Attributes:
        on_reply: Called with each reply that comes later, from another thread.
    """

    on_reply: Callable[[LaterReply], None]

    def ask(self, ask: Any) -> LaterReply | None:
        """Answer an ask, or begin to; an ask without a character ends what was begun.

        Args:
            ask: The record of this kind; see `scene.asks`.

        Returns:
            The reply, if it is there at once.

        Raises:
            ValueError: If it can't be answered; the message says why.
        """
        ...

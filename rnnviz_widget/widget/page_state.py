"""Correcting what a page sends before it is set: an error would undo all that came with it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from rnnviz_widget.explorer import Explorer
from rnnviz_widget.surrogates import has_surrogates

from .asks import Asks
from .page_link import PageLink

State = dict[str, Any]


class PageState:
    """Receives what a page sends, and refuses by way of its asks what can't be set.

    Attributes:
        asks: Answers what the page asks for.
    """

    def __init__(self, explorer: Explorer, link: PageLink, asks: Asks) -> None:
        self._explorer = explorer
        self._link = link
        self.asks = asks

    @contextlib.contextmanager
    def received(self, sent: State) -> Iterator[State]:
        """The part of the state that may be set at once; asks are answered after that."""
        with self._link.lock:
            state = self._without_halves(sent)
            asks = self.asks.new(self._without_halves(state.pop("_ask", {})))
            by_trait = {key: state.pop(key) for key in ("target", "measure") if key in state}
            elsewhere = self._put_into_text(state, typed="text" in asks)
            yield state
            for key, value in by_trait.items():
                # A list of targets, which only Python can set, is sent as null: that changes
                # nothing.
                if value is not None and not self.asks.ask(key, **{key: value}):
                    elsewhere.append(key)
            for kind, message in asks.items():
                self.asks.receive(kind, message)
            for name in elsewhere:
                # The page would keep the value that it has set itself.
                self._link.resend(name)

    def _without_halves(self, sent: State) -> State:
        """Drop values with half of a surrogate pair, which could not be sent to any page again."""
        state = dict(sent)
        for name, value in sent.items():
            if name != "_ask" and has_surrogates(value):
                words = f"{name} contains half of a surrogate pair, which is no character"
                self.asks.refuse(name, state.pop(name), ValueError(f"{words}; replace it"))
        return state

    def _put_into_text(self, state: State, *, typed: bool) -> list[str]:
        """Clip positions to the text, and return the names of those that were changed.

        The page may not know yet that the text has become shorter. Typed text has its own position.
        """
        last = len(self._explorer.text) - 1
        elsewhere: list[str] = []
        for name in ("position", "pinned"):
            place = state.get(name)
            if typed and name in state:
                state.pop(name)
                elsewhere.append(name)
            elif type(place) is int and not 0 <= place <= last:
                state[name] = max(0, min(place, last))
                elsewhere.append(name)
        return elsewhere

"""What a page sends is put right before it is set: an error would undo all that came with it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from rnnviz_widget.explorer import Explorer
from rnnviz_widget.scene.asks import CHOICES
from rnnviz_widget.surrogates import has_surrogates

from .asks import Asks
from .page_link import PageLink

State = dict[str, Any]


class PageState:
    """Takes in what a page sends.

    Args:
        explorer: Has the text.
        link: Sets the widget's traits, and sends a page what they are.
        asks: Tells the page what is refused.
    """

    def __init__(self, explorer: Explorer, link: PageLink, asks: Asks) -> None:
        self._explorer = explorer
        self._link = link
        self._asks = asks

    @contextlib.contextmanager
    def received(self, sent: State) -> Iterator[State]:
        """What may be set of it at once; what the page asks for is answered after that."""
        with self._link.lock:
            state = self._without_halves(sent)
            asks = self._asks.new(self._without_halves(state.pop("_ask", {})))
            by_trait = {key: state.pop(key) for key in ("target", *CHOICES) if key in state}
            elsewhere = self._put_into_text(state, typed="text" in asks)
            yield state
            for key, value in by_trait.items():
                # A list of targets, made in Python, travels as null, which changes nothing.
                field = "value" if key in CHOICES else key
                if value is not None and not self._asks.ask(key, **{field: value}):
                    elsewhere.append(key)
            for kind, message in asks.items():
                self._asks.receive(kind, message)
            for name in elsewhere:
                # The page goes on with what it has set itself, unless it is told.
                self._link.resend(name)

    def _without_halves(self, sent: State) -> State:
        """Without what has half of a surrogate pair in it, which no page could be sent again."""
        state = dict(sent)
        for name, value in sent.items():
            if name != "_ask" and has_surrogates(value):
                words = f"{name} has half of a surrogate pair in it, which is no character"
                self._asks.refuse(name, state.pop(name), ValueError(f"{words}; replace it"))
        return state

    def _put_into_text(self, state: State, *, typed: bool) -> list[str]:
        """Move places into the text, and give the names of those that were elsewhere.

        The page may not know yet that the text has become shorter. What is typed says itself where
        the pointer goes.
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

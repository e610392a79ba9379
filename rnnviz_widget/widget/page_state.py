"""What a page sends is put right before it is set: an error would undo all that came with it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import traitlets

from rnnviz_widget.explorer import Explorer
from rnnviz_widget.models import target_from_json
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
        """What may be set of it at once; target and measure, which may be refused, after that."""
        with self._link.lock:
            state = self._within_text(self._without_halves(sent))
            later = {name: state.pop(name) for name in ("target", "measure") if name in state}
            yield state
            for name, value in later.items():
                self._set_or_refuse(name, value)
            for place in ("position", "pinned"):
                # The page goes on with what it has set itself, unless it is told.
                if place in sent and state.get(place, state) != sent[place]:
                    self._link.resend(place)

    def _without_halves(self, sent: State) -> State:
        """Without what has half of a surrogate pair in it, which no page could be sent again."""
        state = dict(sent)
        for name, value in sent.items():
            if has_surrogates(value):
                what = {"_typed": "the text", "_seek": "the prefix"}.get(name, name)
                words = "has half of a surrogate pair in it, which is no character; replace it"
                self._refuse(name, state.pop(name), ValueError(f"{what} {words}"))
        return state

    def _within_text(self, state: State) -> State:
        """With places that there are in the text.

        The page may not know yet that the text has become shorter. What is typed says itself where
        the pointer goes.
        """
        last = len(self._explorer.text) - 1
        for name in ("position", "pinned"):
            if state.get("_typed"):
                state.pop(name, None)
            elif type(state.get(name)) is int:
                state[name] = max(0, min(state[name], last))
        return state

    def _set_or_refuse(self, name: str, value: Any) -> None:
        # A list of targets, made in Python, travels as null, which changes nothing on its way back.
        if name == "target" and value is None:
            return
        try:
            self._link.set(name, target_from_json(value) if name == "target" else value)
        except (TypeError, ValueError, traitlets.TraitError) as error:
            self._refuse(name, value, error)

    def _refuse(self, name: str, value: Any, error: Exception) -> None:
        self._asks.refuse(name, value, error)
        self._link.resend(name)

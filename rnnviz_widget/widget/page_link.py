"""The widget's traits for the page, set by one thread at a time in a form its host can carry."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import anywidget

from rnnviz_widget.engines import FORKS
from rnnviz_widget.scene.bytes_as_text import as_text
from rnnviz_widget.scene.packing import Message


class PageLink:
    """Reads and sets the traits of a widget that only the page uses.

    Attributes:
        lock: Held while the page's state is received, and while a trait is set for the page.
            traitlets holds notifications back meanwhile, so that those of another thread would be
            lost.
    """

    def __init__(self, widget: anywidget.AnyWidget) -> None:
        self._widget = widget
        self.lock = threading.RLock()
        self._held = threading.local()
        widget.observe(_answer_where_asked, "comm")
        FORKS.in_child(self._renew_lock)

    def _renew_lock(self) -> None:
        # In a forked process no other thread holds it.
        self.lock = threading.RLock()

    def get(self, name: str) -> Any:
        """The value of a trait."""
        return getattr(self._widget, name)

    def set(self, name: str, value: Any) -> None:
        """Set a trait, which sends it to the page."""
        with self.lock:
            setattr(self._widget, name, value)

    def resend(self, name: str) -> None:
        """Send the page a trait that it has set to another value."""
        self._widget.send_state(name)

    def reopen(self) -> None:
        """Open the widget again if it was closed, as freezing does."""
        if self._widget.comm is None:
            # Closing replaces this method on the instance by one that shows nothing.
            self._widget.__dict__.pop("_repr_mimebundle_", None)
            self._widget.open()

    def send(self, messages: Mapping[str, Message]) -> None:
        """Set traits to messages, in a form that the page's host can carry."""
        with self.together():
            for name, message in messages.items():
                self.set(name, for_host(message))

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Send what this thread sets meanwhile as one message, at the end.

        Of several messages Jupyter's connection holds the later ones back until the page has
        confirmed the first one, some 40 ms (Nagle's algorithm, delayed ACK).
        """
        with self.lock:
            if getattr(self._held, "names", None) is not None:
                yield
                return
            names: dict[str, None] = {}
            self._held.names = names
            try:
                yield
            finally:
                self._held.names = None
                if names:
                    self._widget.send_state(list(names))

    def holds(self, name: str) -> bool:
        """Whether a trait that is to be sent is sent later, at the end of `together`."""
        names: dict[str, None] | None = getattr(self._held, "names", None)
        if names is None:
            return False
        names[name] = None
        return True


def _answer_where_asked(change: dict[str, Any]) -> None:
    """Have what the page sends answered on the shell that the page chose.

    ipykernel 7.4 would answer it on the shell whose thread has last sent the page anything. Of a
    background thread that is the main one, so that hovers would wait while a cell runs.
    """
    if change["new"] is not None and hasattr(change["new"], "_reply_subshell_for"):
        change["new"]._reply_subshell_for = lambda _, chosen: chosen  # noqa: SLF001


def for_host(message: Message) -> Message:
    """A message with its bytes as text, if the host loses bytes, as Colab does."""
    # googlecolab/colab-cdn-widget-manager 8.
    text: Message = as_text(message) if "google.colab" in sys.modules else message
    return text

"""The traits that the page reads, set by one thread at a time and as its host can carry them."""

from __future__ import annotations

import sys
import threading
from typing import Any

import anywidget

from rnnviz_widget.engines import FORKS
from rnnviz_widget.scene.bytes_as_text import as_text
from rnnviz_widget.scene.packing import Message


class PageLink:
    """Reads and sets those traits of a widget that nobody but the page uses.

    Args:
        widget: The widget.

    Attributes:
        lock: Held while the page's state is taken in, and while a trait is set for the page.
            Meanwhile traitlets holds notifications back, and another thread's would be lost.
    """

    def __init__(self, widget: anywidget.AnyWidget) -> None:
        self._widget = widget
        self.lock = threading.RLock()
        FORKS.in_child(self._renew_lock)

    def _renew_lock(self) -> None:
        # In a process that was forked no other thread sets traits.
        self.lock = threading.RLock()

    def get(self, name: str) -> Any:
        """What a trait is now."""
        return getattr(self._widget, name)

    def set(self, name: str, value: Any) -> None:
        """Set a trait, and so send it."""
        with self.lock:
            setattr(self._widget, name, value)

    def resend(self, name: str) -> None:
        """Tell the page what a trait is, where it has set it to something else."""
        self._widget.send_state(name)

    def reopen(self) -> None:
        """Open the widget again, where it was frozen, which closes it."""
        if self._widget.comm is None:
            # A closed widget has its way to be shown taken from it.
            self._widget.__dict__.pop("_repr_mimebundle_", None)
            self._widget.open()

    def send(self, name: str, message: Message) -> None:
        """Set a trait to a message, in a form that the page's host can carry."""
        self.set(name, for_host(message))


def for_host(message: Message) -> Message:
    """A message with its bytes as text where the host loses bytes, as Colab has done."""
    # googlecolab/colab-cdn-widget-manager 8.
    text: Message = as_text(message) if "google.colab" in sys.modules else message
    return text

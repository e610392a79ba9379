"""Replacing a widget's outputs in a notebook by ones that need no kernel."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from rnnviz_widget import share

from .outputs import Bundle, Outputs, in_marimo
from .page_link import PageLink

# The traits that are emptied: a notebook may save the last state of a closed widget, and the output
# that replaces it has their bytes already.
_HEAVY = ("_rows", "_answer", "_scene")


class Freezing:
    """Replaces a widget's outputs by static ones, when Python or the page asks for it.

    Attributes:
        outputs: The outputs that show the widget.
        thread: The thread of the page's latest request.
    """

    def __init__(self, link: PageLink, freeze: Callable[[], None]) -> None:
        self._link = link
        self._freeze = freeze
        self.outputs = Outputs()
        self.thread: threading.Thread | None = None

    def freeze(
        self,
        bake: Callable[[], object],
        shared: Callable[[], share.Shared],
        close: Callable[[], None],
    ) -> None:
        """Compute all rows, replace the widget's outputs, and close its views.

        See `ExplorerWidget.freeze`.
        """
        if in_marimo():
            bake()
            return
        self.outputs.check()
        bake()
        self.outputs.replace(share.output(shared()))
        with self._link.lock:
            kept = {name: self._link.get(name) for name in _HEAVY}
            for name, value in kept.items():
                self._link.set(name, share.hollow(value))
            self._link.set("_freeze", "")
            close()
            for name, value in kept.items():
                self._link.set(name, value)

    def show(self, bundle: Bundle, metadata: Bundle) -> None:
        """Show the widget in an output that can be replaced later."""
        self.outputs.show(bundle, metadata)
        if self._link.get("_page"):  # Else `page_loaded` does this, once there is a page.
            self._link.set("_freeze", "ready")

    def page_loaded(self, change: dict[str, Any]) -> None:
        """Note that a page shows the widget, and that after a reload outputs can't be replaced."""
        if change["old"]:
            self.outputs.lose()
        self._link.set("_freeze", "ready" if self.outputs else "")

    def requested(self, change: dict[str, Any]) -> None:
        """Freeze the widget, if the page has set `_freeze` to "asked"."""
        if change["new"] == "asked":
            # On another thread, so that the kernel stays free while rows are computed.
            self.thread = threading.Thread(target=self._freeze_or_say_why, name="rnnviz-freeze")
            self.thread.start()

    def _freeze_or_say_why(self) -> None:
        try:
            self._freeze()
        except Exception as error:  # noqa: BLE001 - the page shows whatever went wrong
            self._link.set("_freeze", f"This output could not be frozen: {error}")

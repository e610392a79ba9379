"""Outputs of a notebook that are replaced by ones that need no kernel."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from rnnviz_widget import share

from .outputs import Bundle, Outputs, in_marimo
from .page_link import PageLink

# The traits whose bytes are let go of: of a widget that is closed a notebook may keep the last
# state, and the output that takes its place has them already.
_HEAVY = ("_rows", "_answer", "_scene")


class Freezing:
    """Puts standing outputs in the place of a widget's own, when Python or the page asks for it.

    Args:
        link: Sets the page's traits.
        freeze: Freezes the widget: called on a thread of its own when the page asks.

    Attributes:
        outputs: The outputs that show the widget.
        thread: The thread on which the page's last wish is fulfilled.
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
        """Replace all outputs of the widget; see `ExplorerWidget.freeze`.

        Args:
            bake: Reads all rows.
            shared: What then stands in the outputs.
            close: Closes the widget's own views.

        Raises:
            RuntimeError, KeyboardInterrupt: See `ExplorerWidget.freeze`.
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
        if self._link.get("_page"):  # Else the page says when it is there.
            self._link.set("_freeze", "ready")

    def page_loaded(self, change: dict[str, Any]) -> None:
        """A page shows the widget; another one than before can't replace its outputs."""
        if change["old"]:
            self.outputs.lose()
        self._link.set("_freeze", "ready" if self.outputs else "")

    def requested(self, change: dict[str, Any]) -> None:
        """The page has set `_freeze`."""
        if change["new"] == "asked":
            # Not on this thread: while rows are read the kernel goes on.
            self.thread = threading.Thread(target=self._freeze_or_say_why, name="rnnviz-freeze")
            self.thread.start()

    def _freeze_or_say_why(self) -> None:
        try:
            self._freeze()
        except Exception as error:  # noqa: BLE001 - whatever it is, the page says it
            self._link.set("_freeze", f"This output could not be frozen: {error}")

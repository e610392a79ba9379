"""Displaying a widget before its first rows are complete, where a page shows it at once."""

from __future__ import annotations

import os
from threading import Timer
from typing import Protocol

from rnnviz_widget.explorer import Explorer
from rnnviz_widget.explorer.first_rows import awaits_rows
from rnnviz_widget.explorer.instrument import nobody

from .freezing import Freezing
from .outputs import Bundle
from .page_link import PageLink

# How many seconds after the first rows have come a page must have been loaded, if there is one.
_PAGE_WITHIN = 5.0


class MakeBundle(Protocol):
    """Makes what is displayed: the live view and a static picture, and their metadata."""

    def __call__(self, *, with_rows: bool) -> tuple[Bundle, Bundle]:
        """Make it, with the rows of the character shown or without."""
        ...


class EarlyDisplay:
    """Displays a widget; where rows take long the static picture may come without them at first.

    Where a Jupyter server runs the notebook, a page shows the live view, and need not wait for a
    picture that it does not show. If no page has, the picture is replaced when the rows are there.
    If one has, it is left as it is: replacing an output would make the page's view anew.
    """

    def __init__(self, explorer: Explorer, link: PageLink, freezing: Freezing) -> None:
        self._explorer, self._link, self._freezing = explorer, link, freezing

    def show(self, bundle: MakeBundle) -> None:
        """Display the widget."""
        explorer = self._explorer
        early = False
        if in_server():
            # Before it is looked whether they have come.
            explorer.listener.on_whole_rows = lambda: self._complete_later(bundle)
            early = awaits_rows(explorer.background)
        if not early:
            explorer.listener.on_whole_rows = nobody
        self._freezing.show(*bundle(with_rows=not early))

    def _complete_later(self, bundle: MakeBundle) -> None:
        self._explorer.listener.on_whole_rows = nobody
        timer = Timer(_PAGE_WITHIN, self._complete, [bundle])
        timer.daemon = True
        timer.start()

    def _complete(self, bundle: MakeBundle) -> None:
        if self._link.get("_page") or not self._explorer.caches:
            return
        self._freezing.outputs.update(*bundle(with_rows=True))


def in_server() -> bool:
    """Whether a Jupyter server runs this kernel for a notebook, so that a page may show it.

    What runs a notebook without a page, such as nbconvert, does not set this variable.
    """
    return "JPY_SESSION_NAME" in os.environ

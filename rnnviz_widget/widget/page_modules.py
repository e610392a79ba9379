"""The code of instruments that the page asks for when its reader first opens them."""

from __future__ import annotations

from collections.abc import Sequence

from rnnviz_widget.share.modules import check_names, module_code

from .page_link import PageLink


class PageModules:
    """Sends a page the modules that it lacks, and keeps which of them are open.

    Args:
        link: Sets the traits `_modules` and `_opened`.
    """

    def __init__(self, link: PageLink) -> None:
        self._link = link

    def open(self, names: Sequence[str]) -> None:
        """Send the modules of the instruments that are open in the page now.

        What was sent before stays in the trait: other views and other pages read it there.

        Raises:
            ValueError: If there is no such module.
        """
        opened = check_names(names)
        with self._link.lock:
            sent: dict[str, str] = self._link.get("_modules")
            lacking = {name: module_code(name) for name in opened if name not in sent}
            if lacking:
                self._link.set("_modules", {**sent, **lacking})
            self._link.set("_opened", list(opened))

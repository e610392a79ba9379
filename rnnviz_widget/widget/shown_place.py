"""Which character is shown, kept within the text when that changes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import traitlets

from rnnviz_widget.explorer import Explorer

from .page_link import PageLink


class ShownPlace:
    """Reads and sets the traits `position` and `pinned`.

    Attributes:
        publishing_paused: True while text and position change together: a position set meanwhile is
            not answered, since its rows would belong to the old text.
        next_position: The position that comes with the text being set; None: position and pin stay,
            as far as the text has them.
        checks: By trait, a check that refuses what is not in the text by a `TraitError`.
    """

    def __init__(self, explorer: Explorer, link: PageLink) -> None:
        self._explorer = explorer
        self._link = link
        self.publishing_paused = False
        self.next_position: int | None = None
        self.checks: dict[str, Callable[[Any], Any]] = {
            "position": partial(self._check_position, "position"),
            "pinned": partial(self._check_position, "pinned"),
            "brush": self._check_brush,
        }

    @property
    def shown(self) -> int:
        """The character that the picture explains: the pinned one, or else the one hovered."""
        position: int = self._link.get("position")
        pinned: int | None = self._link.get("pinned")
        # The text may have become shorter a moment ago.
        return min(position if pinned is None else pinned, self._last)

    @property
    def _last(self) -> int:
        return len(self._explorer.text) - 1

    def _check_position(self, name: str, position: int | None) -> int | None:
        if position is not None and (isinstance(position, bool) or not 0 <= position <= self._last):
            raise traitlets.TraitError(
                f"{name} must be a character of the text, 0 to {self._last}; got {position}"
            )
        return position

    def _check_brush(self, brush: tuple[int, int] | None) -> tuple[int, int] | None:
        length = self._last + 1
        fits = brush is None or 0 <= brush[0] < brush[1] <= length
        if not fits or any(isinstance(end, bool) for end in brush or ()):
            raise traitlets.TraitError(
                "brush must be (start, end), characters of the text with 0 <= start < end <= "
                f"{length}; got {brush}"
            )
        return brush

    def set_position(self, position: int, pinned: int | None) -> None:
        """Set both traits without publishing anything."""
        self.publishing_paused = True
        try:
            # The pin last: while it is set it is shown, and releasing it shows the new position.
            self._link.set("position", min(position, self._last))
            self._link.set("pinned", pinned)
        finally:
            self.publishing_paused = False

    def follow_text(self) -> None:
        """Keep position and pin within a text that has just been read."""
        if self.next_position is not None:
            self.set_position(self.next_position, None)
            return
        pinned: int | None = self._link.get("pinned")
        within = pinned if pinned is None or pinned <= self._last else None
        self.set_position(self._link.get("position"), within)

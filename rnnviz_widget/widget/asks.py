"""What a page asks for beside rows: other classes explained for a moment, names of classes."""

from __future__ import annotations

from typing import Any

import traitlets

from rnnviz_widget import wire
from rnnviz_widget.explorer import Explorer, Preview
from rnnviz_widget.models import UnknownSymbolError, target_from_json

from .packing import preview_message
from .page_link import PageLink
from .publisher import Publisher
from .shown_place import ShownPlace

# Names that a prefix finds.
_FOUND = 20


class Asks:
    """Answers what the page asks for, or says why not.

    Args:
        explorer: The explorer; it calls back where more of a preview is there.
        link: Sets the page's traits.
        place: The character that the picture explains.
        publisher: Sends what belongs to that character.
    """

    def __init__(
        self, explorer: Explorer, link: PageLink, place: ShownPlace, publisher: Publisher
    ) -> None:
        self._explorer = explorer
        self._publisher = publisher
        self._link = link
        self._place = place
        self._refusals = 0
        explorer.listener.on_preview = self._send_preview

    def look(self, asked: dict[str, Any] | None) -> None:
        """Explain another class at one character, until something else is looked at."""
        if not asked:
            self._explorer.end_preview()
            return
        try:
            preview = self._explorer.preview(
                natural(asked, "position"),
                target_from_json(asked.get("target")),
                natural(asked, "serial"),
            )
        except (TypeError, ValueError, RuntimeError) as error:
            self.refuse("_look", asked, error)
        else:
            self._send_preview(preview)

    def _send_preview(self, preview: Preview) -> None:
        message = preview_message(preview)
        with self._link.lock:
            asked = self._link.get("_look")
            if (
                asked
                and asked["serial"] == preview.serial
                and preview.epoch == self._explorer.epoch
            ):
                self._link.send("_looked", message)

    def seek(self, asked: dict[str, Any] | None) -> None:
        """Find the likeliest classes whose names begin so."""
        if not asked:
            return
        try:
            serial, prefix = natural(asked, "serial"), text(asked, "prefix", "a prefix")
            position = self._place.shown
            found = self._explorer.likeliest(position, prefix, _FOUND)
        except (TypeError, ValueError, RuntimeError) as error:
            self.refuse("_seek", asked, error)
        else:
            self._link.set("_found", wire.found_message((serial, prefix, position), found))

    def read_typed(self, asked: dict[str, Any] | None) -> None:
        """Read a text that was typed in the page."""
        if not asked:
            return
        try:
            typed, position = typed_in(asked)
        except (TypeError, ValueError) as error:
            self.refuse("_typed", asked, error)
            return
        with self._link.lock:
            if typed == self._explorer.text:
                self._place.set_position(position, None)
                self._publisher.show_position()
                return
            self._place.next_position = position
            try:
                self._link.set("text", typed)
            except traitlets.TraitError as error:
                if typed == self._explorer.text:
                    raise  # It was read; somebody who observes it has failed.
                cause = error.__cause__
                self.refuse("_typed", asked, cause if isinstance(cause, Exception) else error)
            finally:
                self._place.next_position = None

    def show_strips(self, wanted: bool) -> None:
        """Send how likely all classes are, from now on, or no more."""
        self._publisher.strips_wanted = wanted
        self._publisher.send_strips()

    def refuse(self, trait: str, value: object, error: Exception) -> None:
        """Say that something that the page has set is not done, and why."""
        with self._link.lock:
            self._refusals += 1
            unknown = error.positions if isinstance(error, UnknownSymbolError) else None
            words = str(error)
            message = wire.refused_message(self._refusals, trait, value, words, unknown)
            self._link.set("_refused", message)


def typed_in(asked: dict[str, Any]) -> tuple[str, int]:
    """The text that was typed, and the character that the pointer goes to with it.

    Raises:
        TypeError, ValueError: If that is not what was sent.
    """
    typed = text(asked, "text", "what is typed")
    natural(asked, "serial")
    return typed, natural(asked, "position")


def natural(asked: dict[str, Any], name: str) -> int:
    """A natural number that the page has sent.

    Raises:
        ValueError: If it is none.
    """
    value = asked.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} must be a natural number; got {value!r}")
    return value


def text(asked: dict[str, Any], name: str, what: str) -> str:
    """A text that the page has sent.

    Raises:
        TypeError: If it is none.
    """
    value = asked.get(name)
    if not isinstance(value, str):
        raise TypeError(f"{what} must be text; got {value!r}")
    return value

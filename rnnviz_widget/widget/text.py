"""What of a widget changes what is read: its text, set from Python or typed in the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from rnnviz_widget.explorer import Explorer

from .targets import natural


class _Text(traitlets.Unicode[str, str]):
    """A text that is read where it is set: of two threads that set it, one waits for the other."""

    def set(self, obj: Any, value: Any) -> None:
        """Check, set and tell, all under the lock: what is read while checking is shown then."""
        with obj._traits_lock:  # noqa: SLF001 - it is the widget's own
            super().set(obj, value)


class Text(traitlets.HasTraits):
    """The part of the widget that serves a reader who types."""

    text = _Text(help="the text")
    _typed = traitlets.Dict(None, allow_none=True).tag(sync=True, echo_update=False)

    _explorer: Explorer
    _traits_lock: Any
    _status: Any
    # Reads what the text was last checked with.
    _begin: Callable[[], None]
    # Where the pointer goes with the text that is set, where the page tells.
    _caret: int | None = None
    # While text and position change together a move by itself shows nothing.
    _still = False
    # What the widget itself offers.
    position: Any
    pinned: Any
    _moved: Callable[[Any], None]
    _show: Callable[[], None]
    _refuse: Callable[[str, Any, Exception], None]

    def _watch_text(self) -> None:
        self.observe(self._read_text, "text")
        self.observe(self._read_typed, "_typed")

    @traitlets.validate("text")
    def _check_text(self, proposal: dict[str, Any]) -> str:
        text: str = proposal["value"]
        if text != self._explorer.text:
            try:
                self._begin = self._explorer.prepare(text)
            except Exception as error:  # a model may raise anything; whoever set it is told
                raise traitlets.TraitError(str(error)) from error
        return text

    def _read_text(self, _: Any = None) -> None:
        # The fill's thread must not publish rows of the new epoch before the scene is there.
        with self._traits_lock:
            if self.text == self._explorer.text:
                return
            filling = self._status["state"] != "idle"
            last = len(self.text) - 1
            caret, pinned = self._caret, None
            if caret is None:
                caret, pinned = self.position, self.pinned
            self._begin()
            try:
                self._place(min(caret, last), None if pinned is None or pinned > last else pinned)
            finally:  # Whoever observes the position may fail; the text is there all the same.
                self._show()
        if filling:
            self._explorer.fill()

    def _place(self, position: int, pinned: int | None) -> None:
        """Set both, which by itself shows nothing."""
        self._still = True
        try:
            # What is pinned is shown: released last, it gives way to where the pointer is then.
            self.position = position
            self.pinned = pinned
        finally:
            self._still = False

    def _read_typed(self, change: dict[str, Any]) -> None:
        asked = change["new"]
        if not asked:
            return
        try:
            text, caret = _typed_in(asked)
        except (TypeError, ValueError) as error:
            self._refuse("_typed", asked, error)
            return
        with self._traits_lock:
            if text == self._explorer.text:
                self._place(min(caret, len(text) - 1), None)
                self._moved(None)
                return
            self._caret = caret
            try:
                self.text = text
            except traitlets.TraitError as error:
                if text == self._explorer.text:
                    raise  # It was read; somebody who observes it has failed.
                cause = error.__cause__
                self._refuse("_typed", asked, cause if isinstance(cause, Exception) else error)
            finally:
                self._caret = None

    def _within_text(self, state: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """What the page sends, with places that there are in the text, and which are other ones.

        The page may not know yet that the text has become shorter; and where something is typed,
        that says where the pointer is. An error would undo all else that came with it.
        """
        last = len(self._explorer.text) - 1
        within = dict(state)
        for name in ("position", "pinned"):
            if within.get("_typed"):
                within.pop(name, None)
            elif type(within.get(name)) is int:
                within[name] = max(0, min(within[name], last))
        return within, [name for name in state if within.get(name, state) != state[name]]


def _typed_in(asked: dict[str, Any]) -> tuple[str, int]:
    text = asked.get("text")
    if not isinstance(text, str):
        raise TypeError(f"what is typed must be text; got {text!r}")
    natural(asked, "serial")
    return text, natural(asked, "position")

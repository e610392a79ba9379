"""What of a widget changes what is explained: its target, looks at other classes, their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from rnnviz_widget.explorer import Explorer, Look
from rnnviz_widget.models import (
    TRUTH,
    UnknownSymbolError,
    as_target,
    target_from_json,
    target_to_json,
)
from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.packing import Message
from rnnviz_widget.scene.replies import FoundClass, FoundClasses, Refusal
from rnnviz_widget.surrogates import has_surrogates

from .packing import preview_of

# Names that a prefix finds.
_FOUND = 20


def _from_json(message: Any, widget: Targets) -> Any:
    # A list of targets, made in Python, does not travel; what comes back for it changes nothing.
    return widget.target if message is None else target_from_json(message)


class Targets(traitlets.HasTraits):
    """The part of the widget that serves a reader who asks: why this class, why not that one?"""

    # Not `Any`, which would let None pass unseen.
    target: Any = traitlets.TraitType(TRUTH, help="what is explained").tag(
        sync=True, to_json=lambda target, _: target_to_json(target), from_json=_from_json
    )
    _look = traitlets.Dict(None, allow_none=True).tag(sync=True, echo_update=False)
    _looked = traitlets.Dict().tag(sync=True)
    _seek = traitlets.Dict(None, allow_none=True).tag(sync=True, echo_update=False)
    _found = traitlets.Dict().tag(sync=True)
    _refused = traitlets.Dict().tag(sync=True)

    _explorer: Explorer
    _traits_lock: Any
    _status: Any
    _refusals = 0
    # What the widget itself offers.
    shown: Any
    send_state: Callable[[str], None]
    _show: Callable[[], None]
    _sendable: Callable[[Message], Message]

    def _watch_targets(self) -> None:
        self._explorer.on_look = self._publish_look
        self.observe(self._explain, "target")
        self.observe(self._look_at, "_look")
        self.observe(self._seek_names, "_seek")

    @traitlets.validate("target")
    def _check_target(self, proposal: dict[str, Any]) -> Any:
        value = proposal["value"]
        if value == self._explorer.target:
            return self._explorer.target
        try:
            self._explorer.check(value)
            return as_target(value)
        except (TypeError, ValueError, RuntimeError) as error:
            raise traitlets.TraitError(str(error)) from None

    def _explain(self, _: Any = None) -> None:
        # The fill's thread must not publish rows of the new epoch before the scene is there.
        with self._traits_lock:
            if self.target == self._explorer.target:
                return
            filling = self._status["state"] != "idle"
            self._explorer.explain(self.target)
            self._show()
        if filling:
            self._explorer.fill()

    def _without_bad_target(self, state: dict[str, Any]) -> dict[str, Any]:
        """What the page sends, but for a target that can't be explained: that is said to it.

        An error would undo all else that came with it, and nobody would read it.
        """
        if "target" not in state:
            return state
        try:
            self._explorer.check(_from_json(state["target"], self))
        except (TypeError, ValueError, RuntimeError) as error:
            self._refuse("target", state["target"], error)
            # Or the page would go on with what it has set itself.
            self.send_state("target")
            return {name: value for name, value in state.items() if name != "target"}
        return state

    def _without_halves(self, state: dict[str, Any]) -> dict[str, Any]:
        """What a page sends, but for what has half of a surrogate pair in it: that is said to it.

        Such a trait could not be sent to any page again.
        """
        whole = {name: value for name, value in state.items() if not has_surrogates(value)}
        for name in state.keys() - whole.keys():
            what = {"_typed": "the text", "_seek": "the prefix"}.get(name, name)
            words = f"{what} has half of a surrogate pair in it, which is no character; replace it"
            self._refuse(name, state[name], ValueError(words))
            self.send_state(name)
        return whole

    def _refuse(self, trait: str, value: Any, error: Exception) -> None:
        with self._traits_lock:
            self._refusals += 1
            unknown = error.positions if isinstance(error, UnknownSymbolError) else ()
            self._refused = pack(Refusal(trait, value, str(error), self._refusals, unknown))

    def _look_at(self, change: dict[str, Any]) -> None:
        asked = change["new"]
        if not asked:
            self._explorer.look_away()
            return
        try:
            look = self._explorer.look(
                natural(asked, "position"),
                target_from_json(asked.get("target")),
                natural(asked, "serial"),
            )
        except (TypeError, ValueError, RuntimeError) as error:
            self._refuse("_look", asked, error)
        else:
            self._publish_look(look)

    def _publish_look(self, look: Look) -> None:
        message = pack(preview_of(look))
        with self._traits_lock:
            asked = self._look
            if asked and asked["serial"] == look.serial and look.epoch == self._explorer.epoch:
                self._looked = self._sendable(message)

    def _seek_names(self, change: dict[str, Any]) -> None:
        asked = change["new"]
        if not asked:
            return
        try:
            serial = natural(asked, "serial")
            prefix = asked.get("prefix")
            if not isinstance(prefix, str):
                raise TypeError(f"a prefix must be text; got {prefix!r}")  # noqa: TRY301
            position = self.shown
            found = self._explorer.likeliest(position, prefix, _FOUND)
        except (TypeError, ValueError, RuntimeError) as error:
            self._refuse("_seek", asked, error)
            return
        names = [FoundClass(name, odds) for name, odds in found]
        with self._traits_lock:
            self._found = pack(FoundClasses(serial, prefix, position, names))


def natural(asked: dict[str, Any], name: str) -> int:
    """A natural number that the page has sent.

    Raises:
        ValueError: If it is none.
    """
    value = asked.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} must be a natural number; got {value!r}")
    return value

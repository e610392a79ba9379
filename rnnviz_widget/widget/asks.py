"""Answering what a page asks the kernel: every ask comes through here."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from functools import partial
from typing import Any

import traitlets

from rnnviz_widget.explorer import Explorer
from rnnviz_widget.explorer.answer_asks import answer
from rnnviz_widget.explorer.changed_models import trait_asked
from rnnviz_widget.models import UnknownSymbolError, target_from_json
from rnnviz_widget.scene.asks import (
    Ask,
    AskCheckpoint,
    AskChoice,
    AskCorpusText,
    AskMapRegions,
    AskMatches,
    AskModules,
    AskStrips,
    AskTarget,
    AskText,
    unpack_ask,
)
from rnnviz_widget.scene.replies import LaterReply, Refusal
from rnnviz_widget.scene.unit_asks import AskColorBy, AskIntervention, AskUndo, AskUnit

from .color_by import ColorBy
from .map_regions import MapRegions
from .page_link import PageLink
from .page_modules import PageModules
from .publisher import Publisher
from .selecting import Selecting
from .shown_place import ShownPlace

# How many serials of each kind are remembered, to recognise asks that are sent again.
_PAGES = 64

Messages = dict[str, Any]


def _serial_of(message: Any) -> int | None:
    serial = message.get("serial") if isinstance(message, dict) else None
    return serial if type(serial) is int else None


class Asks:
    """Answers what the page asks, or says why not; replies are sent by the publisher."""

    def __init__(
        self,
        explorer: Explorer,
        link: PageLink,
        place: ShownPlace,
        publisher: Publisher,
        selecting: Selecting,
        *,
        regions: MapRegions,
        colors: ColorBy,
    ) -> None:
        self._explorer = explorer
        self._link = link
        self._place = place
        self._publisher = publisher
        self._selecting = selecting
        # What a reader selects, draws or keeps is a trait, of these members.
        self._taken: dict[type[Ask], Callable[[Any], None]] = {
            AskMatches: selecting.ask,
            AskMapRegions: regions.ask,
            AskColorBy: colors.ask,
        }
        self._modules = PageModules(link)
        self._known: defaultdict[str, deque[Any]] = defaultdict(lambda: deque(maxlen=_PAGES))
        # The serial of the newest ask of each kind.
        self._newest: dict[str, int] = {}
        self._own_serial = 0
        explorer.listener.on_preview = lambda preview: self._more("preview", preview.packed())
        for kind, instrument in explorer.instruments.items():
            instrument.on_reply = partial(self._more, kind)

    def new(self, asks: Messages) -> Messages:
        """The asks that are new.

        A page sends its newest ask of each kind together, old ones too.
        """
        found = {}
        for kind, message in asks.items():
            serial = _serial_of(message)
            if serial is None or serial not in self._known[kind]:
                self._known[kind].append(serial)
                found[kind] = message
        return found

    def ask(self, kind: str, **fields: Any) -> bool:
        """Ask for a page that set a trait instead; returns whether it was not refused."""
        self._own_serial += 1
        return self.receive(kind, {"serial": self._own_serial, **fields})

    def receive(self, kind: str, message: Any) -> bool:
        """Answer an ask, or refuse it in words; returns whether it was not refused."""
        try:
            self._answer(kind, unpack_ask(kind, message))
        except (TypeError, ValueError, RuntimeError) as error:
            self.refuse(kind, message, error)
            return False
        return True

    def _answer(self, kind: str, ask: Ask) -> None:
        match ask:
            case AskText():
                self._read_text(ask)
            case AskTarget():
                self._set("target", target_from_json(ask.target))
            case AskChoice():
                self._set(kind, ask.value)
            case AskCheckpoint():
                self._set("checkpoint", ask.checkpoint)
            case AskUnit() | AskIntervention() | AskUndo():
                self._set(*trait_asked(self._explorer.changes.open(), ask))
            case AskStrips():
                self._publisher.strips_wanted = ask.wanted
                self._publisher.send_strips()
            case AskModules():
                self._modules.open(ask.names)
            case AskCorpusText():
                self._selecting.visit(ask, self._read_text)
            case _ if type(ask) in self._taken:
                self._taken[type(ask)](ask)
            case _:
                self._newest[kind] = ask.serial
                reply = answer(self._explorer, kind, ask, self._place.shown)
                if reply is not None:
                    self._publisher.reply(kind, reply)

    def _more(self, kind: str, reply: LaterReply) -> None:
        """Send what was found after an ask was answered, unless there was another one since."""
        with self._link.lock:
            if reply.serial == self._newest.get(kind):
                self._publisher.reply(kind, reply)

    def _set(self, name: str, value: object) -> None:
        """Set a public trait of the widget, which begins an epoch."""
        try:
            self._link.set(name, value)
        except traitlets.TraitError as error:
            cause = error.__cause__
            raise ValueError(str(error)) from (cause or error)

    def _read_text(self, ask: AskText) -> None:
        with self._link.lock:
            if ask.text == self._explorer.text:
                self._place.set_position(ask.position, None)
                self._publisher.show_position()
                return
            self._place.next_position = ask.position
            try:
                self._link.set("text", ask.text)
            except traitlets.TraitError as error:
                if ask.text == self._explorer.text:
                    raise  # The text was read, and an observer of the trait has failed.
                raise ValueError(str(error)) from (error.__cause__ or error)
            finally:
                self._place.next_position = None

    def refuse(self, kind: str, message: Any, error: Exception) -> None:
        """Tell the page that an ask is refused, and why."""
        cause = error.__cause__
        unknown = cause.positions if isinstance(cause, UnknownSymbolError) else ()
        serial = _serial_of(message)
        self._publisher.reply(kind, Refusal(serial, str(error), unknown))

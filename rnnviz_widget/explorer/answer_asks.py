"""Answering what a page asks about the epoch that is shown."""

from __future__ import annotations

from rnnviz_widget.models import target_from_json
from rnnviz_widget.scene.asks import Ask, AskClasses, AskPreview
from rnnviz_widget.scene.replies import FoundClasses, LaterReply

from .explorer import Explorer

MOST_CLASSES = 20
"""The most classes that a search returns."""


def answer(explorer: Explorer, kind: str, ask: Ask, shown: int) -> FoundClasses | LaterReply | None:
    """Answer what a page asks about the epoch that is shown, and the character `shown`.

    If a preview comes in parts, the explorer's listener gets the later ones; what an instrument
    finds later, its `on_reply`.

    Returns:
        The reply; None if there is none.

    Raises:
        TypeError, ValueError, RuntimeError: If it can't be answered; the message says why.
    """
    match ask:
        case AskClasses():
            names = explorer.likeliest(shown, ask.prefix, MOST_CLASSES)
            return FoundClasses(ask.serial, ask.prefix, shown, names)
        case AskPreview() if ask.target is not None:
            target = target_from_json(ask.target)
            return explorer.preview(ask.position, target, ask.serial).packed()
        case AskPreview():
            explorer.end_preview()
            return None
        case _:
            return explorer.instruments[kind].ask(ask)

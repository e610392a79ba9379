"""Answering what a page asks about the epoch that is shown."""

from __future__ import annotations

from rnnviz_widget.models import target_from_json
from rnnviz_widget.scene.asks import AskCheck, AskClasses, AskPreview, AskRandomised, AskSwaps
from rnnviz_widget.scene.output_check import OutputChecks
from rnnviz_widget.scene.replies import FoundClasses, Preview

from .explorer import Explorer

MOST_CLASSES = 20
"""The most classes that a search returns."""


def answer(
    explorer: Explorer,
    ask: AskPreview | AskClasses | AskCheck | AskRandomised | AskSwaps,
    shown: int,
) -> Preview | FoundClasses | OutputChecks | None:
    """Answer what a page asks about the epoch that is shown, and the character `shown`.

    If a preview comes in parts, the explorer's listener gets the later ones, and all of swaps.
    Checks are computed after this: `explorer.checks.on_checks` gets them, as
    `explorer.randomised.on_rows` gets randomised rows.

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
        case AskCheck() if ask.position is not None:
            return explorer.checks.begin(ask.position, ask.serial)
        case AskCheck():
            explorer.checks.end()
        case AskRandomised() if ask.position is not None:
            explorer.randomised.ask(ask.position, ask.serial)
        case AskRandomised():
            explorer.randomised.end()
        case AskSwaps():
            explorer.ask_swaps(ask.position, ask.input, ask.serial)
    return None

"""Answering what a page asks about the epoch that is shown."""

from __future__ import annotations

from rnnviz_widget.models import target_from_json
from rnnviz_widget.scene.asks import AskCheck, AskClasses, AskPreview, AskSwaps
from rnnviz_widget.scene.output_check import OutputChecks
from rnnviz_widget.scene.replies import FoundClasses, Preview

from .explorer import Explorer

MOST_CLASSES = 20
"""The most classes that a search returns."""


def answer(
    explorer: Explorer, ask: AskPreview | AskClasses | AskCheck | AskSwaps, shown: int
) -> Preview | FoundClasses | OutputChecks | None:
    """Answer what a page asks about the epoch that is shown, and the character `shown`.

    If a preview comes in parts, the explorer's listener gets the later ones, and all of swaps.
    Checks are computed after this; `explorer.checks.on_checks` gets them.

    Returns:
        The reply; None if there is none.

    Raises:
        TypeError, ValueError, RuntimeError: If it can't be answered; the message says why.
    """
    if isinstance(ask, AskClasses):
        names = explorer.likeliest(shown, ask.prefix, MOST_CLASSES)
        return FoundClasses(ask.serial, ask.prefix, shown, names)
    if isinstance(ask, AskSwaps):
        explorer.ask_swaps(ask.position, ask.input, ask.serial)
        return None
    if isinstance(ask, AskCheck):
        if ask.position is not None:
            return explorer.checks.begin(ask.position, ask.serial)
        explorer.checks.end()
        return None
    if ask.target is None:
        explorer.end_preview()
        return None
    return explorer.preview(ask.position, target_from_json(ask.target), ask.serial).packed()

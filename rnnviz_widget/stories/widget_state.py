"""What a widget shows at a step of a story, to show it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rnnviz_widget.widget import ExplorerWidget

# In this order they are set: another text drops what lies beyond its end, and another target may
# bring another measure.
SCENE = ("text", "checkpoint", "target", "of", "measure", "interventions")
"""The traits that say what is computed; with other values the page has another scene."""
PICTURE = ("direction", "scale", "by", "sharpness", "bars")
"""The traits that say how it is drawn, besides position, pin and brush."""


@dataclass(frozen=True, eq=False)
class WidgetState:
    """What a widget shows.

    Attributes:
        scene: What is computed, by trait.
        picture: How it is drawn, by trait.
        position: The character hovered.
        pinned: The character pinned, or None.
        brush: The characters whose share is said, or None.
        opened: The instruments that are open on its page.
        replies: Their replies about the character shown, by the kind of ask.
    """

    scene: Mapping[str, Any]
    picture: Mapping[str, Any]
    position: int
    pinned: int | None
    brush: tuple[int, int] | None
    opened: Sequence[str] = ()
    replies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def show(self, widget: ExplorerWidget) -> None:
        """Have the widget show it; what it shows already is left alone.

        Instruments are opened on pages only.
        """
        if widget.text != self.scene["text"]:
            widget.set_trait("pinned", None)
            widget.set_trait("brush", None)
        # The brush last, and position and pin before it, in what may be another text.
        place = {"position": self.position, "pinned": self.pinned, "brush": self.brush}
        for name, value in {**self.scene, **self.picture, **place}.items():
            if getattr(widget, name) != value:
                widget.set_trait(name, value)


def state_of(widget: ExplorerWidget) -> WidgetState:
    """What a widget shows now, to return to it."""
    return WidgetState(
        scene=scene_of(widget),
        picture={name: getattr(widget, name) for name in PICTURE},
        position=widget.position,
        pinned=widget.pinned,
        brush=widget.brush,
    )


def step_state_of(widget: ExplorerWidget) -> WidgetState:
    """What a widget shows now, as a step shows it.

    The character shown is pinned, so that a pointer that rests on the picture while the reader
    scrolls does not replace it; and what is open on the widget's page is open.
    """
    page = widget.shared().state
    return replace(
        state_of(widget),
        position=widget.shown,
        pinned=widget.shown,
        opened=[name for name in page["_opened"] if name != "checkpoints"],
        replies=page["_reply"],
    )


def scene_of(widget: ExplorerWidget) -> dict[str, Any]:
    """What a widget computes, by trait."""
    return {name: getattr(widget, name) for name in SCENE}

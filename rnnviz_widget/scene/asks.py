"""What a page asks the kernel, or the models in it: one record a kind.

They travel in the trait `_ask`, by kind: the newest of each, so that no kind pushes another out.
A page may send an ask again beside a new one of another kind: its serial tells that it is known.
Serials begin anywhere, as several pages may ask one kernel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .codec import unpack


@dataclass(frozen=True)
class AskText:
    """Read another text. The scene of a new epoch answers it.

    Attributes:
        serial: Tells this from other asks of its kind.
        text: The text.
        position: The character to explain; past the end it is the last.
    """

    serial: int
    text: str
    position: int


@dataclass(frozen=True)
class AskTarget:
    """Explain something else. The scene of a new epoch answers it.

    Attributes:
        serial: Tells this from other asks of its kind.
        target: What, as targets travel.
    """

    serial: int
    target: object


CHOICES = ("measure", "of")
"""What a page can choose from a list: each is a kind of ask, and the trait that holds it."""


@dataclass(frozen=True)
class AskChoice:
    """Measure otherwise, or explain another number of the target. A new epoch's scene answers it.

    Attributes:
        serial: Tells this from other asks of its kind.
        value: The name of the measure, or of the quantity.
    """

    serial: int
    value: str


@dataclass(frozen=True)
class AskPreview:
    """Explain another class at one character while the reader looks at it.

    Attributes:
        serial: Comes back with each reply.
        position: The character.
        target: What to explain there, as targets travel; null: nothing is looked at any more.
    """

    serial: int
    position: int
    target: object


@dataclass(frozen=True)
class AskClasses:
    """Find the likeliest classes whose names begin so.

    Attributes:
        serial: Comes back with the reply.
        prefix: The beginning.
    """

    serial: int
    prefix: str


@dataclass(frozen=True)
class AskStrips:
    """Tell how likely all classes are at every character that is shown, or no more.

    Attributes:
        serial: Tells this from other asks of its kind.
        wanted: Whether they are shown.
    """

    serial: int
    wanted: bool


Ask = AskText | AskTarget | AskChoice | AskPreview | AskClasses | AskStrips

ASKS: dict[str, type[Ask]] = {
    "text": AskText,
    "target": AskTarget,
    **dict.fromkeys(CHOICES, AskChoice),
    "preview": AskPreview,
    "classes": AskClasses,
    "strips": AskStrips,
}
"""The records by the kind that they travel under."""


def unpack_ask(kind: str, message: Any) -> Ask:
    """An ask of the page.

    Raises:
        ValueError: If there is no such kind, or something in it is missing or of another type.
    """
    if kind not in ASKS:
        raise ValueError(f"a page asks for one of {', '.join(ASKS)}; got {kind!r}")
    return unpack(ASKS[kind], message)

"""What a page asks the kernel, or the models in the page: one record for each kind.

They are sent in the trait `_ask`, which has the newest ask of each kind, so that no kind replaces
another. A page may send an ask again together with one of another kind; its serial shows that it is
known. Serials may start anywhere, since several pages may ask one kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .codec import unpack
from .link_curves import AskLinkCurve
from .map_regions import DrawnRegion
from .state_map import MapMethod
from .unit_asks import AskColorBy, AskIntervention, AskStates, AskUndo, AskUnit
from .unit_matches import UnitSearch


@dataclass(frozen=True)
class AskText:
    """Read another text. The scene of a new epoch answers it.

    Attributes:
        serial: Distinguishes this ask from others of its kind.
        text: The text.
        position: The character to explain; past the end it is the last.
    """

    serial: int
    text: str
    position: int


@dataclass(frozen=True)
class AskTarget:
    """Explain another target. The scene of a new epoch answers it.

    Attributes:
        serial: Distinguishes this ask from others of its kind.
        target: The target; see Targets.
    """

    serial: int
    target: object


CHOICES = ("measure", "of")
"""What a page can choose from a list: each is a kind of ask, and the trait that holds it."""


@dataclass(frozen=True)
class AskChoice:
    """Use another measure, or explain another quantity. The scene of a new epoch answers it.

    Attributes:
        serial: Distinguishes this ask from others of its kind.
        value: The name of the measure or quantity.
    """

    serial: int
    value: str


@dataclass(frozen=True)
class AskCheckpoint:
    """Show another checkpoint of the models. The scene of another epoch answers it.

    Attributes:
        serial: Distinguishes this ask from others of its kind.
        checkpoint: Which; see `ShownCheckpoint`.
    """

    serial: int
    checkpoint: int


@dataclass(frozen=True)
class AskPreview:
    """Explain another target at one character, while the reader points at it.

    Attributes:
        serial: Returned with each reply.
        position: The character.
        target: The target, see Targets; null: end the preview.
    """

    serial: int
    position: int
    target: object


@dataclass(frozen=True)
class AskClasses:
    """Find the likeliest classes whose names begin with some text.

    Attributes:
        serial: Returned with the reply.
        prefix: The beginning of the names.
    """

    serial: int
    prefix: str


@dataclass(frozen=True)
class AskSwaps:
    """Show what a prediction is with every other symbol in the place of one character.

    Attributes:
        serial: Returned with each reply.
        position: The character whose output is explained.
        input: The character in whose place they stand; null: show none any more.
    """

    serial: int
    position: int
    input: int | None


@dataclass(frozen=True)
class AskStrips:
    """Send the strips of all classes at every character that is shown, or stop sending them.

    Attributes:
        serial: Distinguishes this ask from others of its kind.
        wanted: Whether to send them.
    """

    serial: int
    wanted: bool


@dataclass(frozen=True)
class AskCheck:
    """Run the models again at one character, with some of the inputs exchanged.

    Attributes:
        serial: Returned with each reply.
        position: The character; null: the check before is not needed any more.
    """

    serial: int
    position: int | None


@dataclass(frozen=True)
class AskModules:
    """Send the code of instruments that the reader has opened. The trait `_modules` answers it.

    Attributes:
        serial: Tells this from other asks of its kind.
        names: The modules of all instruments that are open on the page now.
    """

    serial: int
    names: Sequence[str]


@dataclass(frozen=True)
class AskRandomised:
    """Send the rows at one character with random weights and of a random class, or stop.

    Attributes:
        serial: Returned with each reply.
        position: The character; null: none, and what was prepared for such rows is dropped.
    """

    serial: int
    position: int | None


@dataclass(frozen=True)
class AskMap:
    """Send maps of the models' states, or drop them.

    Attributes:
        serial: Returned with each reply.
        wanted: Whether they are wanted; else what was kept for them is dropped.
        sources: For each model what is mapped, see `FacetMap`; null: its last hidden states.
        method: What places the points.
        near: For each model the point whose nearest are wanted; null: of none but those of the
            text.
    """

    serial: int
    wanted: bool
    sources: Sequence[str | None]
    method: MapMethod
    near: Sequence[int | None]


@dataclass(frozen=True)
class AskMapRegions:
    """Take the regions that a reader has drawn on the maps, in place of those before.

    Attributes:
        serial: Returned with the reply.
        regions: Those that there are, at most one of each model.
    """

    serial: int
    regions: Sequence[DrawnRegion]


@dataclass(frozen=True)
class AskMatches:
    """Search for the places where the units are on that are on at some characters.

    Attributes:
        serial: Returned with each reply.
        search: What to search for, in place of what was before; null: nothing.
    """

    serial: int
    search: UnitSearch | None


@dataclass(frozen=True)
class AskCorpusText:
    """Read the text of a match, or the text that was shown before that.

    Attributes:
        serial: Distinguishes this ask from others of its kind.
        text: The number of a text of the corpus; null: back to the text before.
        start: The first character of the match.
        after: The one after its last.
    """

    serial: int
    text: int | None
    start: int
    after: int


Ask = (
    AskText
    | AskTarget
    | AskChoice
    | AskCheckpoint
    | AskPreview
    | AskClasses
    | AskSwaps
    | AskStrips
    | AskCheck
    | AskModules
    | AskRandomised
    | AskStates
    | AskUnit
    | AskIntervention
    | AskUndo
    | AskLinkCurve
    | AskMap
    | AskMapRegions
    | AskColorBy
    | AskMatches
    | AskCorpusText
)

ASKS: dict[str, type[Ask]] = {
    "text": AskText,
    "target": AskTarget,
    **dict.fromkeys(CHOICES, AskChoice),
    "checkpoint": AskCheckpoint,
    "preview": AskPreview,
    "classes": AskClasses,
    "swaps": AskSwaps,
    "strips": AskStrips,
    "check": AskCheck,
    "modules": AskModules,
    "randomised": AskRandomised,
    "states": AskStates,
    "unit": AskUnit,
    "intervention": AskIntervention,
    "undo": AskUndo,
    "link_curve": AskLinkCurve,
    "map": AskMap,
    "map_regions": AskMapRegions,
    "color_by": AskColorBy,
    "matches": AskMatches,
    "corpus_text": AskCorpusText,
}
"""The record of each kind of ask."""


def unpack_ask(kind: str, message: Any) -> Ask:
    """Read an ask of the page, or raise a ValueError that says what is wrong with it."""
    if kind not in ASKS:
        raise ValueError(f"a page asks for one of {', '.join(ASKS)}; got {kind!r}")
    return unpack(ASKS[kind], message)

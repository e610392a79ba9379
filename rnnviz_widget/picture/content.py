"""The content of a picture: its words, runs and marks in order, for every writer.

`html.py`, `latex.py`, `plain.py` and `drawing.py` decide how it looks, but not what it says.
"""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from rnnviz_widget.scene.rows import Failure

from .caption import Chip, Explanation, chips, explanation, place, shared_explanation, summary
from .colors import step_of
from .format import model_name, one_line
from .legend import Legend, legend_of
from .picture import FacetPicture, Picture
from .shared import WORDING
from .text_unit import TextUnit
from .unit_strip import UnitStrip


class CellStyle(NamedTuple):
    """The style of a character.

    Attributes:
        step: The step of its colour, -64 to 64; None: it is not read, and hatched.
        unknown: Whether the model read its unknown symbol there.
        explained: Whether it belongs to the output that is explained.
    """

    step: int | None
    unknown: bool
    explained: bool


class TextRun(NamedTuple):
    """Consecutive characters of one style."""

    text: str
    style: CellStyle


class Phrase(NamedTuple):
    """A part of a sentence."""

    text: str
    strong: bool = False


class ShownUnits(NamedTuple):
    """The strips of a model's units.

    Attributes:
        text: The text.
        position: The character that is explained; None: none is.
        strips: The strips, or why there is none.
    """

    text: str
    position: int | None
    strips: tuple[UnitStrip | Failure, ...]


class FacetContent(NamedTuple):
    """What is shown of one model.

    Attributes:
        name: The model's name.
        summary: The line beside or under the name.
        chips: Its predictions.
        explains: What it explains; empty if the heading says it for all models.
        note: Notes for the reader, or None.
        error: What went wrong, or None.
        runs: The text.
        units: Its units; only figures draw them.
        text_unit: The unit that colours the text in place of connectivity, or why it can't; None:
            there is none.
    """

    name: str
    summary: str
    chips: list[Chip]
    explains: list[Phrase]
    note: str | None
    error: str | None
    runs: list[TextRun]
    units: ShownUnits
    text_unit: TextUnit | Failure | None


class PictureContent(NamedTuple):
    """What is shown of a picture.

    Attributes:
        signed: Whether colours have two arms.
        heading: The place in the text, and what is explained if that is the same for all models.
        facets: One for each model.
        legend: What colours and marks mean.
    """

    signed: bool
    heading: list[Phrase]
    facets: list[FacetContent]
    legend: Legend


def content_of(picture: Picture) -> PictureContent:
    """The content of a picture."""
    shared = shared_explanation(picture)
    heading = [Phrase(place(picture))]
    if shared is not None and shared.target:
        heading += [Phrase(", "), *_explains(shared)]
    facets = [
        FacetContent(
            name=model_name(facet.name),
            summary=summary(facet, picture),
            chips=chips(facet),
            explains=[]
            if shared is not None or facet.target is None
            else _explains(explanation(facet)),
            note=facet.facet.note and one_line(facet.facet.note),
            error=facet.error and one_line(facet.error),
            runs=text_runs(picture, n),
            units=ShownUnits(picture.text, picture.position, facet.strips),
            text_unit=facet.text_unit,
        )
        for n, facet in enumerate(picture.facets)
    ]
    return PictureContent(picture.signed, heading, facets, legend_of(picture))


def _explains(what: Explanation) -> list[Phrase]:
    before, after = WORDING["explains"].split("{target}")
    return [
        Phrase(before),
        Phrase(what.target, strong=True),
        Phrase(after.format(reason=one_line(what.reason))),
    ]


def text_runs(picture: Picture, n: int) -> list[TextRun]:
    """The text in the n-th facet, as runs of characters with the same style."""
    pairs = zip(cell_styles(picture, n), picture.text, strict=True)
    return [
        TextRun("".join(character for _, character in run), style)
        for style, run in groupby(pairs, key=lambda pair: pair[0])
    ]


def cell_styles(picture: Picture, n: int) -> list[CellStyle]:
    """The style of each character of the text in the n-th facet."""
    facet: FacetPicture = picture.facets[n]
    at = facet.facet.tokens.of_characters
    unread = [not facet.reads.read(facet.token, t) for t in range(len(facet.spans))]
    unknown = {p for t in facet.facet.tokens.unknown for p in range(*facet.spans[t])}
    explained = {picture.position, *range(*facet.spans[facet.token])}
    shares = facet.row.characters if facet.row is not None else (0.0,) * len(picture.text)
    part = picture.scaling.part
    if isinstance(facet.text_unit, TextUnit):
        steps: list[int | None] = [*facet.text_unit.steps()]
    else:
        steps = [
            None if p in facet.left_out or unread[t] else step_of(part(n, share, p))
            for p, (t, share) in enumerate(zip(at, shares, strict=True))
        ]
    return [CellStyle(step, p in unknown, p in explained) for p, step in enumerate(steps)]

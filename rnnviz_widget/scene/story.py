"""A story as its page has it: steps of prose, and what became of the numbers in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

ProseStyle = Literal["plain", "emphasis", "strong", "code", "claim"]


@dataclass(frozen=True)
class ProseRun:
    """A stretch of prose in one style.

    Attributes:
        text: Its characters; of a claim: the number as the author wrote it.
        style: How it is set; "claim": a number that is checked.
        claim: Which claim of its step; null: it is none.
    """

    text: str
    style: ProseStyle = "plain"
    claim: int | None = None


@dataclass(frozen=True)
class ProseParagraph:
    """A paragraph.

    Attributes:
        runs: Its text.
    """

    runs: Sequence[ProseRun]


@dataclass(frozen=True, kw_only=True)
class ClaimInWords:
    """A number that a step's prose claims, and what the models give now.

    Attributes:
        name: What it is.
        stated: The number as it was written.
        within: By how much it may differ; "": a word, which must be the same.
        now: What the models give now, in words, or why that is not known.
        holds: Whether it differs by no more than that.
    """

    name: Sequence[ProseRun]
    stated: str
    within: str
    now: str
    holds: bool


@dataclass(frozen=True)
class StoryStep:
    """The words of one step.

    Attributes:
        paragraphs: Its prose.
        claims: The numbers that it claims, each of which stands in a paragraph.
        scene: Which of the page's scenes it shows, from 0; the first one is `_scene`.
    """

    paragraphs: Sequence[ProseParagraph]
    claims: Sequence[ClaimInWords]
    scene: int


@dataclass(frozen=True)
class StoryText:
    """The words of a story.

    Attributes:
        steps: Its steps, in order.
    """

    steps: Sequence[StoryStep]

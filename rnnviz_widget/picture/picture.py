"""What the page draws at one position, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from rnnviz_widget.reads import Reads

from .scales import DrawOptions, Scaling, make_scaling
from .shares import Floats, RowShares, Span, left_out, row_shares

DEFAULT_OPTIONS = DrawOptions()
"""How a picture is drawn where nothing else is said."""

PREDICTIONS = 3
"""How many predictions are drawn, as on the page."""


class Prediction(NamedTuple):
    """A class and its probability."""

    name: str
    probability: float


class Rival(NamedTuple):
    """The class that another is compared with.

    Attributes:
        name: The class.
        probability: Its probability.
        rank: Its rank among all classes; 1 is the best.
    """

    name: str
    probability: float
    rank: int


class Target(NamedTuple):
    """The class that is explained.

    Attributes:
        name: The class.
        probability: Its probability.
        rank: Its rank among all classes; 1 is the best, 0: not known.
        reason: Why this class, in words.
        rival: The class that it is compared with: why this one rather than that; or None.
    """

    name: str
    probability: float
    rank: int
    reason: str
    rival: Rival | None = None


class Measured(NamedTuple):
    """What a score is: the measure's name, whether scores may be negative, and in words."""

    name: str
    signed: bool
    label: str


@dataclass(frozen=True)
class FacetPicture:
    """One model's part of a picture; `facet_picture` makes one from a row of scores.

    Attributes:
        name: The model's name.
        reads: Which tokens each output reads.
        note: What a reader must know about the model, or None.
        spans: The characters [start, end) of each token.
        unknown: Tokens that were fed as the model's unknown symbol.
        token: The token s whose output is explained.
        predictions: The best classes at s, best first.
        target: What is explained; None where ready-made rows do not tell.
        row: What of its row falls where; None without a row.
        left_out: The characters that no token spans, but for white space between tokens.
        error: What went wrong instead of a row, in words, or None. Without row and error the row
            was not computed.
        measure: What its scores are; None: what the picture says.
        unit: The unit of the one number that the model gives, "" if it has none: what are
            probabilities elsewhere are then that number. None: it has classes.
        one_output: Whether there is one output for the whole text: it stands at its end, wherever
            it is shown.
    """

    name: str
    reads: Reads
    note: str | None
    spans: tuple[Span, ...] = field(repr=False)
    unknown: tuple[int, ...]
    token: int
    predictions: tuple[Prediction, ...]
    target: Target | None
    row: RowShares | None = field(repr=False)
    left_out: frozenset[int] = field(default=frozenset(), repr=False)
    error: str | None = None
    measure: Measured | None = None
    unit: str | None = None
    one_output: bool = False

    @property
    def hatches(self) -> bool:
        """Whether there may be something that an output has not read."""
        return bool(self.left_out) or not self.reads.whole

    def unread(self, t: int) -> bool:
        """Whether the output that is explained does not read token t."""
        return not self.reads.read(self.token, t)

    def holds(self, position: int) -> bool:
        """Whether the token whose output is explained spans a character."""
        start, end = self.spans[self.token]
        return start <= position < end


@dataclass(frozen=True)
class Picture:
    """What the page draws at one position of a text, whatever it is drawn with next.

    Attributes:
        text: The text.
        position: The character that is explained.
        measure: The measure's name, whether any scores are `signed`, and its `label` in words: of
            the first facet, where facets have measures of their own.
        facets: One for each model, in order.
        options: How it is drawn; its facets' shares are summed as `options.by` says.

    Raises:
        ValueError: If the position is not in the text, or there is no facet.
    """

    text: str
    position: int
    measure: str
    signed: bool
    label: str
    facets: tuple[FacetPicture, ...]
    options: DrawOptions = DEFAULT_OPTIONS

    def __post_init__(self) -> None:
        check_position(self.position, self.text)
        if not self.facets:
            raise ValueError("a picture shows at least one model; there is none")

    @cached_property
    def measures(self) -> list[Measured]:
        """What the scores of each facet are."""
        given = Measured(self.measure, self.signed, self.label)
        return [facet.measure or given for facet in self.facets]

    @property
    def agrees(self) -> bool:
        """Whether all facets have one measure."""
        return len(set(self.measures)) == 1

    @property
    def squared(self) -> bool:
        """Whether the numbers of all facets are squares."""
        return all(measure.name == "squared" for measure in self.measures)

    @property
    def scale(self) -> str:
        """The scale in use: numbers of several measures have no common unit but shares."""
        mixed = self.options.scale == "one" and not self.agrees
        return "share" if mixed else self.options.scale

    @cached_property
    def scaling(self) -> Scaling:
        """How its numbers become colour."""
        rows = [facet.row for facet in self.facets]
        return make_scaling(rows, self.options._replace(scale=self.scale), squared=self.squared)

    @property
    def zero(self) -> bool:
        """Whether there are rows, and all of them are zero."""
        rows = [facet.row for facet in self.facets if facet.row is not None]
        return bool(rows) and all(row.largest == 0 for row in rows)


def facet_picture(
    *,
    name: str,
    reads: Reads,
    note: str | None,
    text: str,
    spans: Sequence[Span],
    unknown: Sequence[int],
    token: int,
    predictions: Sequence[tuple[str, float]],
    target: Target | None,
    scores: Floats | None,
    signed: bool,
    by: str = "character",
    error: str | None = None,
    measure: Measured | None = None,
    unit: str | None = None,
    one_output: bool = False,
) -> FacetPicture:
    """One model's part of a picture, from a row of its scores.

    Args:
        name: The model's name.
        reads: Which tokens each output reads.
        note: What a reader must know about it, or None.
        text: The text.
        spans: The characters [start, end) of each token.
        unknown: Tokens fed as the unknown symbol.
        token: The token s whose output is explained.
        predictions: The best classes at s with their probabilities, best first; three are drawn.
        target: What is explained; None: not told.
        scores: C[s, t], the whole row, (T,) or of a causal model also (s + 1,); None without one.
        signed: Whether the measure is.
        by: What shares are summed over, "character" or "word".
        error: What went wrong instead, in words.
        measure: What scores are, where facets differ in that.
        unit: The unit of the one number that the model gives; see `FacetPicture`.
        one_output: Whether there is one output for the whole text.
    """
    row = None
    if scores is not None:
        # What a causal model has not read is no input of this output.
        read = scores[: token + 1] if reads.causal else scores
        row = row_shares(read, spans, text, signed=signed, by=by)
    return FacetPicture(
        name=name,
        reads=reads,
        note=note,
        spans=tuple(spans),
        unknown=tuple(unknown),
        token=token,
        predictions=tuple(Prediction(name, _single(p)) for name, p in predictions[:PREDICTIONS]),
        target=target and _rounded(target),
        row=row,
        error=error,
        measure=measure,
        left_out=left_out(spans, text),
        unit=unit,
        one_output=one_output,
    )


def check_position(position: int, text: str) -> None:
    """Refuse what is no character of a text.

    Raises:
        ValueError: If it is none.
    """
    if not 0 <= position < len(text):
        raise ValueError(
            f"position must be a character of the text, 0 to {len(text) - 1}; got {position}"
        )


def _rounded(target: Target) -> Target:
    rival = target.rival and target.rival._replace(probability=_single(target.rival.probability))
    return target._replace(probability=_single(target.probability), rival=rival)


def _single(probability: float) -> float:
    """As the page has it: in single precision."""
    return float(np.float32(probability))

"""What the page draws at one position, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from rnnviz_widget.scene.facet import (
    SHOWN_PREDICTIONS,
    ExplainedClass,
    Facet,
    MeasureInfo,
    Output,
    Prediction,
)
from rnnviz_widget.scene.reads import Reads
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.scene.unit_states import FacetStates, StatesWindow

from .scales import DrawOptions, Scaling, make_scaling
from .shares import Floats, RowShares, Span, left_out, row_shares
from .text_unit import TextUnit
from .unit_strip import UnitStrip, unit_strip

DEFAULT_OPTIONS = DrawOptions()
"""The default options of a picture."""


@dataclass(frozen=True)
class FacetPicture:
    """One model's part of a picture; `facet_picture` makes it of a row of scores.

    Attributes:
        facet: The facts about the model on the text.
        token: The token s whose output is explained.
        row: The shares of its row; None without a row.
        left_out: The characters that no token spans, except white space between tokens.
        error: What went wrong in place of a row, in words, or None. With neither row nor error, the
            row was not computed.
        strips: The strips of units that are open, or why there is none; only figures draw them.
        text_unit: The unit by whose states the text is coloured, or why it can't be; None:
            connectivity is. Only figures colour so.
    """

    facet: Facet
    token: int
    row: RowShares | None = field(repr=False)
    left_out: frozenset[int] = field(default=frozenset(), repr=False)
    error: str | None = None
    strips: tuple[UnitStrip | Failure, ...] = field(default=(), repr=False)
    text_unit: TextUnit | Failure | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The model's name."""
        return self.facet.name

    @property
    def reads(self) -> Reads:
        """Which tokens each output reads."""
        return self.facet.reads

    @property
    def spans(self) -> Sequence[Span]:
        """The characters [start, end) of each token."""
        return self.facet.tokens.spans

    @cached_property
    def output(self) -> Output:
        """The predictions and the explained class, in single precision, as the page has them."""
        predictions, explained = self.facet.at(self.token)
        shown = [Prediction(name, _single(p)) for name, p in predictions[:SHOWN_PREDICTIONS]]
        return Output(shown, explained and _rounded(explained))

    @property
    def predictions(self) -> list[Prediction]:
        """The best classes at the output, best first."""
        return self.output.predictions

    @property
    def target(self) -> ExplainedClass | None:
        """The class that is explained; None where ready-made rows have none."""
        return self.output.explained

    @property
    def hatches(self) -> bool:
        """Whether some output may not read everything, so that hatching needs a key."""
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
    """What the page draws at one position of a text, in any format.

    Attributes:
        position: The character that is explained.
        facets: One for each model, in order, all on one text.
        options: How it is drawn; the facets' shares are summed according to `options.by`.
    """

    position: int
    facets: tuple[FacetPicture, ...]
    options: DrawOptions = DEFAULT_OPTIONS

    def __post_init__(self) -> None:
        if not self.facets:
            raise ValueError("a picture shows at least one model; there is none")
        check_position(self.position, self.text)

    @property
    def text(self) -> str:
        """The text."""
        return self.facets[0].facet.text

    @cached_property
    def measures(self) -> list[MeasureInfo]:
        """What the scores of each facet are."""
        return [each.facet.measure for each in self.facets]

    @property
    def signed(self) -> bool:
        """Whether any scores may be negative."""
        return any(measure.signed for measure in self.measures)

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
        """The scale in use: "one" becomes "share" if measures differ, which have no common unit."""
        mixed = self.options.scale == "one" and not self.agrees
        return "share" if mixed or self.awaits_all_rows else self.options.scale

    @property
    def awaits_all_rows(self) -> bool:
        """Whether the scale that is wished needs what is not known before all rows are."""
        rows = [facet.row for facet in self.facets if facet.row is not None]
        return self.options.scale == "expected" and any(row.expected is None for row in rows)

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
    facet: Facet,
    token: int,
    scores: Floats | None,
    *,
    by: str = "character",
    error: str | None = None,
    expected: Floats | None = None,
) -> FacetPicture:
    """Make one model's part of a picture of a row of its scores.

    Args:
        facet: The facts about the model on the text.
        token: The token s whose output is explained.
        scores: C[s, t], the whole row, (T,), or for a causal model also (s + 1,); None: no row.
        by: What shares are summed over, "character" or "word".
        error: What went wrong instead, in words.
        expected: The share to be expected at each input, as long as the row; see `LagMeans`.
    """
    text, spans, signed = facet.text, facet.tokens.spans, facet.measure.signed
    row = None
    if scores is not None:
        # A causal model has not read later tokens: they are no inputs of this output.
        read = scores[: token + 1] if facet.reads.causal else scores
        row = row_shares(read, spans, text, signed=signed, by=by, expected=expected)
    return FacetPicture(facet, token, row, left_out(spans, text), error)


def with_units(picture: Picture, window: StatesWindow) -> Picture:
    """A picture with the strips of units that are open on a page.

    Args:
        picture: The picture.
        window: What the page shows of the units, with their states around the picture's position.
    """
    strips: list[list[UnitStrip | Failure]] = [[] for _ in picture.facets]
    for model, states in zip(window.models, window.facets, strict=True):
        tokens = picture.facets[model].facet.tokens.of_characters
        if not isinstance(states, FacetStates):
            strips[model].append(states)
            continue
        strip = unit_strip(window, states, tokens)
        if strips[model]:
            # As on the page, a route stands under the first strip of each model alone.
            strip = replace(strip, route=None, route_error=None)
        strips[model].append(strip)
    facets = [
        replace(facet, strips=tuple(own)) for facet, own in zip(picture.facets, strips, strict=True)
    ]
    return replace(picture, facets=tuple(facets))


def check_position(position: int, text: str) -> None:
    """Raise a ValueError if a position is not in a text."""
    if not 0 <= position < len(text):
        raise ValueError(
            f"position must be a character of the text, 0 to {len(text) - 1}; got {position}"
        )


def _rounded(target: ExplainedClass) -> ExplainedClass:
    rival = target.rival and replace(target.rival, probability=_single(target.rival.probability))
    return replace(target, probability=_single(target.probability), rival=rival)


def _single(probability: float) -> float:
    """A number rounded to single precision, as the page has it."""
    return float(np.float32(probability))

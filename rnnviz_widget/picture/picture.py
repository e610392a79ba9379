"""What the page draws at one position, as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

import numpy as np

from rnnviz_widget.scene.facet import (
    SHOWN_PREDICTIONS,
    ExplainedClass,
    Facet,
    Guess,
    MeasureInfo,
)
from rnnviz_widget.scene.reads import Reads

from .colors import nice_cap, step_of
from .scales import (
    Options,
    Row,
    Scaling,
    by_words,
    make_scaling,
    token_counts,
    word_counts,
)
from .shares import Floats, Span, left_out, shares

PLAIN = Options()
"""How a picture is drawn where nothing else is said."""


@dataclass(frozen=True)
class FacetPicture:
    """One model's part of a picture; `facet_picture` makes one from a row of scores.

    Attributes:
        facet: What is known of the model on the text.
        token: The token s whose output is explained.
        shares: The share of the row that is drawn at each character, signed, by itself or summed
            over its word; None without a row.
        tokens: The share of each token, signed; none without a row.
        weights: Their magnitudes, each split evenly over its token's characters: what sums over
            characters are of; none without a row.
        left_out: The characters that no token spans, but for white space between tokens.
        elsewhere: The share that falls on tokens without characters.
        total: The sum of magnitudes that the shares are of, in the measure's unit.
        error: What went wrong instead of a row, in words, or None. Without row and error the row
            was not computed.
    """

    facet: Facet
    token: int
    shares: tuple[float, ...] | None = field(repr=False)
    tokens: tuple[float, ...] = field(default=(), repr=False)
    weights: tuple[float, ...] = field(default=(), repr=False)
    left_out: frozenset[int] = field(default=frozenset(), repr=False)
    elsewhere: float = 0.0
    total: float = 0.0
    error: str | None = None

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

    @property
    def unknown(self) -> Sequence[int]:
        """Tokens that were fed as the model's unknown symbol."""
        return self.facet.tokens.unknown

    @property
    def note(self) -> str | None:
        """What a reader must know about the model, or None."""
        return self.facet.note

    @property
    def unit(self) -> str | None:
        """The unit of the model's one number; None: it has classes."""
        return self.facet.unit

    @property
    def one_output(self) -> bool:
        """Whether there is one output for the whole text."""
        return self.facet.one_output

    @property
    def measure(self) -> MeasureInfo:
        """What its scores are."""
        return self.facet.measure

    @cached_property
    def guesses(self) -> list[Guess]:
        """The best predictions at the output, best first, in the page's precision."""
        best = self.facet.at(self.token).guesses[:SHOWN_PREDICTIONS]
        return [Guess(name, _single(p)) for name, p in best]

    @cached_property
    def target(self) -> ExplainedClass | None:
        """What is explained, in the page's precision; None where ready-made rows do not tell."""
        target = self.facet.at(self.token).explained
        return target and _rounded(target)

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

    @cached_property
    def largest(self) -> float:
        """The largest magnitude of a character's share; 0 without a row."""
        return max(map(abs, self.shares or ()), default=0.0)


class Look(NamedTuple):
    """What a character looks like.

    Attributes:
        step: The step of its colour, -64 to 64; None where it is not read.
        unknown: Whether the model read its unknown symbol there.
        explained: Whether it belongs to the output that is explained.
    """

    step: int | None
    unknown: bool
    explained: bool


@dataclass(frozen=True)
class Picture:
    """What the page draws at one position of a text, whatever it is drawn with next.

    Attributes:
        position: The character that is explained.
        facets: One for each model, in order, all over one text.
        options: How it is drawn; its facets' shares are summed as `options.by` says.

    Raises:
        ValueError: If the position is not in the text, or there is no facet.
    """

    position: int
    facets: tuple[FacetPicture, ...]
    options: Options = PLAIN

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
        return [facet.measure for facet in self.facets]

    @property
    def signed(self) -> bool:
        """Whether any scores may be negative."""
        return any(measure.signed for measure in self.measures)

    @property
    def _drawn(self) -> list[FacetPicture]:
        return [facet for facet in self.facets if facet.shares is not None]

    @property
    def agrees(self) -> bool:
        """Whether all facets have one measure."""
        return len(set(self.measures)) == 1

    @cached_property
    def cap(self) -> float:
        """The share of full colour, one for all facets."""
        return nice_cap([facet.largest for facet in self._drawn])

    @cached_property
    def scaling(self) -> Scaling:
        """How its numbers become colour."""
        rows = [
            None
            if facet.shares is None
            else Row(facet.shares, facet.largest, facet.total, self._counts(facet))
            for facet in self.facets
        ]
        # Numbers of several measures have no common unit but shares.
        mixed = self.options.scale == "one" and not self.agrees
        options = self.options._replace(scale="share") if mixed else self.options
        squared = all(measure.name == "squared" for measure in self.measures)
        return make_scaling(rows, options, squared=squared)

    def _counts(self, facet: FacetPicture) -> list[float]:
        if self.options.by == "word":
            return word_counts(self.text)
        return token_counts(facet.spans, len(self.text))

    @property
    def clipped(self) -> bool:
        """Whether some cell is stronger than that."""
        return any(facet.largest > self.cap * (1 + 1e-5) for facet in self._drawn)

    @property
    def zero(self) -> bool:
        """Whether there are rows, and all of them are zero."""
        return bool(self._drawn) and all(facet.largest == 0 for facet in self._drawn)

    def looks(self, facet: FacetPicture) -> list[Look]:
        """What each character of the text looks like in a facet."""
        at = facet.facet.tokens.of_characters
        strange = {p for t in facet.unknown for p in range(*facet.spans[t])}
        explained = {self.position, *range(*facet.spans[facet.token])}
        given = facet.shares or (0.0,) * len(self.text)
        number = next(n for n, each in enumerate(self.facets) if each is facet)
        part = self.scaling.part
        unread = [facet.unread(t) for t in range(len(facet.spans))]
        return [
            Look(
                None if p in facet.left_out or unread[t] else step_of(part(number, share)),
                p in strange,
                p in explained,
            )
            for p, (t, share) in enumerate(zip(at, given, strict=True))
        ]

    def runs(self, facet: FacetPicture) -> Iterator[tuple[Look, str]]:
        """The text in stretches of one look: the look, and the characters as they are."""
        pairs = zip(self.looks(facet), self.text, strict=True)
        for look, stretch in groupby(pairs, key=lambda pair: pair[0]):
            yield look, "".join(character for _, character in stretch)


def facet_picture(
    facet: Facet,
    token: int,
    scores: Floats | None,
    *,
    by: str = "character",
    error: str | None = None,
) -> FacetPicture:
    """One model's part of a picture, from a row of its scores.

    Args:
        facet: What is known of the model on the text.
        token: The token s whose output is explained.
        scores: C[s, t], the whole row, (T,) or of a causal model also (s + 1,); None without one.
        by: What shares are summed over, "character" or "word".
        error: What went wrong instead, in words.
    """
    text, spans = facet.text, facet.tokens.spans
    found, drawn = None, None
    if scores is not None:
        # What a causal model has not read is no input of this output.
        read = scores[: token + 1] if facet.reads.causal else scores
        found = shares(read, spans, len(text), signed=facet.measure.signed)
        drawn = by_words(found.parts, text) if by == "word" else found.characters
    return FacetPicture(
        facet,
        token,
        shares=drawn,
        tokens=() if found is None else found.tokens,
        weights=() if found is None else found.weights,
        total=0.0 if found is None else found.total,
        elsewhere=0.0 if found is None else found.elsewhere,
        error=error,
        left_out=left_out(spans, text),
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


def _rounded(target: ExplainedClass) -> ExplainedClass:
    rival = target.rival and replace(target.rival, probability=_single(target.rival.probability))
    return replace(target, probability=_single(target.probability), rival=rival)


def _single(probability: float) -> float:
    """As the page has it: in single precision."""
    return float(np.float32(probability))

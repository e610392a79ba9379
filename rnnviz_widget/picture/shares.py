"""From a row of connectivity to shares of characters and words.

The row is rounded to steps of its peak, as it is when it is sent to the page, so that a picture has
the page's colours even where a share is on the edge between two.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from rnnviz_widget.scene.rows import STEPS, quantise, steps_of
from rnnviz_widget.words import is_white_space, word_spans

Floats = npt.NDArray[np.floating]
Span = tuple[int, int]


@dataclass(frozen=True)
class RowShares:
    """The shares of a row at each token and character.

    A token's colour stands on each of its characters. A sum over characters counts each token once:
    if only a part of it lies in the span, its share counts in proportion to its characters.

    Attributes:
        tokens: The share of each token, signed.
        characters: The share drawn at each character, signed: of all tokens that span it, or of its
            word.
        weights: The magnitude of each token's share, divided evenly over its characters; sums over
            characters are taken from these. They add up to 1 - `elsewhere`.
        counts: How much of what it shows a character counts for: 1 / k if k characters show the
            same number, that of a token or a word.
        elsewhere: The share of tokens without characters, such as a start symbol.
        total: The sum of magnitudes over the row, in the measure's unit.
        expected: What is drawn there on the mean at that lag, by `LagMeans`; None: not known.
    """

    tokens: tuple[float, ...] = field(repr=False)
    characters: tuple[float, ...] = field(repr=False)
    weights: tuple[float, ...] = field(repr=False)
    counts: tuple[float, ...] = field(repr=False)
    elsewhere: float
    total: float
    expected: tuple[float, ...] | None = field(default=None, repr=False)

    @cached_property
    def largest(self) -> float:
        """The largest magnitude drawn at any character."""
        return max(map(abs, self.characters), default=0.0)

    def on(self, start: int, end: int) -> float:
        """The share on the characters [start, end), each token counted once."""
        return min(1.0, _sum(self.weights, start, end))


def row_shares(
    scores: Floats,
    spans: Sequence[Span],
    text: str,
    *,
    signed: bool,
    by: str,
    expected: Floats | None = None,
) -> RowShares:
    """The shares of one complete row.

    Args:
        scores: C[s, t], shape (n,); for a causal model the first s + 1.
        spans: The characters [start, end) of each token, at least n.
        text: The text.
        signed: Whether scores may be negative.
        by: What the shares drawn are summed over, "character" or "word".
        expected: The share to be expected at each token, (n,); see `LagMeans`.
    """
    length = len(text)
    row = quantise(scores, signed=signed)
    unit = row.peak / row.total / STEPS if row.total > 0 else 0.0
    tokens: list[float] = (steps_of(row, signed=signed) * unit).tolist()
    weights = [0.0] * length
    elsewhere = 0.0
    for (start, end), share in zip(spans, tokens, strict=False):
        last = min(end, length)
        if start >= last:
            elsewhere += abs(share)
        for p in range(start, last):
            weights[p] += abs(share / (last - start))
    words = word_spans(text) if by == "word" else None
    return RowShares(
        tuple(tokens),
        tuple(_drawn(tokens, spans, length, words)),
        tuple(weights),
        tuple(_counts(spans if words is None else words, length)),
        elsewhere,
        row.total,
        None if expected is None else tuple(_drawn(expected.tolist(), spans, length, words)),
    )


def _drawn(
    shares: Sequence[float], spans: Sequence[Span], length: int, words: Sequence[Span] | None
) -> list[float]:
    """What is drawn at each character: the shares of its tokens, or the sum over its word."""
    drawn, parts = [0.0] * length, [0.0] * length
    for (start, end), share in zip(spans, shares, strict=False):
        last = min(end, length)
        # Several tokens may share a character, which shows the sum of their shares.
        for p in range(start, last):
            drawn[p] += share
            parts[p] += share / (last - start)
    if words is None:
        return drawn
    # Rounded to thousandths of the peak, sums may slightly exceed 1.
    sums = [max(-1.0, min(1.0, _sum(parts, *word))) for word in words]
    return [each for each, (a, b) in zip(sums, words, strict=True) for _ in range(a, b)]


def _sum(numbers: Sequence[float], start: int, end: int) -> float:
    total = 0.0
    for number in numbers[start:end]:
        total += number  # One by one, as on the page; sum() may round differently.
    return total


def _counts(spans: Sequence[Span], length: int) -> list[float]:
    """1 / k at each of the k characters of a span; 1 at characters outside of spans."""
    found = [1.0] * length
    for start, end in spans:
        for p in range(start, min(end, length)):
            found[p] = 1 / (min(end, length) - start)
    return found


def left_out(spans: Sequence[Span], text: str) -> frozenset[int]:
    """The characters that no token spans, except white space between tokens.

    White space that separates tokens was read by the tokenizer; other text outside of tokens was
    not.
    """
    held = [False] * len(text)
    for start, end in spans:
        held[start:end] = [True] * (min(end, len(text)) - min(start, len(text)))
    found: list[int] = []
    for has, run in itertools.groupby(range(len(text)), key=held.__getitem__):
        stretch = list(run)
        if not has and not all(is_white_space(text[p]) for p in stretch):
            found += stretch
    return frozenset(found)

"""From rows of connectivity to shares of characters: `js/src/state/heat.ts` in Python.

The row is cut into steps of its peak as it is on its way to the page, so that a picture has the
page's colours also where a share lies on the edge between two.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rnnviz_widget.scene.rows import STEPS, quantise, steps_of

from .format import BLANKS

Floats = npt.NDArray[np.floating]
Span = tuple[int, int]


class Shares(NamedTuple):
    """What of a row falls where.

    A token's colour stands on each of its characters; a sum over characters counts each token
    once: where it lies in a span in part only, its share counts in proportion to its characters.

    Attributes:
        tokens: The share of each token, signed.
        characters: The share that is drawn at each character, signed: of all tokens that hold it.
        parts: Each token's share split evenly over its characters, signed: what is summed.
        weights: The same of magnitudes: they add up to what does not fall elsewhere.
        elsewhere: The share that falls on tokens without characters, such as a start symbol.
        total: The sum of magnitudes over the row, in the measure's unit.
    """

    tokens: tuple[float, ...]
    characters: tuple[float, ...]
    parts: tuple[float, ...]
    weights: tuple[float, ...]
    elsewhere: float
    total: float


def shares(scores: Floats, spans: Sequence[Span], length: int, *, signed: bool) -> Shares:
    """Shares of one whole row.

    Args:
        scores: C[s, t], shape (n,); of a causal model the first s + 1.
        spans: The characters [start, end) of each token, at least n.
        length: How many characters there are.
        signed: Whether scores may be negative.
    """
    row = quantise(scores, signed=signed)
    unit = row.peak / row.total / STEPS if row.total > 0 else 0.0
    tokens: list[float] = (steps_of(row, signed=signed) * unit).tolist()
    found, parts, weights = [0.0] * length, [0.0] * length, [0.0] * length
    elsewhere = 0.0
    for (start, end), share in zip(spans, tokens, strict=False):
        if start >= min(end, length):
            elsewhere += abs(share)
            continue
        part = share / (min(end, length) - start)
        # Several tokens may share a character; it carries what falls on any of them.
        for p in range(start, min(end, length)):
            found[p] += share
            parts[p] += part
            weights[p] += abs(part)
    return Shares(tuple(tokens), tuple(found), tuple(parts), tuple(weights), elsewhere, row.total)


def left_out(spans: Sequence[Span], text: str) -> frozenset[int]:
    """The characters that no token spans, but for white space between those that some do.

    What separates tokens is read by what makes them; a stretch that has more in it is not.
    """
    held = [False] * len(text)
    for start, end in spans:
        held[start:end] = [True] * (min(end, len(text)) - min(start, len(text)))
    found: list[int] = []
    for has, run in itertools.groupby(range(len(text)), key=held.__getitem__):
        stretch = list(run)
        if not has and any(text[p] not in BLANKS for p in stretch):
            found += stretch
    return frozenset(found)

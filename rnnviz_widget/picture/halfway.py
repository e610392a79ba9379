"""A sentence on how far back a row's connectivity lies."""

from __future__ import annotations

from rnnviz_widget.words import word_spans

from .format import percent, visible
from .picture import FacetPicture
from .shared import NUMBERS, WORDING, say
from .shares import RowShares


def halfway_sentence(facet: FacetPicture, row: RowShares, text: str, position: int) -> str:
    """The word with the largest share, and how far away half of the row lies.

    The current word, at `position`, does not count. With one output for the whole text there is no
    current word, and distances are from the text's end.
    """
    distance = halfway(facet, row)
    if distance is None:
        return ""
    most, strongest = 0.0, ""
    for start, end in word_spans(text):
        on_it = row.on(start, end)
        current = start <= position < end and not facet.facet.one_output
        if on_it > most and not current:
            most, strongest = on_it, text[start:end].strip()
    word = ""
    if most >= NUMBERS["least_named_share"] and strongest:
        word = say("strongest_word", share=percent(most), word=visible(strongest))
    way = "back" if facet.reads.causal else "ahead" if facet.reads.backward else "away"
    direction = WORDING["before_the_end" if facet.facet.one_output else way]
    return say("halfway", word=word, distance=distance, direction=direction)


def halfway(facet: FacetPicture, row: RowShares) -> int | None:
    """The distance in characters at or beyond which half of a row lies; None for a row of zeros.

    The distance of two tokens is that of their starts, as in `rnnviz_widget.memory`.
    """
    masses: dict[int, float] = {}
    total = 0.0
    here = facet.spans[-1 if facet.facet.one_output else facet.token][0]
    for (start, _), share in zip(facet.spans, row.tokens, strict=False):
        distance = abs(here - start)
        masses[distance] = masses.get(distance, 0.0) + abs(share)
        total += abs(share)
    beyond = 0.0
    for distance in sorted(masses, reverse=True):
        beyond += masses[distance]
        if total > 0 and beyond >= total * (0.5 - 1e-9):
            return distance
    return None

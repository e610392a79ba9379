"""Where a row's connectivity lies, in words: `js/src/state/halfway.ts` in Python."""

from __future__ import annotations

from .format import BLANKS, percent, visible
from .picture import FacetPicture
from .scales import share_on, words_of

# Below this a word is not worth naming.
_NAMED = 0.01


def lying(facet: FacetPicture, text: str, position: int) -> str:
    """The word besides the current one that carries most, and how far away half of it all lies.

    One output for the whole text stands at its end, and no word is the current one.

    Args:
        facet: A facet that has a row.
        text: The text.
        position: The character that is explained.
    """
    most, word = 0.0, ""
    for start, end in words_of(text):
        on_it = share_on(facet.weights, start, end)
        current = start <= position < end and not facet.one_output
        if on_it > most and not current:
            most, word = on_it, text[start:end].strip(BLANKS)
    half = halfway(facet)
    if half is None:
        return ""
    named = f"{percent(most)} of it lies on “{visible(word)}”, " if most >= _NAMED and word else ""
    way = "back" if facet.reads.causal else "ahead" if facet.reads.backward else "away"
    if facet.one_output:
        way = "before the end"
    return f"; {named}half of it {half} or more characters {way}"


def halfway(facet: FacetPicture) -> int | None:
    """Half of a row lies so many characters away or more; None of a row of zeros.

    The distance of two tokens is that of their starts, as in `rnnviz_widget.memory`.
    """
    masses: dict[int, float] = {}
    total = 0.0
    here = facet.spans[-1 if facet.one_output else facet.token][0]
    for (start, _), share in zip(facet.spans, facet.tokens, strict=False):
        distance = abs(here - start)
        masses[distance] = masses.get(distance, 0.0) + abs(share)
        total += abs(share)
    beyond = 0.0
    for distance in sorted(masses, reverse=True):
        beyond += masses[distance]
        if total > 0 and beyond >= total * (0.5 - 1e-9):
            return distance
    return None

"""What a picture says in words: `js/src/caption.ts` and `legend.ts` in Python, word for word.

Only in names and errors what would break a line, or turn its direction, is taken out.
"""

from __future__ import annotations

from typing import NamedTuple

from .picture import FacetPicture, Picture
from .words import line, ordinal, percent, round_percent, tail, visible

NOT_READ = "not read yet"
UNKNOWN = "unknown to the model"
NOT_COMPUTED = "its row was not computed"


class Explanation(NamedTuple):
    """What is explained, and why that."""

    target: str
    reason: str


def explanation(facet: FacetPicture) -> Explanation:
    """What a facet explains."""
    return Explanation(visible(facet.target.name), facet.target.reason)


def shared_explanation(picture: Picture) -> Explanation | None:
    """What all facets explain, or None where they differ."""
    said = {explanation(facet) for facet in picture.facets}
    return said.pop() if len(said) == 1 else None


def place(picture: Picture) -> str:
    """Where the reader is in the text."""
    text, position = picture.text, picture.position
    if not all(facet.causal for facet in picture.facets):
        return f"At “{visible(text[position])}”, character {position + 1}"
    ends = {facet.spans[facet.token][1] for facet in picture.facets}
    end = ends.pop() if len(ends) == 1 else position + 1
    return f"After “{tail(text, max(end, position + 1))}”"


def sentence(picture: Picture) -> str:
    """The picture read out, with its true numbers."""
    return f"{place(picture)}: {' '.join(map(_said, picture.facets))}"


def _said(facet: FacetPicture) -> str:
    best, target = facet.guesses[0], facet.target
    explained = f"{visible(target.name)}, {percent(target.probability)}, {ordinal(target.rank)}"
    if facet.error is not None:
        row = line(facet.error)
    elif facet.shares is None:
        row = NOT_COMPUTED
    else:
        row = f"largest share {percent(facet.largest)}"
    predicted = f"{visible(best.name)}, {percent(best.probability)}"
    return f"{line(facet.name)} predicts {predicted}; explained: {explained}; {row}."


def told(facet: FacetPicture) -> str:
    """What stands under a facet's name."""
    if facet.error is not None:
        return "failed"
    if facet.shares is None:
        return "not computed"
    if facet.largest == 0 and facet.elsewhere == 0:
        return "no influence"
    beside = ""
    if facet.elsewhere > 0:
        beside = f", {percent(facet.elsewhere)} on tokens without characters"
    return f"largest share {percent(facet.largest)}{beside}"


class Chip(NamedTuple):
    """One of the predictions above a text.

    Attributes:
        name: The class, with nothing invisible in it.
        value: Its probability in words, and its rank where it is not among the best.
        probability: Its probability.
        explained: Whether it is what is explained.
        apart: Whether it stands there only for that: it is not among the best.
    """

    name: str
    value: str
    probability: float
    explained: bool
    apart: bool


def chips(facet: FacetPicture) -> list[Chip]:
    """The best predictions, and the explained class wherever it stands."""
    target = facet.target
    found = [
        Chip(visible(name), percent(p), p, name == target.name, apart=False)
        for name, p in facet.guesses
    ]
    if not any(chip.explained for chip in found):
        value = f"{percent(target.probability)} · {ordinal(target.rank)}"
        found.append(
            Chip(visible(target.name), value, target.probability, explained=True, apart=True)
        )
    return found


def legend_ends(picture: Picture) -> tuple[str, str] | None:
    """What stands left and right of the bar of colours, or None where there is nothing to scale."""
    if picture.zero or all(facet.shares is None for facet in picture.facets):
        return None
    most = round_percent(picture.cap)
    low = f"{'≤ ' if picture.clipped else ''}−{most}" if picture.signed else "0"  # noqa: RUF001
    return low, f"{'≥ ' if picture.clipped else ''}{'+' if picture.signed else ''}{most}"


def legend_words(picture: Picture) -> str:
    """What the colours mean."""
    if picture.zero:
        return f"no influence: {picture.label} is zero everywhere"
    total = "sum of magnitudes" if picture.signed else "sum"
    causal = all(facet.causal for facet in picture.facets)
    whole = "all that was read" if causal else "the whole row"
    several = "; one scale for all models" if len(picture.facets) > 1 else ""
    return f"{picture.label}, as a share of its {total} over {whole}{several}"

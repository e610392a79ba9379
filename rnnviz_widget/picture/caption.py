"""What a picture says in words: `caption.ts` and `legend.ts` of the page (`js/src`), word for word.

Only in names and errors what would break a line, or turn its direction, is taken out.
"""

from __future__ import annotations

from typing import NamedTuple

from rnnviz_widget.scene.facet import ExplainedClass, RankedClass

from .format import (
    amount,
    line,
    named,
    ordinal,
    percent,
    shortened,
    spelt,
    tail,
    visible,
)
from .halfway import lying
from .picture import FacetPicture, Picture
from .scales import share_on

UNKNOWN = "unknown to the model"
NOT_COMPUTED = "its row was not computed"

# An author's own words for a number may be of any length.
_LABEL = 300


class Explanation(NamedTuple):
    """What is explained, and why that; both empty where that is not told."""

    target: str
    reason: str


def explanation(facet: FacetPicture) -> Explanation:
    """What a facet explains."""
    if facet.target is None:
        return Explanation("", "")
    name, rival = visible(facet.target.name), facet.target.rival
    if rival is not None:
        name = f"{name} rather than {visible(rival.name)}"
    return Explanation(name, facet.target.reason)


def not_read(picture: Picture) -> str:
    """What hatching means."""
    forward = all(facet.reads.causal and not facet.left_out for facet in picture.facets)
    return "not read yet" if forward else "not read"


def shared_explanation(picture: Picture) -> Explanation | None:
    """What all facets explain, or None where they differ."""
    said = {explanation(facet) for facet in picture.facets}
    return said.pop() if len(said) == 1 else None


def place(picture: Picture) -> str:
    """Where the reader is in the text."""
    text, position = picture.text, picture.position
    if not all(facet.reads.causal for facet in picture.facets):
        return f"At “{visible(text[position])}”, character {position + 1}"
    ends = {facet.spans[facet.token][1] for facet in picture.facets}
    end = ends.pop() if len(ends) == 1 else position + 1
    return f"After “{tail(text, max(end, position + 1))}”"


def sentence(picture: Picture) -> str:
    """The picture read out, with its true numbers."""
    said = (_said(facet, picture) for facet in picture.facets)
    return f"{place(picture)}: {' '.join(said)}"


def _said(facet: FacetPicture, picture: Picture) -> str:
    best, target = facet.guesses[:1], facet.target
    number = facet.unit is not None
    does = "gives" if number else "predicts"
    said = [f"{does} {visible(name)}, {amount(p, facet.unit)}" for name, p in best]
    # Of one number there is nothing else that could be explained.
    if target is not None and not number:
        known, rival = len(facet.guesses), target.rival
        both: list[ExplainedClass | RankedClass] = [target] if rival is None else [target, rival]
        parts = (
            f"{visible(each.name)}, {percent(each.probability)}, {ordinal(each.rank, known)}"
            for each in both
        )
        said.append(f"explained: {', rather than '.join(parts)}")
    if facet.error is not None:
        row = line(facet.error)
    elif facet.shares is None:
        row = NOT_COMPUTED
    else:
        row = f"largest share {percent(facet.largest)}"
        if facet.elsewhere > 0:
            row += f", {percent(facet.elsewhere)} on tokens without characters"
        if picture.options.brush is not None:
            share, words = brushed(facet, picture, picture.options.brush)
            row += f"; {percent(share)} lies on {words}"
        row += lying(facet, picture.text, picture.position)
        if not facet.holds(picture.position):
            row += f"; {stand_in(facet, picture)}"
    return f"{named(facet.name)}{' ' if facet.guesses else ': '}{'; '.join([*said, row])}."


def stand_in(facet: FacetPicture, picture: Picture) -> str:
    """Whose output it is that is shown at a character that no token spans."""
    at = visible(picture.text[slice(*facet.spans[facet.token])])
    return (
        f"no token spans “{visible(picture.text[picture.position])}”: the output is that at “{at}”"
    )


def brushed(facet: FacetPicture, picture: Picture, brush: tuple[int, int]) -> tuple[float, str]:
    """The share of the row that lies on a span, and how the span is called."""
    return share_on(facet.weights, *brush), f"“{spelt(picture.text, *brush)}”"


def told(facet: FacetPicture, picture: Picture) -> str:
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
    if picture.options.brush is not None:
        share, words = brushed(facet, picture, picture.options.brush)
        beside += f", {percent(share)} on {words}"
    if not facet.holds(picture.position):
        beside += f"; {stand_in(facet, picture)}"
    return f"largest share {percent(facet.largest)}{beside}"


class Chip(NamedTuple):
    """One of the predictions above a text.

    Attributes:
        name: The class, with nothing invisible in it.
        value: Its probability in words, and its rank where it is not among the best; or the one
            number that the model gives.
        probability: Its probability; 0 of a number, which is none.
        explained: Whether it is what is explained, or is compared with that.
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
    explained = [each for each in (target, target and target.rival) if each is not None]
    found = [
        Chip(
            visible(name),
            amount(p, facet.unit),
            p if facet.unit is None else 0.0,
            name in {each.name for each in explained},
            apart=False,
        )
        for name, p in facet.guesses
    ]
    best = {name for name, _ in facet.guesses}
    for each in explained:
        if each.name not in best:
            value = f"{percent(each.probability)} · {ordinal(each.rank, len(facet.guesses))}"
            found.append(
                Chip(visible(each.name), value, each.probability, explained=True, apart=True)
            )
    return found


def legend_ends(picture: Picture) -> tuple[str, str] | None:
    """What stands left and right of the bar of colours, or None where there is nothing to scale."""
    if picture.zero or all(facet.shares is None for facet in picture.facets):
        return None
    _, low, high, clipped, _ = picture.scaling
    if picture.signed:
        low = f"{'≤ ' if clipped else ''}−{high}"  # noqa: RUF001
    return low, f"{'≥ ' if clipped else ''}{'+' if picture.signed else ''}{high}"


def legend_words(picture: Picture) -> str:
    """What the colours mean."""
    label = _labels(picture)
    if picture.zero:
        return f"no influence: {label} is zero everywhere"
    several = len(picture.facets) > 1
    one = "; one scale for all models" if several else ""
    own = "; each model has a scale of its own" if several else ""
    total = "sum of magnitudes" if picture.signed else "sum"
    causal = all(facet.reads.causal for facet in picture.facets)
    share = f"as a share of its {total} over {'all that was read' if causal else 'the whole row'}"
    square = "" if all(each.name == "squared" for each in picture.measures) else "squared, "
    cut = picture.scaling.cut and f": {picture.scaling.cut}"
    meanings = {
        "row": f"as a part of the row’s largest{own}",  # noqa: RUF001
        "published": f"{square}as a part of the row’s largest, as the article’s figure{own}",  # noqa: RUF001
        "one": f"in its own unit{one}" if picture.agrees else share + one,
        "log": f"{share}, logarithmic{one}",
        "sparsemax": f"sparsemax of the row over its largest{cut}{own}",
    }
    words = "summed over words, " if picture.options.by == "word" else ""
    return f"{label}, {words}{meanings.get(picture.options.scale, share + one)}"


def _labels(picture: Picture) -> str:
    """What the numbers are; where facets differ in that, each with the names of its facets."""
    if picture.agrees:
        return shortened(picture.measures[0].label, _LABEL)
    said = []
    for measure in dict.fromkeys(picture.measures):
        facets = zip(picture.facets, picture.measures, strict=True)
        names = " and ".join(named(facet.name) for facet, its in facets if its == measure)
        unsigned = " (no sign)" if picture.signed and not measure.signed else ""
        said.append(f"{names}: {shortened(measure.label, _LABEL)}{unsigned}")
    return "; ".join(said)

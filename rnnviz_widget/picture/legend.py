"""What the colours and marks of a picture mean."""

from __future__ import annotations

from typing import NamedTuple

from .format import model_name, shortened
from .picture import Picture
from .shared import NUMBERS, SCALES, WORDING, say
from .text_unit import TextUnit


class Legend(NamedTuple):
    """The keys beneath a picture.

    Attributes:
        ends: The words left and right of the colour bar; None if there are no rows.
        hatched: What hatching means; None if nothing can be hatched.
        unknown: What the mark of unknown tokens means; None if there are none.
        words: What the colours mean; "" where units colour all texts.
    """

    ends: tuple[str, str] | None
    hatched: str | None
    unknown: str | None
    words: str


def legend_of(picture: Picture) -> Legend:
    """The legend of a picture."""
    # A text that a unit colours has its own key.
    facets = [facet for facet in picture.facets if not isinstance(facet.text_unit, TextUnit)]
    forward = all(facet.reads.causal and not facet.left_out for facet in facets)
    return Legend(
        _ends(picture) if facets else None,
        WORDING["not_read_yet" if forward else "not_read"]
        if any(facet.hatches for facet in facets)
        else None,
        WORDING["unknown"] if any(f.facet.tokens.unknown for f in picture.facets) else None,
        _words(picture) if facets else "",
    )


def _ends(picture: Picture) -> tuple[str, str] | None:
    if picture.zero or all(facet.row is None for facet in picture.facets):
        return None
    _, low, high, clipped, *_ = picture.scaling
    if picture.signed:
        low, high = f"−{high}", f"+{high}"  # noqa: RUF001
        low = say("at_most", value=low) if clipped else low
    return low, say("at_least", value=high) if clipped else high


def _words(picture: Picture) -> str:
    label = _labels(picture)
    if picture.zero:
        return say("zero", label=label)
    several, cut = len(picture.facets) > 1, picture.scaling.cut
    causal = all(facet.reads.causal for facet in picture.facets)
    share = say(
        "share",
        sum=WORDING["sum_of_magnitudes" if picture.signed else "sum"],
        whole=WORDING["all_read" if causal else "whole_row"],
    )
    meaning = SCALES[picture.scale]["meaning"].format(
        share=share,
        squared="" if picture.squared else WORDING["squared"],
        cut=cut and f": {cut}",
        one_scale=WORDING["one_scale"] if several else "",
        own_scales=WORDING["own_scales"] if several else "",
    )
    if picture.awaits_all_rows:
        meaning += WORDING["awaits_all_rows"]
    by = WORDING["over_words"] if picture.options.by == "word" else ""
    return say("colors", label=label, by=by, meaning=meaning)


def _labels(picture: Picture) -> str:
    """What the numbers are; if facets differ, each label with the names of its facets."""
    # Labels of ready-made rows may be of any length.
    longest = NUMBERS["longest_label"]
    if picture.agrees:
        return shortened(picture.measures[0].label, longest)
    names: dict[str, str] = {}
    for facet, measure in zip(picture.facets, picture.measures, strict=True):
        label, name = shortened(measure.label, longest), model_name(facet.name)
        if picture.signed and not measure.signed:
            label = say("unsigned", label=label)
        names[label] = say("and", names=names[label], name=name) if label in names else name
    return "; ".join(say("own_label", names=its, label=label) for label, its in names.items())

"""Sentences about a picture: the place in the text, what is explained, and all of it read aloud.

The sentences are the page's own, from `wording.json`. From names and errors only characters that
break lines or change the direction of text are removed.
"""

from __future__ import annotations

from typing import NamedTuple

from rnnviz_widget.scene.facet import ExplainedClass, RankedClass

from .format import (
    amount,
    last_characters,
    model_name,
    one_line,
    ordinal,
    percent,
    span_text,
    visible,
)
from .halfway import halfway_sentence
from .picture import FacetPicture, Picture
from .shared import WORDING, say
from .shares import RowShares

# For pictures only: on the page a missing row is being computed.
_ROW_NOT_COMPUTED = "its row was not computed"
_NOT_COMPUTED = "not computed"


class Explanation(NamedTuple):
    """What is explained, and why; both empty if that is not known."""

    target: str
    reason: str


def explanation(facet: FacetPicture) -> Explanation:
    """What a facet explains."""
    if facet.target is None:
        return Explanation("", "")
    name, rival = visible(facet.target.name), facet.target.rival
    if rival is not None:
        name = say("rather_than", target=name, rival=visible(rival.name))
    return Explanation(name, facet.target.reason)


def shared_explanation(picture: Picture) -> Explanation | None:
    """What all facets explain, or None if they differ."""
    said = {explanation(facet) for facet in picture.facets}
    return said.pop() if len(said) == 1 else None


def place(picture: Picture) -> str:
    """The place in the text."""
    text, position = picture.text, picture.position
    if not all(facet.reads.causal for facet in picture.facets):
        return say("at", character=visible(text[position]), number=position + 1)
    ends = {facet.spans[facet.token][1] for facet in picture.facets}
    end = ends.pop() if len(ends) == 1 else position + 1
    return say("after", text=last_characters(text, max(end, position + 1)))


def sentence(picture: Picture) -> str:
    """The picture read aloud, with exact numbers."""
    facets = " ".join(_facet_sentence(facet, picture) for facet in picture.facets)
    return say("aloud", place=place(picture), facets=facets)


def _facet_sentence(facet: FacetPicture, picture: Picture) -> str:
    said = []
    if facet.predictions:
        name, p = facet.predictions[0]
        verb = "predicts" if facet.facet.unit is None else "gives"
        said.append(say(verb, name=visible(name), value=amount(p, facet.facet.unit)))
    # A model that gives one number has nothing else to explain.
    if facet.target is not None and facet.facet.unit is None:
        said.append(_explained(facet, facet.target))
    if facet.error is not None:
        said.append(one_line(facet.error))
    elif facet.row is None:
        said.append(_ROW_NOT_COMPUTED)
    else:
        row = _largest_share(facet.row)
        if picture.options.brush is not None:
            share, text = brushed(facet.row, picture.text, picture.options.brush)
            row += f"; {say('lies_on', share=share, text=text)}"
        row += halfway_sentence(facet, facet.row, picture.text, picture.position)
        said.append(row + stand_in(facet, picture))
    form = "facet" if facet.predictions else "facet_without_prediction"
    return say(form, name=model_name(facet.name), said="; ".join(said))


def _explained(facet: FacetPicture, target: ExplainedClass) -> str:
    """The explained class and its rival, each with probability and rank."""

    def ranked(one: ExplainedClass | RankedClass) -> str:
        rank = ordinal(one.rank, len(facet.predictions))
        return say(
            "ranked", name=visible(one.name), probability=percent(one.probability), rank=rank
        )

    if target.rival is None:
        return say("explained", target=ranked(target))
    return say("explained_pair", target=ranked(target), rival=ranked(target.rival))


def _largest_share(row: RowShares) -> str:
    said = say("largest_share", share=percent(row.largest))
    if row.elsewhere > 0:
        said += say("on_bare_tokens", share=percent(row.elsewhere))
    return said


def stand_in(facet: FacetPicture, picture: Picture) -> str:
    """Whose output is shown at a character that no token spans; "" if one does."""
    if facet.holds(picture.position):
        return ""
    token = visible(picture.text[slice(*facet.spans[facet.token])])
    return say("no_token", character=visible(picture.text[picture.position]), token=token)


def brushed(row: RowShares, text: str, brush: tuple[int, int]) -> tuple[str, str]:
    """The share of the row that lies on a span, and the span's text."""
    return percent(row.on(*brush)), span_text(text, *brush)


def summary(facet: FacetPicture, picture: Picture) -> str:
    """The line under a facet's name."""
    if facet.error is not None:
        return WORDING["failed"]
    if facet.row is None:
        return _NOT_COMPUTED
    if facet.row.largest == 0 and facet.row.elsewhere == 0:
        return WORDING["no_influence"]
    said = _largest_share(facet.row)
    if picture.options.brush is not None:
        share, text = brushed(facet.row, picture.text, picture.options.brush)
        said += f", {share} on “{text}”"
    return said + stand_in(facet, picture)


class Chip(NamedTuple):
    """One of the predictions above a text.

    Attributes:
        name: The class, without invisible characters.
        value: Its probability in words, and its rank if it is not among the best; or the one number
            that the model gives.
        probability: Its probability; 0 for a model that gives one number.
        explained: Whether it is the class that is explained, or its rival.
        apart: Whether it is shown only because of that, though not among the best.
    """

    name: str
    value: str
    probability: float
    explained: bool
    apart: bool


def chips(facet: FacetPicture) -> list[Chip]:
    """The best predictions, then explained classes that are not among them."""
    target = facet.target
    explained = [each for each in (target, target and target.rival) if each is not None]
    found = [
        Chip(
            visible(name),
            amount(p, facet.facet.unit),
            p if facet.facet.unit is None else 0.0,
            name in {each.name for each in explained},
            apart=False,
        )
        for name, p in facet.predictions
    ]
    best = {name for name, _ in facet.predictions}
    for each in explained:
        if each.name not in best:
            rank = ordinal(each.rank, len(facet.predictions))
            value = say("beside_the_best", value=percent(each.probability), rank=rank)
            found.append(
                Chip(visible(each.name), value, each.probability, explained=True, apart=True)
            )
    return found

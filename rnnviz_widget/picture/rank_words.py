"""A rank correlation of two rows in words; `js/src/state/rank-words.ts` must write the same."""

from __future__ import annotations

from math import isnan

from rnnviz_widget.scene.facet import ExplainedClass

from .format import hundredths, model_name, visible
from .shared import NUMBERS, WORDING, say

_LEVELS = ("same_picture", "similar_picture", "partly_similar_picture")


def random_weights_words(name: str, r: float, over: float) -> str:
    """What a model with random weights shows.

    Args:
        name: The model's name.
        r: The rank correlation with its own row; NaN: not defined.
        over: The same over what is expected at each distance; NaN: not known.
    """
    if isnan(r):
        return f"{model_name(name)}: {WORDING['no_correlation']}"
    values = {"picture": picture_words(r), "r": hundredths(r), "over": _over(over)}
    return say("random_weights", name=model_name(name), **values)


def random_class_words(target: ExplainedClass, r: float, over: float) -> str:
    """What a model shows for a random class, or pair of classes; see `random_weights_words`."""
    name = visible(target.name)
    if target.rival is not None:
        name = say("rather_than", target=name, rival=visible(target.rival.name))
    if isnan(r):
        return f"{name}: {WORDING['no_correlation']}"
    values = {"picture": picture_words(r), "r": hundredths(r), "over": _over(over)}
    return say("random_class", target=name, **values)


def picture_words(r: float) -> str:
    """How much alike two pictures are."""
    level = next((each for each in _LEVELS if r >= NUMBERS[each]), "other_picture")
    return WORDING[level]


def _over(r: float) -> str:
    return "" if isnan(r) else say("over_expected", r=hundredths(r))

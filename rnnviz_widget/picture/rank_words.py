"""A rank correlation of two rows in words; `js/src/state/rank-words.ts` must write the same."""

from __future__ import annotations

from math import isnan

from rnnviz_widget.scene.facet import ExplainedClass

from .format import hundredths, model_name, visible
from .shared import NUMBERS, WORDING, say

_LEVELS = ("same_picture", "similar_picture", "partly_similar_picture")


def random_weights_words(name: str, r: float, over: float, *, by_over: bool = False) -> str:
    """What a model with random weights shows.

    Args:
        name: The model's name.
        r: The rank correlation with its own row; NaN: not defined.
        over: The same over what is expected at each distance; NaN: not known.
        by_over: Whether what is over the expected is drawn, so that `over` says how much is alike.
    """
    shown = model_name(name)
    return _sentence("random_weights", shown, r, over, by_over=by_over, name=shown)


def random_class_words(
    target: ExplainedClass, r: float, over: float, *, by_over: bool = False
) -> str:
    """What a model shows for a random class, or pair of classes; see `random_weights_words`."""
    name = visible(target.name)
    if target.rival is not None:
        name = say("rather_than", target=name, rival=visible(target.rival.name))
    return _sentence("random_class", name, r, over, by_over=by_over, target=name)


def _sentence(
    which: str, subject: str, r: float, over: float, *, by_over: bool, **values: str
) -> str:
    first, second = (over, r) if by_over else (r, over)
    if isnan(first):
        return f"{subject}: {WORDING['no_correlation']}"
    level = next((each for each in _LEVELS if first >= NUMBERS[each]), "other_picture")
    beside = say("as_it_is" if by_over else "over_expected", r=hundredths(second))
    return say(
        which,
        **values,
        picture=WORDING[level],
        r=hundredths(first),
        beside="" if isnan(second) else beside,
    )

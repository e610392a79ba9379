"""Rank correlations in words; the page's tests read the same cases."""

import json
from math import nan
from pathlib import Path

import pytest

from rnnviz_widget.picture.rank_words import random_class_words, random_weights_words
from rnnviz_widget.scene.facet import ExplainedClass, RankedClass

CASES = json.loads((Path(__file__).parent / "rank-words.json").read_text(encoding="utf-8"))


def number(value):
    return nan if value is None else value


@pytest.mark.parametrize(("name", "r", "over", "by_over", "words"), CASES["weights"])
def test_random_weights_in_words(name, r, over, by_over, words):
    assert random_weights_words(name, number(r), number(over), by_over=by_over) == words


@pytest.mark.parametrize(("name", "rival", "r", "over", "by_over", "words"), CASES["class"])
def test_a_random_class_in_words(name, rival, r, over, by_over, words):
    other = None if rival is None else RankedClass(rival, 0.1, 2)
    target = ExplainedClass(name, 0.2, 1, "the class you chose", other)
    assert random_class_words(target, number(r), number(over), by_over=by_over) == words

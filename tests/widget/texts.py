"""Texts that one or two models read, and what the page shows of them."""

import numpy as np
from received import read_scores
from small import LETTERS, oracle
from widgets import (
    explorer_of,
    page_of,
)

import rnnviz_widget as rv

TEXT = "a text that two models read"
OTHER = "quite another text that is longer than the one before"
SHORT = "a text"
PAIR = rv.Contrast("e", rather_than="o")


def unpacked(entry, measure):
    return read_scores(entry, signed=measure["signed"])


def near(row, scores):
    """Whether a row that was quantised has these scores."""
    return np.abs(row - scores).max() <= np.abs(scores).max() / 999


def typed(widget, text, position=0):
    return page_of(widget).ask("text", text=text, position=position)


def shows(widget, text, position):
    """The page has the text, and at the position the row that torch itself gives."""
    page = page_of(widget)
    scene, answer = page.scene, page.answer
    assert widget.text == explorer_of(widget).text == scene["text"] == text
    assert (widget.shown, answer["position"]) == (position, position)
    assert scene["epoch"] == answer["epoch"] == page.rows["epoch"] == page.status["epoch"]
    ids = [LETTERS.index(letter) for letter in text]
    module = widget.models["GRU"].network.module
    truth = oracle(module, ids, [LETTERS.index("e")] * len(ids), "norm")[position, : position + 1]
    row = unpacked(answer["facets"][0], scene["measure"])
    np.testing.assert_allclose(row, truth, atol=1.1e-3 * truth.max())
    return True

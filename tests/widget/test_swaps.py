"""What the page asks of every other symbol in the place of a character, and is answered."""

import threading

import numpy as np
import pytest
from small import LETTERS, recurrent
from widget.texts import TEXT
from widgets import await_fill, explorer_of, page_of

import rnnviz_widget as rv
from rnnviz_widget.scene.codec import unpack
from rnnviz_widget.scene.swaps import Swaps


@pytest.fixture
def widget(model):
    words = rv.SequenceModel(recurrent("lstm", classes=2), LETTERS, "eo", name="LSTM")
    widget = rv.explore([model, words], TEXT, position=9, target="e")
    yield widget
    widget.close()
    await_fill(widget, 20)


def ask(widget, **asked):
    """The newest reply to an ask, once it is whole."""
    page, whole, seen = page_of(widget), threading.Event(), []

    def heard(reply):
        seen.append(unpack(Swaps, reply))
        if all(one.done == 1 for one in seen[-1].facets):
            whole.set()

    page.on_reply("swaps", heard)
    serial = page.ask("swaps", **asked)
    assert whole.wait(20)
    assert {each.serial for each in seen} == {serial}
    return seen[-1]


def test_an_ask_is_answered_in_the_background(widget):
    found = ask(widget, position=9, input=7)
    assert (found.position, found.input, found.epoch) == (9, 7, page_of(widget).scene["epoch"])
    for name, one in zip(widget.models, found.facets, strict=True):
        own = widget.swaps(7, name=name)
        np.testing.assert_allclose(one.swaps.numbers, own.numbers, rtol=1e-6)
        np.testing.assert_allclose(one.swaps.predicted, own.predicted, rtol=1e-5)
        assert list(one.swaps.symbols) == own.symbols
        assert one.swaps.target.name == "e"
    first, second = found.facets
    assert first.swaps.plausible is not None
    assert second.swaps.plausible is None
    assert widget.swaps(7, position=8, name="LSTM").output == 8


def test_what_one_model_can_not_do_is_said_of_it(widget):
    found = ask(widget, position=4, input=7)
    assert all("is not read" in one.error for one in found.facets)
    assert all(one.swaps is None for one in found.facets)


def test_the_newest_ask_counts_and_null_ends_it(widget):
    page, explorer = page_of(widget), explorer_of(widget)
    page.ask("swaps", position=9, input=3)
    found = ask(widget, position=9, input=5)
    assert found.input == 5
    page.ask("swaps", position=9, input=None)
    assert explorer.background.asked == {}
    assert page.reply("swaps")["input"] == 5


@pytest.mark.parametrize(
    "asked",
    [
        {"position": 9, "input": 10_000},
        {"position": -1, "input": 2},
        {"position": 10_000, "input": 2},
        {"position": 9, "input": "a"},
        {"position": 9},
    ],
)
def test_bad_asks_are_refused_in_words(widget, asked):
    page = page_of(widget)
    serial = page.ask("swaps", **asked)
    assert page.refused["kind"] == "swaps"
    assert page.refused["serial"] == serial
    assert page.refused["message"]


def test_ready_made_rows_have_none():
    widget = rv.from_rows({"A": ("abc", [[1], [2, 3], [4, 5, 6]])})
    found = ask(widget, position=2, input=1)
    assert "no model that could read another symbol" in found.facets[0].error
    widget.close()


def test_from_python_it_must_be_said_of_which_model_and_which_character(widget):
    with pytest.raises(ValueError, match="name one of the models"):
        widget.swaps(7)
    with pytest.raises(ValueError, match="character"):
        widget.swaps(10_000, name="LSTM")

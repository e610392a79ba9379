"""Widgets of one model or two, on one text."""

import pytest
from small import LETTERS, recurrent
from widget.texts import TEXT
from widgets import await_fill

import rnnviz_widget as rv


@pytest.fixture
def model():
    return rv.SequenceModel(recurrent("gru"), LETTERS, name="GRU")


@pytest.fixture
def other():
    """A model that does not know "z", or "q"."""
    letters = LETTERS.replace("z", "").replace("q", "")
    module = recurrent("lstm", symbols=25, classes=25)
    return rv.SequenceModel(module, letters, name="LSTM")


@pytest.fixture
def widget(model):
    widget = rv.explore(model, TEXT, position=9, target="e")
    yield widget
    widget.close()
    await_fill(widget, 20)

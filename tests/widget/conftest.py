"""Widgets of one model or two, on one text."""

import pytest
from small import LETTERS, recurrent
from widget.texts import TEXT
from widgets import await_fill

import rnnviz_widget as rv
from rnnviz_widget.widget import early_display, outputs


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


@pytest.fixture
def displayed(monkeypatch):
    """What is displayed in a notebook that a Jupyter server runs, and what replaces it."""
    shown = {"first": [], "then": []}

    def record(kind):
        return lambda bundle, **_: shown[kind].append(bundle)

    monkeypatch.setenv("JPY_SESSION_NAME", "a notebook")
    monkeypatch.setattr(outputs, "display", record("first"))
    monkeypatch.setattr(outputs, "update_display", record("then"))
    monkeypatch.setattr(early_display, "Timer", AtOnce)
    return shown


class AtOnce:
    """A timer whose time has come."""

    def __init__(self, seconds, act, args):
        self.act = lambda: act(*args)

    def start(self):
        self.act()

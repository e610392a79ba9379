"""Two small models, and a widget of them."""

import pytest
from small import LETTERS, recurrent
from stories.page import TEXT

import rnnviz_widget as rv


@pytest.fixture
def modules():
    return {"one": recurrent("gru"), "two": recurrent("gru", seed=1)}


@pytest.fixture
def widget(modules):
    models = {name: rv.SequenceModel(module, LETTERS) for name, module in modules.items()}
    widget = rv.explore(models, TEXT, position=9)
    yield widget
    widget.close()

"""Units of a layer as a figure, without a page."""

import numpy as np
import pytest
from matplotlib.image import AxesImage
from models.test_states import TEXT, modelled, stacked
from torch import nn

import rnnviz_widget as rv


@pytest.fixture(scope="module")
def states():
    return modelled(stacked(nn.LSTM, 6, num_layers=2)).states(TEXT)


def image_of(figure):
    (image,) = [one for one in figure.axes[0].get_children() if isinstance(one, AxesImage)]
    return image


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_rows_are_the_chosen_units_in_the_order_given(states, theme):
    wanted = states[1, "cell"]
    figure = rv.inside.plot_units(states, (1, "cell"), units=[3, 0, 2], theme=theme, position=2)
    np.testing.assert_array_equal(image_of(figure).get_array(), wanted[:, [3, 0, 2]].T)
    said = " ".join("".join(f" {text.get_text()}" for text in figure.artists).split())
    assert said.startswith("Cell state, layer 1")
    assert f"3 of {wanted.shape[1]} units, as chosen" in said


def test_all_units_stand_by_number(states):
    figure = rv.inside.plot_units(states, (0, "forget"))
    np.testing.assert_array_equal(image_of(figure).get_array(), states[0, "forget"].T)
    words = [text.get_text() for text in figure.artists]
    # A gate is nowhere below zero: the legend's bar has one arm.
    assert "0" in words
    assert "−1" not in words  # noqa: RUF001 (the page's minus sign)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"units": []}, ValueError, "no units to draw; name at least one"),
        ({"units": [0, 999]}, ValueError, "there is no unit 999: they go from 0 to "),
        ({"units": ["a"]}, TypeError, "unit must be a whole number; got 'a'"),
        ({"position": 99}, ValueError, "there is no character 99: they go from 0 to "),
        ({"theme": "pink"}, ValueError, "theme must be"),
        ({"font_size": 99}, ValueError, "font_size must be 1 to 52 points"),
        ({"place": (7, "cell")}, IndexError, "there is no layer 7"),
        ({"place": (0, "reset")}, ValueError, "reset"),
    ],
)
def test_says_what_is_wrong(states, wrong, error, words):
    with pytest.raises(error, match=words):
        rv.inside.plot_units(states, **{"place": (0, "cell"), **wrong})

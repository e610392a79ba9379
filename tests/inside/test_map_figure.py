"""Maps as figures: each point where the map has it, in the page's colours."""

from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from explorer.two_models import TEXT, models
from inside.test_mapped_states import deep, mapped
from small import LETTERS, recurrent

import rnnviz_widget as rv
from rnnviz_widget.inside.map_figure import point_colors
from rnnviz_widget.picture.colors import STEPS, palette_of
from rnnviz_widget.picture.shared import NUMBERS
from rnnviz_widget.reading import Reading

HUES = NUMBERS["category_colors"]
LIGHT = palette_of("light", signed=False)


def of_gru(name=None):
    return mapped(Reading(models()["GRU"], TEXT), name)


def colors(found, color=None, theme="light"):
    return point_colors(found, color, palette_of(theme, signed=False), theme)


def drawn(figure):
    """The places of the points, and their colours."""
    points = figure.axes[0].collections[0]
    return points.get_offsets(), [mpl.colors.to_hex(one) for one in points.get_facecolors()]


def said(figure):
    axes = figure.axes[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    return axes.get_title(loc="left"), labels


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_points_are_where_the_map_has_them_the_most_frequent_characters_in_hues(theme):
    found = of_gru()
    figure = found.plot(theme=theme)
    places, shades = drawn(figure)
    np.testing.assert_allclose(places, found.map.coordinates)
    counts = {letter: TEXT.count(letter) for letter in TEXT}
    ordered = sorted(counts, key=lambda letter: -counts[letter])
    own = dict(zip(ordered, HUES[theme], strict=False))
    rest = palette_of(theme, signed=False).line
    assert shades == [own.get(letter, rest) for letter in TEXT]
    title, labels = said(figure)
    assert title == f"Hidden state, layer 0: {found.words()}"
    assert labels[0] == "\u2423 (5)"
    others = sum(counts[letter] for letter in ordered[8:])
    assert labels[-1] == f"others ({others})"
    assert len(labels) == 9


def test_losses_are_on_a_ramp_to_where_most_of_them_are():
    found = of_gru()
    known = np.sort(found.facts.loss[~np.isnan(found.facts.loss)])
    cap = known[int(0.95 * (len(known) - 1))]
    shades = colors(found, "loss").of_points
    for loss, shade in zip(found.facts.loss, shades, strict=True):
        step = 0 if np.isnan(loss) else round((0.12 + 0.88 * min(1, loss / cap)) * STEPS)
        assert shade == (LIGHT.line if np.isnan(loss) else LIGHT.at(step).background)
    assert np.isnan(found.facts.loss[-1])
    assert len(set(shades)) > 5


def test_layers_have_a_hue_each_and_many_of_them_a_ramp():
    found = mapped(Reading(deep(), TEXT), "hidden of all layers")
    steps = len(TEXT)
    shades, legend = colors(found)
    assert shades == [HUES["light"][0]] * steps + [HUES["light"][1]] * steps
    assert [words for _, words in legend] == ["hidden state, layer 0", "hidden state, layer 1"]
    layers = [f"residual of layer {n} of blocks" for n in range(10)]
    source = replace(found.source, layers=layers)
    many = replace(found, source=source, states=np.zeros((10 * steps, 1)))
    shades = colors(many, "layer").of_points[::steps]
    assert len(set(shades)) == 10
    assert (shades[0], shades[-1]) == tuple(LIGHT.at(s).background for s in (13, STEPS))


def test_token_embeddings_are_those_of_the_text_and_others():
    shades, legend = colors(of_gru("token embeddings"))
    there = [letter in TEXT for letter in LETTERS]
    assert [shade == HUES["light"][0] for shade in shades] == there
    assert [words for _, words in legend] == [
        f"in the text ({sum(there)})",
        f"others ({27 - sum(there)})",
    ]


def test_a_region_is_drawn():
    corners = [(0, 0), (1, 0), (1, 1)]
    (polygon,) = of_gru().plot(corners=corners).axes[0].patches
    np.testing.assert_allclose(polygon.get_xy()[:3], corners)
    assert mpl.colors.to_hex(polygon.get_edgecolor()) == LIGHT.accent


def test_names_are_only_drawn():
    found = of_gru()
    symbols = ["$x^2$" if one == "e" else one for one in found.facts.symbols]
    figure = replace(found, facts=replace(found.facts, symbols=symbols)).plot()
    figure.canvas.draw()
    assert f"$x^2$ ({TEXT.count('e')})" in said(figure)[1]


def test_what_can_not_be_drawn_is_said():
    found = of_gru()
    with pytest.raises(ValueError, match=r"color must be one of .symbol., .*; got .text."):
        found.plot("text")
    with pytest.raises(ValueError, match="at least 3 corners"):
        found.plot(corners=[(0, 0), (1, 1)])
    with pytest.raises(ValueError, match="width must be a number of inches"):
        found.plot(width=1)
    module = rv.SequenceModel(recurrent("gru", classes=1), LETTERS, outputs=["m"], unit="m")
    number = mapped(Reading(module, TEXT))
    for color in ("loss", "predicted", "truth"):
        with pytest.raises(ValueError, match=f"color='{color}': that is not known of any point"):
            number.plot(color)

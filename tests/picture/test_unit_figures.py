"""Figures draw the units that are open on the page: their states, and the route of a memory."""

import io
import queue
from functools import partial

import matplotlib as mpl
import numpy as np
import pytest
from explorer.asked_states import WAIT, asking
from explorer.two_models import TEXT, models
from matplotlib.image import AxesImage
from PIL import Image
from widgets import explorer_of, page_of, picture_of

import rnnviz_widget as rv
from rnnviz_widget.picture import cell_styles, colors
from rnnviz_widget.picture.content import content_of
from rnnviz_widget.picture.text_unit import TextUnit
from rnnviz_widget.picture.unit_drawing import river
from rnnviz_widget.picture.unit_strip import UnitScale, unit_scale
from rnnviz_widget.scene.unit_states import UNKNOWN, RouteEnds
from rnnviz_widget.widget.sharing import figure_picture

LAYER = "hidden of layer 0"
SHOWN = 9


def states_of(steps):
    """Unit k at step t: (k + 1)(t - 8) / 8, so that the last unit changes most."""
    return (np.arange(steps)[:, None] - 8) * np.arange(1, 6) / 8


class Opened:
    """A widget, whose page shows units of known states once it is asked to."""

    def __init__(self, text=TEXT, *, known=True):
        self.widget = rv.explore(models(), text, position=SHOWN)
        self.states = explorer_of(self.widget).instruments["states"]
        self._heard = queue.Queue()
        self.states.on_reply = self._heard.put
        if known:
            self.states.layers_of = layers_of

    def show(self, **asked):
        one = {"models": [0], "curves": [None], "layers": [None]}
        ask = asking(7, **{**one, **asked})
        return self.states.ask(ask) or (ask.around is not None and self._heard.get(timeout=WAIT))

    def svg(self, path):
        self.widget.save(path)
        return path.read_bytes()


def layers_of(reading):
    steps = len(reading)
    return {LAYER: partial(states_of, steps), "forget of layer 1": partial(broken, steps)}


def broken(steps):
    raise ValueError(f"no gates at {steps} steps")


@pytest.fixture
def opened():
    given = Opened()
    yield given
    given.widget.close()


def images(figure):
    return [one for one in figure.axes[0].get_children() if isinstance(one, AxesImage)]


def words(figure):
    """All that is written, word after word."""
    return " ".join(text.get_text() for text in figure.artists)


@pytest.mark.parametrize(
    ("order", "units"), [("number", [0, 1, 2, 3, 4]), ("change", [4, 3, 2, 1, 0])]
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_image_is_the_states_in_the_chosen_order(opened, order, units, theme):
    opened.show(order=order)
    figure = opened.widget.plot(theme=theme)
    (image,) = images(figure)
    np.testing.assert_array_equal(image.get_array(), states_of(len(TEXT))[:, units].T)
    # The largest state is 5 * 18 / 8 = 11.25; the next round number has full colour.
    assert image.norm.vmax == pytest.approx(20 * 129 / 128)
    palette = colors.palette_of(theme, signed=True)
    ramp = [mpl.colors.to_hex(one) for one in image.cmap.colors]
    assert (ramp[0], ramp[64], ramp[128]) == (
        palette.at(-64).background,
        palette.at(0).background,
        palette.at(64).background,
    )
    said = words(figure)
    assert "5 units" in said
    assert {"number": "by number", "change": "those first that change most"}[order] in said


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pixels_have_the_steps_of_the_pages_colours(opened, theme):
    opened.show()
    content = io.BytesIO()
    figure = opened.widget.plot(theme=theme)
    figure.savefig(content, dpi=200, facecolor="auto")
    pixels = np.asarray(Image.open(content).convert("RGB"))
    (image,) = images(figure)
    left, right, bottom, top = image.get_extent()
    width, height = (right - left) / len(TEXT), (bottom - top) / 5
    palette = colors.palette_of(theme, signed=True)
    for t, k in ((0, 0), (3, 4), (8, 2), (26, 4)):
        x, y = left + (t + 0.5) * width, top + (k + 0.5) * height
        step = colors.step_of(states_of(len(TEXT))[t, k] / 20)
        wanted = bytes.fromhex(palette.at(step).background[1:])
        assert bytes(pixels[int(y * 200 / 72), int(x * 200 / 72)]) == wanted


def test_nothing_changes_where_nothing_is_open(opened, tmp_path):
    closed = opened.svg(tmp_path / "closed.svg")
    latex = opened.widget.to_latex()
    opened.show()
    assert opened.svg(tmp_path / "open.svg") != closed
    # LaTeX leaves the strip out.
    assert opened.widget.to_latex() == latex
    opened.show(around=None)
    assert opened.svg(tmp_path / "again.svg") == closed
    assert images(opened.widget.plot()) == []


def test_each_strip_stands_under_its_model(opened):
    opened.show(models=[1, 0, 1], curves=[None] * 3, layers=[LAYER, LAYER, "forget of layer 1"])
    figure = opened.widget.plot()
    assert len(images(figure)) == 2
    assert f"no gates at {len(TEXT)} steps" in words(figure)


def test_a_narrow_figure_has_the_part_of_the_text_around_what_is_shown():
    text = TEXT * 9
    given = Opened(text)
    given.show()
    given.widget.pinned = 100
    figure = given.widget.plot(width=3)
    (image,) = images(figure)
    columns = image.get_array().shape[1]
    first = 100 - columns // 2
    assert 20 < columns < 50
    wanted = states_of(len(text))[first : first + columns].T
    assert np.abs(image.get_array() - wanted).max() < 0.0051
    assert f"characters {first + 1} to {first + columns}" in words(figure).replace("  ", " ")
    given.widget.close()


def test_the_route_that_is_open_comes_once_with_its_check():
    given = Opened(known=False)
    ends = RouteEnds(SHOWN, 4)
    two = {"models": [0, 0], "curves": [None] * 2, "layers": [None] * 2}
    reply = given.show(route=ends, carried=ends, order="contribution", **two)
    states, _ = reply.facets
    figure = given.widget.plot()
    said = " ".join(words(figure).split())
    assert said.count(f"With unit {states.route.strongest[0].unit}") == 1
    assert said.count("The memory of") == 1
    assert said.count("carry most of") == 2
    image, _ = images(figure)
    values = np.frombuffer(states.values, "<i2").reshape(-1, len(states.index))
    shown = (values * states.quantum)[:, states.order]
    np.testing.assert_array_equal(image.get_array(), shown.T)
    given.widget.close()


def test_a_state_that_is_not_finite_has_the_colour_of_what_is_not_read(opened):
    opened.states.layers_of = lambda reading: {LAYER: partial(with_a_gap, len(reading))}
    opened.show()
    (image,) = images(opened.widget.plot())
    mask = np.ma.getmaskarray(image.get_array())
    assert np.argwhere(mask).tolist() == [[2, 5]]
    hatch = colors.palette_of("light", signed=True).hatch
    assert mpl.colors.to_hex(image.cmap.get_bad()) == hatch


def with_a_gap(steps):
    states = states_of(steps)
    states[5, 2] = np.nan
    return states


def test_names_and_errors_are_only_drawn(opened):
    def fails():
        raise ValueError("$x_1$ </text>\n\u202e" + "w" * 300)

    odd = "hidden of layer 0 of $a\n\ud800</text>\\frac{" + "m" * 200
    opened.states.layers_of = lambda reading: {
        odd: partial(states_of, len(reading)),
        "bad": fails,
    }
    opened.show(models=[0, 0], curves=[None] * 2, layers=[odd, "bad"])
    figure = opened.widget.plot(width=3)
    figure.canvas.draw()
    for label in figure.artists:
        assert label.get_window_extent().x1 <= figure.bbox.x1 + 2


def test_a_river_stands_on_zero_and_what_works_against_it_hangs_below():
    edges, low, high = river(np.array([[0.75, 1.5], [0.25, -0.75], [0.0, 0.25]]))
    assert (low, high) == (-0.75, 1.75)
    assert edges[:, :, 0].tolist() == [[0, 0.75], [0.75, 1.0], [1.0, 1.0]]
    assert edges[:, :, 1].tolist() == [[0, 1.5], [0, -0.75], [1.5, 1.75]]


def test_a_long_river_is_drawn_of_means():
    shares = np.tile([[0.25], [0.75]], 1000)
    edges, low, high = river(shares)
    assert edges.shape == (2, 2, 240)
    assert (low, high) == (0, 1)
    assert np.allclose(edges[0, 1], 0.25)


def test_a_unit_colours_the_text_as_on_the_page(opened):
    # The changes are those of the model, not of the strip's known states.
    states = models()["LSTM"].states(TEXT)[0, "hidden"]
    # One scale for all units of the layer: none reaches far beyond the others.
    cap = unit_scale(np.abs(states).max(0), signed=True).cap
    values = np.rint(states[:, 3] * 1e5) / 1e5
    wanted = [int(np.floor(value * colors.STEPS / cap + 0.5)) for value in values]
    plain = content_of(picture_of(opened.widget))
    opened.widget.color_by = {"LSTM": rv.Unit(index=3)}
    picture = figure_picture(explorer_of(opened.widget), picture_of(opened.widget))
    gru, lstm = content_of(picture).facets
    assert [run.style.step for run in lstm.runs for _ in run.text] == wanted
    assert gru.runs == plain.facets[0].runs
    assert max(map(abs, wanted)) > 5
    explained = [p for p, style in enumerate(cell_styles(picture, 1)) if style.explained]
    assert explained == [SHOWN]
    said = words(opened.widget.plot())
    low, high = values.min(), values.max()
    named = "Unit 3, hidden state, layer 0, colours the text, not connectivity: "
    named += f"{values[SHOWN]:.5f} at".replace("-", "\u2212")
    assert named in " ".join(said.split())
    assert f"from {low:.5f} to {high:.5f}".replace("-", "\u2212") in " ".join(said.split())
    # The other text is coloured by connectivity still, and the legend says so.
    assert plain.legend == content_of(picture).legend


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_text_has_the_colours_of_signed_numbers(opened, theme):
    opened.widget.color_by = {"LSTM": rv.Unit(index=3)}
    picture = figure_picture(explorer_of(opened.widget), picture_of(opened.widget))
    steps = {run.style.step for run in content_of(picture).facets[1].runs} - {0}
    palette = colors.palette_of(theme, signed=True)
    figure = opened.widget.plot(theme=theme)
    cells, *_ = figure.axes[0].collections
    drawn = {mpl.colors.to_hex(one) for one in cells.get_facecolors()}
    assert {palette.at(step).background for step in steps} <= drawn


def test_where_units_colour_all_texts_connectivity_has_no_key(opened):
    unit = rv.Unit(index=3)
    opened.widget.color_by = {"GRU": unit, "LSTM": unit}
    said = words(opened.widget.plot())
    assert "share of" not in said
    assert said.count("colours the text") == 2


def test_a_unit_that_a_reader_keeps_is_drawn_while_the_view_is_open(opened, tmp_path):
    page = page_of(opened.widget)
    plain = opened.svg(tmp_path / "plain.svg")
    page.ask("modules", names=["states"])
    asked = {"facet": 0, "layer": "hidden of layer 0 of cell", "unit": 2}
    page.ask("color_by", units=[asked])
    assert opened.svg(tmp_path / "kept.svg") != plain
    page.ask("modules", names=[])
    assert opened.svg(tmp_path / "closed.svg") == plain
    assert opened.widget.to_latex() == Opened().widget.to_latex()
    opened.widget.color_by = {"GRU": rv.Unit(index=1)}
    assert opened.svg(tmp_path / "python.svg") != plain


def test_a_unit_that_can_not_be_read_is_said_and_connectivity_stays(opened, monkeypatch):
    opened.widget.color_by = {"LSTM": rv.Unit(index=3)}
    before = content_of(picture_of(opened.widget)).facets[1].runs

    def fails(self, text, **more):
        raise ValueError("no $states$")

    monkeypatch.setattr(rv.SequenceModel, "states", fails)
    picture = figure_picture(explorer_of(opened.widget), picture_of(opened.widget))
    assert content_of(picture).facets[1].runs == before
    assert "no $states$" in words(opened.widget.plot())


def test_a_state_that_is_not_finite_colours_nothing():
    numbers = np.asarray([UNKNOWN, 5], np.int16)
    scale = UnitScale(1.0, clipped=False, signed=True)
    unit = TextUnit([LAYER], LAYER, 0, numbers, 0.1, 0.5, 0.5, 0.5, scale)
    assert unit.steps() == [0, 32]
    assert "not a number at \u201ca\u201d, character 1" in unit.words("ab", 0)

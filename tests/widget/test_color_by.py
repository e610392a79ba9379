"""The unit that colours a model's text: a trait, told to the page, taken from it, and saved."""

import numpy as np
import pytest
import traitlets
from explorer.two_models import OTHER, TEXT, models
from small import LETTERS, recurrent
from widgets import await_fill, explorer_of, page_of

import rnnviz_widget as rv
from rnnviz_widget.scene.codec import unpack
from rnnviz_widget.scene.unit_states import StatesWindow

LAYER = "hidden of layer 0 of cell"
UNIT = rv.Unit("cell", layer=0, kind="hidden", index=3)


@pytest.fixture
def widget():
    widget = rv.explore(models(), TEXT, position=20)
    yield widget
    widget.close()


def unit(facet, number, layer=LAYER):
    return {"facet": facet, "layer": layer, "unit": number}


def told(page):
    return page.reply("color_by")["units"]


def show_units(widget, page):
    """The page opens its view of units, one strip a model."""
    page.ask("modules", names=["states"])
    page.ask(
        "states",
        around=0,
        values=True,
        models=[0, 1],
        layers=[None, None],
        curves=[None, None],
        order="number",
        carried=None,
        route=None,
        memory="none",
        lens=None,
    )
    await_fill(widget)


def test_python_sets_it_and_the_page_is_told(widget):
    page, heard = page_of(widget), []
    widget.observe(heard.append, "color_by")
    widget.color_by = {"LSTM": rv.Unit(layer=-1, index=3)}
    # By its module, and the layer's number there.
    assert widget.color_by == {"LSTM": UNIT}
    assert page.reply("color_by")["serial"] == 0
    assert told(page) == [unit(1, 3)]
    widget.color_by = {"GRU": rv.Unit("cell", kind="update", index=0), **widget.color_by}
    assert told(page) == [unit(0, 0, "update of layer 0 of cell"), unit(1, 3)]
    with pytest.raises(TypeError, match="does not support item"):
        widget.color_by["GRU"] = UNIT
    widget.color_by = None
    assert widget.color_by == {}
    assert told(page) == []
    assert len(heard) == 3


def test_of_one_model_it_need_not_be_named():
    widget = rv.explore(rv.SequenceModel(recurrent("gru"), LETTERS), TEXT)
    widget.color_by = UNIT
    assert list(widget.color_by.values()) == [UNIT]
    widget.close()


def test_what_a_reader_keeps_is_the_trait(widget):
    page = page_of(widget)
    serial = page.ask("color_by", units=[unit(1, 3)])
    assert widget.color_by == {"LSTM": UNIT}
    assert (page.reply("color_by")["serial"], told(page)) == (serial, [unit(1, 3)])
    # The answer comes also where nothing changes, since the page waits for it.
    again = page.ask("color_by", units=[unit(1, 3)])
    assert page.reply("color_by")["serial"] == again
    page.ask("color_by", units=[])
    assert widget.color_by == {}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (UNIT, "an rv.Unit by the name of a model, which is one of 'GRU', 'LSTM'; got rv.Unit"),
        ({"RNN": UNIT}, "name one of the models: 'GRU', 'LSTM'; got 'RNN'"),
        ({"GRU": 3}, r"color_by\['GRU'\] must be an rv.Unit; got 3"),
        ({"GRU": rv.Unit(index=99)}, "there is no unit 99: the hidden of layer 0 of cell has"),
        ({"GRU": rv.Unit(index=-1)}, "there is no unit -1"),
        ({"GRU": rv.Unit(index=0.5)}, "a unit is a whole number; got 0.5"),
        ({"GRU": rv.Unit(layer=2, index=0)}, "there is no layer 2: there are 1, from 0 to 0"),
        ({"GRU": rv.Unit(kind="forget", index=0)}, "layer 0 has no 'forget'; expected one of"),
        ({"GRU": rv.Unit("head", kind="output", index=0)}, "no module 'head' with states"),
    ],
)
def test_what_can_not_colour_a_text_is_said(widget, value, words):
    widget.color_by = {"LSTM": UNIT}
    with pytest.raises(traitlets.TraitError, match=words):
        widget.color_by = value
    assert widget.color_by == {"LSTM": UNIT}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (unit(2, 0), "there is no model 2: there are 2"),
        (unit(0, 0, "forget of layer 0 of cell"), "GRU has no layer 'forget of layer 0 of cell'"),
        (unit(0, 99), "there is no unit 99"),
    ],
)
def test_what_a_page_can_not_keep_is_refused(widget, asked, words):
    page = page_of(widget)
    page.ask("color_by", units=[asked])
    assert page.refused["kind"] == "color_by"
    assert words in page.refused["message"]
    assert widget.color_by == {}


def test_ready_made_rows_have_no_units():
    widget = rv.from_rows({"A": {"text": "ab", "scores": [[1.0, 0.0], [0.5, 0.5]]}})
    with pytest.raises(traitlets.TraitError, match="A: its rows are ready-made"):
        widget.color_by = UNIT
    widget.close()


def test_it_stays_with_another_text_target_and_other_weights(widget):
    page = page_of(widget)
    widget.color_by = {"LSTM": UNIT}
    for name, value in (("target", "e"), ("text", OTHER)):
        setattr(widget, name, value)
        assert widget.color_by == {"LSTM": UNIT}
        assert page.reply("color_by")["epoch"] == page.scene["epoch"]
        assert told(page) == [unit(1, 3)]
    widget.refresh()
    assert told(page) == [unit(1, 3)]


def test_a_model_beside_itself_begins_with_the_same_unit(widget):
    page = page_of(widget)
    widget.color_by = {"GRU": UNIT}
    widget.interventions = {"GRU": [rv.Intervention(layer=0, units=5)]}
    _, changed, _ = [cache.name for cache in explorer_of(widget).caches]
    assert widget.color_by == {"GRU": UNIT, changed: UNIT}
    assert told(page) == [unit(0, 3), unit(1, 3)]
    # What the reader then releases stays so.
    page.ask("color_by", units=[unit(0, 3)])
    widget.target = "e"
    assert widget.color_by == {"GRU": UNIT}
    widget.interventions = {}
    assert told(page) == [unit(0, 3)]


def test_a_saved_page_has_it_as_long_as_the_view_is_open(widget):
    page = page_of(widget)
    show_units(widget, page)
    page.ask("color_by", units=[unit(1, 3)])
    widget.bake()
    state = widget.shared().state
    assert state["_reply"]["color_by"]["units"] == [unit(1, 3)]
    page.ask("modules", names=[])
    assert "color_by" not in widget.shared().state["_reply"]


def test_of_a_long_text_a_saved_page_has_all_states_of_the_unit(monkeypatch):
    text = TEXT * 8
    widget = rv.explore(models(), text, position=100)
    page = page_of(widget)
    show_units(widget, page)
    widget.color_by = {"LSTM": UNIT}
    monkeypatch.setattr("rnnviz_widget.explorer.states._SAVED_BYTES", 1)
    saved = unpack(StatesWindow, widget.shared().state["_reply"]["states"])
    assert saved.after - saved.first < len(text)
    first, second = saved.facets
    assert (first.curve_of, second.curve_of) == (None, 3)
    curve = np.frombuffer(second.curve, "<i2") * second.quantum[3]
    states = models()["LSTM"].states(text)[0, "hidden"][:, 3]
    assert np.abs(curve - states).max() < 1e-4
    widget.close()

"""What a page asks about units: explain one, set or hold some, undo it; each really run."""

import numpy as np
import pytest
import torch
from inside.carrying import CARRYING, STEPS, model_and_text
from inside.test_carried_letter import logits_by_hand
from models.test_states import TEXT, modelled, stacked
from small import LETTERS, recurrent
from torch import nn
from widgets import explorer_of, page_of

import rnnviz_widget as rv

CELL = "cell of layer 1 of cell"


@pytest.fixture
def widget():
    model = modelled(stacked(nn.LSTM, 7, 2))
    other = rv.SequenceModel(recurrent("gru"), LETTERS, name="GRU")
    found = rv.explore([model, other], TEXT, position=12)
    yield found
    found.close()


def set_units(page, **asked):
    page.ask(
        "intervention",
        **{"facet": 0, "layer": CELL, "units": [2, 3], "to": "mean", "start": 4, **asked},
    )


def names(page):
    return [facet["name"] for facet in page.scene["facets"]]


def test_a_click_puts_the_model_beside_itself(widget):
    page = page_of(widget)
    kept = explorer_of(widget).caches[1].reading
    set_units(page)
    assert page.refused == {}
    assert names(page) == ["Stacked", "Stacked, 2 units set to their means", "GRU"]
    assert page.scene["facets"][1]["note"] == (
        "As Stacked, but 2 units (cell state, layer 1) set to their means from “a”, character 5."
    )
    model = widget.models["Stacked"]
    held = rv.Intervention(layer=1, kind="cell", units=(2, 3), to="mean", from_step=4)
    assert widget.interventions == {"Stacked": (held,)}
    changed = model.intervened(held, text=TEXT)
    found = widget.connectivity(names(page)[1]).scores
    np.testing.assert_allclose(found, rv.connectivity(changed, TEXT).scores, atol=1e-12)
    # The other model has not read the text again.
    assert explorer_of(widget).caches[2].reading is kept


def test_further_clicks_are_added_and_undone_one_by_one(widget):
    page = page_of(widget)
    set_units(page)
    set_units(page, facet=1, layer="forget of layer 0 of cell", units=[1], to="zero", start=None)
    assert names(page) == ["Stacked", "Stacked, 2 interventions", "GRU"]
    set_units(page, facet=2, layer="hidden of layer 0 of cell", units=[0], to="hold", start=3)
    assert names(page)[2:] == ["GRU", "GRU, unit 0 held"]
    page.ask("undo", facet=1, number=0)
    assert names(page)[:2] == ["Stacked", "Stacked, unit 1 set to zero"]
    assert list(widget.models) == names(page)
    page.ask("undo", facet=1, number=None)
    assert names(page) == ["Stacked", "GRU", "GRU, unit 0 held"]
    widget.interventions = {}
    assert names(page) == ["Stacked", "GRU"]
    assert page.refused == {}


def test_rows_of_the_model_as_it_is_stay(widget):
    widget.bake()
    rows = {s: row.copy() for s, row in explorer_of(widget).caches[0].rows.items()}
    set_units(page_of(widget))
    after = explorer_of(widget).caches[0].rows
    assert set(after) == set(rows)
    assert all(np.array_equal(after[s], rows[s]) for s in rows)


def test_another_text_has_its_own_means_and_drops_what_begins_later(widget):
    page = page_of(widget)
    set_units(page)
    set_units(page, layer="hidden of layer 0 of cell", units=[1], to="zero", start=15)
    widget.text = "shorter text"
    assert names(page)[:2] == ["Stacked", "Stacked, 2 units set to their means"]
    model = widget.models["Stacked"]
    changed = model.intervened(*widget.interventions["Stacked"], text="shorter text")
    found = widget.connectivity(names(page)[1]).scores
    np.testing.assert_allclose(found, rv.connectivity(changed, "shorter text").scores, atol=1e-12)
    widget.text = "abc"
    assert names(page) == ["Stacked", "GRU"]
    assert widget.interventions == {}


def test_new_weights_are_changed_too(widget):
    set_units(page_of(widget))
    model = widget.models["Stacked"]
    before = widget.connectivity(list(widget.models)[1]).scores
    with torch.no_grad():
        model.network.options.original.cell.weight_ih_l1.mul_(0.5)
    widget.refresh()
    after = widget.connectivity(list(widget.models)[1]).scores
    assert np.abs(after - before).max() > 1e-4
    again = model.intervened(*widget.interventions["Stacked"], text=TEXT)
    np.testing.assert_allclose(after, rv.connectivity(again, TEXT).scores, atol=1e-12)


def test_a_unit_is_explained_and_classes_again(widget):
    page = page_of(widget)
    set_units(page)
    page.ask("unit", facet=0, layer="hidden of layer 0 of cell", unit=5)
    assert page.refused == {}
    target = rv.Unit(layer=0, kind="hidden", index=5)
    assert widget.target == target
    assert page.scene["target"] == ["unit 5, hidden state, layer 0"]
    found = widget.connectivity("Stacked").scores
    truth = rv.connectivity(widget.models["Stacked"], TEXT, target=target).scores
    np.testing.assert_array_equal(found, truth)
    page.ask("target", target="truth")
    assert widget.target is rv.TRUTH
    assert page.scene["target"] == "truth"


def test_a_unit_that_one_model_has_not_is_refused_and_all_stays(widget):
    page = page_of(widget)
    page.ask("unit", facet=0, layer=CELL, unit=3)
    assert "GRU" in page.refused["message"]
    assert widget.target is rv.TRUTH


@pytest.mark.parametrize(
    ("kind", "asked", "words"),
    [
        ("intervention", {"facet": 7}, "there is no model 7: 2 are shown"),
        ("intervention", {"layer": "cell of layer 5"}, "Stacked has no layer 'cell of layer 5'"),
        ("intervention", {"units": [7]}, "no unit 7: the cell of layer 1 of cell has 7, from 0"),
        ("intervention", {"units": []}, "units is empty"),
        ("intervention", {"to": "one"}, 'units are set to "zero", to "mean" or on "hold"'),
        ("intervention", {"start": 23}, "no character 23: the text has 23"),
        (
            "intervention",
            {"layer": "forget of layer 0 of cell", "to": "hold", "start": None},
            "nothing before it",
        ),
        ("unit", {"unit": 99}, "no unit 99"),
        ("undo", {"facet": 2}, "there is no model 2"),
    ],
)
def test_what_can_not_be_done_is_refused_in_words(widget, kind, asked, words):
    page = page_of(widget)
    given = {
        "intervention": {"facet": 0, "layer": CELL, "units": [1], "to": "zero", "start": 2},
        "unit": {"facet": 0, "layer": CELL, "unit": 1},
        "undo": {"facet": 0, "number": None},
    }[kind]
    page.ask(kind, **{**given, **asked})
    assert words in page.refused["message"]
    assert names(page) == ["Stacked", "GRU"]


@pytest.mark.parametrize(
    "value", [{"GRU": ["zero"]}, {"GRU": "zero"}, [1], {"no": [rv.Intervention(layer=0)]}]
)
def test_the_trait_takes_interventions_by_model(widget, value):
    with pytest.raises(Exception, match=r"interventions are given by model|there is no model 'no'"):
        widget.interventions = value
    assert widget.interventions == {}


def test_ready_made_rows_have_no_units():
    widget = rv.from_rows(("ab", np.array([[1.0, 0.0], [0.5, 0.5]])))
    page = page_of(widget)
    set_units(page)
    assert "ready-made" in page.refused["message"]
    widget.close()


def test_a_live_page_can_not_hold_them(widget, tmp_path):
    set_units(page_of(widget))
    with pytest.raises(ValueError, match="units are set or held"):
        widget.save_html(tmp_path / "page.html", live=True)


def asked_states(page, facets, **more):
    """The reply to an ask of the view, as the page is sent it."""
    heard = []
    page.on_reply("states", heard.append)
    page.ask(
        "states",
        **{
            "around": 0,
            "values": False,
            "layers": [None] * facets,
            "curves": [None] * facets,
            "order": "number",
            "models": list(range(facets)),
            "carried": None,
            "route": None,
            "memory": "none",
            "lens": None,
            **more,
        },
    )
    explorer_of(page.widget).join(60)
    return heard[-1]


def test_the_shown_change_is_what_a_rerun_by_hand_gives():
    """The copy model, its carrying unit set to zero until the last step, as in a loop by hand."""
    model, text = model_and_text(5)
    widget = rv.explore(model, text, target=rv.TOP, position=STEPS)
    held = rv.Intervention(module="cell", layer=0, kind="cell", units=CARRYING, until=STEPS)
    widget.interventions = {model.name: held}
    plain, changed = (log_softmax(logits_by_hand(model, text, at)) for at in (None, 0.0))
    truth = (np.exp(plain) * (plain - changed)).sum()
    assert truth > 0.01
    told = asked_states(page_of(widget), 2)["facets"][1]["changed"]
    assert np.frombuffer(told["divergence"], "<f4")[STEPS] == pytest.approx(truth, abs=1e-6)
    best = [int(each.argmax()) for each in (plain, changed)]
    shown = [cache.facet.explained.probability[STEPS] for cache in explorer_of(widget).caches]
    assert shown == pytest.approx([np.exp(plain[best[0]]), np.exp(changed[best[1]])], abs=1e-6)
    widget.close()


def log_softmax(logits):
    return logits - np.logaddexp.reduce(logits)


def test_the_reply_says_what_is_set_where(widget):
    page = page_of(widget)
    set_units(page)
    facets = asked_states(page, 3, route=[9, 3])["facets"]
    first, second, third = (f["changed"] for f in facets)
    assert first is third is None
    assert second["of"] == 0
    assert second["what"][1:] == (
        "2 units (cell state, layer 1) set to their means from “a”, character 5"
    )
    assert facets[0]["route_error"] is facets[2]["route_error"] is None
    assert facets[1]["route_error"].startswith("No route here: units are set")
    moved = np.frombuffer(second["divergence"], "<f4")
    np.testing.assert_allclose(moved[:4], 0, atol=1e-12)
    assert (moved[4:] > 0).all()
    assert second["nats"]

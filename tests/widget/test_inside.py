"""States, routes and interventions of what a widget shows."""

import numpy as np
import pytest
import torch
from models.test_states import TEXT, modelled, stacked
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.inside.principal_components import principal_components


def test_states_are_of_the_weights_and_the_text_that_are_shown():
    module = stacked(nn.LSTM, 7, 2)
    model = modelled(module)
    widget = rv.explore(model, TEXT)
    before = model.states(TEXT)[1, "forget"]
    with torch.no_grad():
        module.cell.weight_ih_l1.mul_(0.5)
    model.refresh()
    np.testing.assert_array_equal(widget.states()[1, "forget"], before)
    widget.refresh()
    assert np.abs(widget.states()[1, "forget"] - before).max() > 1e-3
    widget.text = "shorter"
    assert widget.states(modules=["head"])["head", 0, "output"].shape == (7, 27)
    widget.close()


def test_a_route_is_of_what_is_shown():
    model = modelled(stacked(nn.GRU, 7, 2))
    widget = rv.explore([model, model.by("squared")], TEXT, target=rv.TOP, position=20)
    found = widget.route(4, name=model.name)
    asked = rv.route(model, TEXT, 20, 4, target=rv.TOP)
    assert (found.s, found.t, found.gradient) == (20, 4, asked.gradient)
    squared = widget.route(4, position=15, name=model.by("squared").name)
    row = widget.connectivity(model.by("squared").name).scores[15]
    assert squared.connectivity == pytest.approx(row[4], rel=1e-12)
    with pytest.raises(ValueError, match="name one of the models"):
        widget.route(4)
    with pytest.raises(IndexError, match="no character 23: the text has 23"):
        widget.route(23, name=model.name)
    widget.close()


def test_an_intervention_stands_beside_the_model():
    model = modelled(stacked(nn.LSTM, 7, 2))
    widget = rv.explore(model, TEXT, target="e", measure="squared", position=12)
    intervention = rv.Intervention(layer=1, kind="cell", units=[2, 3], to="mean")
    both = widget.intervene(intervention)
    other = model.intervened(intervention, text=TEXT)
    assert list(both.models) == [model.name, other.name]
    assert (both.text, both.target, both.measure, both.position) == (TEXT, "e", "squared", 12)
    plain, changed = (both.connectivity(name).scores for name in both.models)
    np.testing.assert_array_equal(plain, widget.connectivity().scores)
    asked = rv.connectivity(other, TEXT, target="e", measure="squared")
    np.testing.assert_allclose(changed, asked.scores, atol=1e-12)
    assert np.abs(changed - plain).max() > 0
    widget.close()
    both.close()


def test_a_map_is_of_what_is_shown_and_of_a_corpus(tmp_path):
    module = stacked(nn.LSTM, 7, 2)
    model = modelled(module)
    widget = rv.explore(model, TEXT)
    found = widget.map()
    states = model.states(TEXT)[1, "hidden"]
    plane = principal_components(states)
    np.testing.assert_allclose(found.map.coordinates, plane.project(states), atol=1e-12)
    file = tmp_path / "corpus.txt"
    file.write_text("one text\n\nand another\n", encoding="utf-8")
    widget.corpus = file
    both = widget.map("cell of all layers")
    assert len(both) == 2 * (len(TEXT) + 8 + 11)
    assert both.table()[len(TEXT) + 9]["context"] == "and another"
    assert len(widget.map()) == len(TEXT) + 19
    assert len(widget.map("token embeddings")) == 27
    widget.corpus = None
    assert len(widget.map()) == len(TEXT)
    with pytest.raises(ValueError, match="there is no source 'hidden' of a map; expected one of"):
        widget.map("hidden")
    widget.close()


def test_ready_made_rows_have_nothing_inside():
    widget = rv.from_rows(("ab", np.array([[1.0, 0.0], [0.5, 0.5]])))
    for ask in (widget.states, lambda: widget.route(0), widget.intervene, widget.map):
        with pytest.raises(ValueError, match="its rows are ready-made"):
            ask()
    widget.close()

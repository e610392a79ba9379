"""How long the units of a model's layers remember, against gates by hand and autograd."""

import numpy as np
import pytest
import torch
from models.test_states import TEXT, modelled, stacked
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.inside.model_memory import kept_state_of, outputs_of
from rnnviz_widget.memory import reach

LAYERS = {
    "lstm": (nn.LSTM, {}, "forget", "cell"),
    "projected": (nn.LSTM, {"proj_size": 3}, "forget", "cell"),
    "gru": (nn.GRU, {}, "update", "hidden"),
    "min_gru": (rv.MinGRU, {}, "keep", "hidden"),
    "nested": (rv.NestedLSTM, {}, "inner_forget", "inner_cell"),
}


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_half_lives_are_of_the_gate_and_reach_is_of_the_state(name):
    make, options, gate, state = LAYERS[name]
    model = modelled(stacked(make, 7, 2, **options))
    texts = [TEXT, "and one more"]
    found = rv.unit_memory(model, texts, layer=1, reach=True, outputs=3)
    kept = np.concatenate([model.states(text)[1, gate] for text in texts])
    np.testing.assert_allclose(found.half_lives, np.log(0.5) / np.log(kept).mean(axis=0))
    for unit in (0, 6):
        each = []
        for text in texts:
            rows = outputs_of(model, text, 3)
            target = rv.Unit("cell", layer=1, kind=state, index=unit)
            c = rv.connectivity(model, text, target=target, rows=rows, engine="autograd")
            each += reach(c.scores, c.spans, at=rows).tolist()
        assert found.reach[unit] == pytest.approx(np.mean(each), rel=1e-9)


def test_without_reach_it_is_not_measured():
    model = modelled(stacked(nn.GRU, 7, 2, bidirectional=True))
    forth, back = (rv.unit_memory(model, TEXT, layer=0, backward=way) for way in (False, True))
    states = model.states(TEXT)
    for found, kind in ((forth, "update"), (back, "update_reverse")):
        truth = np.log(0.5) / np.log(states[0, kind]).mean(axis=0)
        np.testing.assert_allclose(found.half_lives, truth)
        assert np.isnan(found.reach).all()


def test_outputs_are_those_of_the_second_half():
    model = modelled(stacked(nn.GRU, 7))
    assert outputs_of(model, TEXT, 3) == [11, 16, 22]
    assert outputs_of(model, "q", 8) == [0]


def test_a_unit_that_reads_nothing_has_no_reach():
    module = stacked(nn.GRU, 7)
    with torch.no_grad():
        for weight in (module.cell.weight_ih_l0, module.cell.weight_hh_l0):
            weight.view(3, 7, -1)[:, 2] = 0
    found = rv.unit_memory(modelled(module), TEXT, reach=True, outputs=2)
    assert np.isnan(found.reach[2])
    assert np.isfinite(np.delete(found.reach, 2)).all()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"layer": 2}, IndexError, "no layer 2: there are 2, from 0 to 1"),
        ({"layer": "a"}, TypeError, "a layer is a whole number"),
        ({"module": "rnn"}, ValueError, "no module 'rnn' with states; expected one of 'cell'"),
        ({"backward": True}, ValueError, "no gate that keeps a state from right to left"),
        ({"outputs": 0}, ValueError, "outputs must be a whole number from 1 on; got 0"),
        ({"text": []}, ValueError, "there are no texts"),
    ],
)
def test_what_is_not_there_is_named(options, error, words):
    model = modelled(stacked(nn.LSTM, 7, 2))
    with pytest.raises(error, match=words):
        rv.unit_memory(model, **{"text": TEXT, **options})


def test_a_layer_without_such_a_gate_says_so():
    words = "layer -1 has no gate that keeps a state, only hidden; a half-life takes an LSTM"
    model = modelled(stacked(nn.RNN, 7))
    with pytest.raises(ValueError, match=words):
        rv.unit_memory(model, TEXT)
    assert kept_state_of(model.states(TEXT).places, "cell", 0) is None


def test_the_reach_of_a_layer_that_reads_both_ways_is_not_measured():
    model = modelled(stacked(nn.GRU, 7, bidirectional=True))
    said = "reach of hidden state, layer 0 of cell, can't be measured"
    with pytest.raises(ValueError, match=said):
        rv.unit_memory(model, TEXT, reach=True)

"""Interventions on what is no recurrent layer's, and on unusual layers and texts."""

import numpy as np
import pytest
import torch
from models.test_module_states import Counting
from models.test_states import TEXT, modelled, stacked, vectors
from small import seeded
from state_loops import by_hand
from torch import nn

import rnnviz_widget as rv


def logits(model, text=TEXT):
    with torch.no_grad():
        return model.network.logits(torch.tensor(model.tokens(text).ids)).numpy()


def test_the_gate_of_a_nalu():
    module = seeded(Counting, dtype=torch.float64)
    model = modelled(module)
    plain = model.states(TEXT, modules=["nalu"])["nalu", 0, "gate"]
    held = rv.Intervention(
        module="nalu", layer=0, kind="gate", units=[0, 2], to="mean", from_step=4, until=20
    )
    last = rv.Intervention(module="nalu", layer=0, kind="gate", units=1, to=1.0, from_step=20)
    changed = model.intervened(held, text=TEXT).intervened(last, text=TEXT)
    gate = plain.copy()
    gate[4:20, [0, 2]] = plain.mean(axis=0)[[0, 2]]
    gate[20:, 1] = 1
    found = changed.states(TEXT, modules=["nalu"])["nalu", 0, "gate"]
    np.testing.assert_allclose(found, gate, atol=1e-12)
    _, hidden = by_hand(module.cell, vectors(module, TEXT))
    with torch.no_grad():
        x, weight = torch.from_numpy(np.asarray(hidden)), module.nalu.weight
        g = torch.from_numpy(gate)
        made = g * (x @ weight.T) + (1 - g) * module.nalu.products(x, weight)
        truth = module.head(made).numpy()
    np.testing.assert_allclose(logits(changed), truth, atol=1e-12)
    np.testing.assert_allclose(logits(model), logits(modelled(module)), atol=0)


def test_a_text_of_one_step():
    model = modelled(stacked(nn.LSTM, 7, 2))
    other = model.intervened(rv.Intervention(layer=1, kind="cell", units=2, to=0.5), text="q")
    assert other.states("q")[1, "cell"][0, 2] == 0.5
    assert np.abs(logits(other, "q") - logits(model, "q")).max() > 1e-4
    with pytest.raises(IndexError, match="no token 1 to begin at: the text has 1, from 0 to 0"):
        model.intervened(rv.Intervention(layer=0, from_step=1), text="q")


def test_half_precision():
    model = modelled(stacked(nn.GRU, 7, dtype=torch.bfloat16))
    other = model.intervened(rv.Intervention(layer=0, units=3, from_step=5), text=TEXT)
    states = other.states(TEXT)[0, "hidden"]
    assert not states[5:, 3].any()
    assert states[:5, 3].any()


def test_very_many_units():
    model = modelled(stacked(rv.MinGRU, 65_536, dtype=torch.float32))
    held = rv.Intervention(layer=0, kind="keep", units=[0, 65_535], to=1.0)
    states = model.intervened(held, text="abc").states("abc")
    assert (states[0, "keep"][:, [0, 65_535]] == 1).all()
    words = r"no unit 65536: the hidden of layer 0 of cell has 65536, from 0 to 65535"
    with pytest.raises(IndexError, match=words):
        model.intervened(rv.Intervention(layer=0, units=65_536), text="abc")


def test_a_name_that_is_not_there():
    model = modelled(stacked(nn.GRU, 7, 2, bidirectional=True))
    with pytest.raises(ValueError, match=r"no submodule 'lstm'; expected one of .*'cell'"):
        model.intervened(rv.Intervention(module="lstm", layer=0), text=TEXT)
    words = "layer 0 has no 'cell'; expected one of 'hidden', .*'hidden_reverse'"
    with pytest.raises(ValueError, match=words):
        model.intervened(rv.Intervention(layer=0, kind="cell"), text=TEXT)

"""rv.check_unit on data: a trained model on a text, a layer on inputs."""

import math

import numpy as np
import pytest
import torch
from small import LETTERS, Written, recurrent, seeded
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.units.along_time import log_norms, run_forward
from rnnviz_widget.units.find_call import find_call

TEXT = "a recurrent unit reads one letter after the other and keeps a state"


def test_a_model_on_a_text():
    module = recurrent("lstm", layers=2)
    found = rv.check_unit(rv.SequenceModel(module, LETTERS, name="ours"), TEXT)
    assert found.name == "ours, cell"
    assert "its own weights on 67 inputs" in found.drawn
    assert found.expected_exponent is None
    assert {each.moments.name for each in found.gates} >= {"layer 1, forget gate"}
    # As on the embedded text itself.
    ids = torch.tensor([LETTERS.index(c) for c in TEXT])
    embedded = module.embedding(ids).detach()
    own = rv.check_unit(module.cell, inputs=embedded)
    assert np.allclose([n.value for n in own.norms], [n.value for n in found.norms], rtol=1e-4)


def test_norms_are_those_of_the_module_at_several_places():
    layer = seeded(nn.GRU, 3, 5)
    x = torch.randn(40, 1, 3, generator=torch.Generator().manual_seed(0))
    found = rv.check_unit(layer, inputs=x, steps=24)
    layer = layer.double().requires_grad_(False)
    call, x = find_call(layer), x.double()
    run = run_forward(call, layer, x)
    assert len(found.norms) == 19
    ends = [40 - (40 - 18 - 1) * k // 8 for k in range(8)]
    logs = []
    for end in ends:
        part = type(run)(x[:end], run.outputs[:end], run.states[: end + 1], None)
        logs.append(log_norms(call, layer, part, steps=18, seed=0)[18, 0])
    assert found.norms[18].value == pytest.approx(math.exp(np.mean(logs)), rel=1e-6)
    assert found.norms[18].positions == 8


def test_several_recurrent_layers():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(27, 5)
            self.first, self.second = nn.GRU(5, 6, batch_first=True), nn.LSTMCell(6, 4)
            self.head = nn.Linear(4, 27)

        def forward(self, ids):
            hidden, state, outputs = self.first(self.embedding(ids))[0], None, []
            for t in range(ids.shape[1]):
                state = self.second(hidden[:, t], state)
                outputs.append(state[0])
            return self.head(torch.stack(outputs, 1))

    model = rv.SequenceModel(seeded(Two), LETTERS, name="two")
    with pytest.raises(ValueError, match=r"2 recurrent layers.*first, second; say which by layer="):
        rv.check_unit(model, TEXT)
    assert "GRU" in rv.check_unit(model, TEXT, layer="first").call
    assert "LSTMCell" in rv.check_unit(model, TEXT, layer="second").call
    with pytest.raises(ValueError, match="none of them"):
        rv.check_unit(model, TEXT, layer="third")


def test_a_model_without_a_layer_and_other_misuse():
    model = rv.SequenceModel(seeded(Written), LETTERS, name="written")
    with pytest.raises(ValueError, match=r"has 0 recurrent layers.*inputs="):
        rv.check_unit(model, TEXT)
    with pytest.raises(TypeError, match=r"rv\.check_unit\(model, text\)"):
        rv.check_unit(model)
    layer = nn.GRU(3, 4)
    with pytest.raises(ValueError, match="at least 8 steps"):
        rv.check_unit(layer, inputs=torch.zeros(7, 1, 3))
    with pytest.raises(ValueError, match="floating numbers"):
        rv.check_unit(layer, inputs=torch.zeros(9, 3, dtype=torch.long))
    with pytest.raises(TypeError, match="must be a tensor"):
        rv.check_unit(layer, inputs=[[0.0]])
    with pytest.raises(ValueError, match="inputs of 2 numbers"):
        rv.check_unit(layer, inputs=torch.zeros(9, 2))
    with pytest.raises(FloatingPointError, match="NaN or infinity at step 1"):
        rv.check_unit(layer, inputs=torch.full((9, 3), torch.nan))


def test_a_feed_forward_unit_on_data():
    found = rv.check_unit(rv.NAC(3, 2), inputs=torch.ones(9, 3))
    assert found.norms == []
    assert found.backward.value > 0
    assert found.parameter("mask_hat").agreement is None

"""How a unit is called is found by calling it."""

import pytest
import torch
from torch import nn
from units.units_tried import BatchFirst, Gated, Strange, TenLines, run_strange

import rnnviz_widget as rv
from rnnviz_widget.units.along_time import run_forward
from rnnviz_widget.units.find_call import find_call

CALLED = {
    "LSTMCell": (nn.LSTMCell(3, 4), "cell", 8),
    "GRUCell": (nn.GRUCell(3, 4), "cell", 4),
    "RNNCell": (nn.RNNCell(3, 4), "cell", 4),
    "LSTM": (nn.LSTM(3, 4), "layer", 8),
    "two layers, batch first": (nn.LSTM(3, 4, 2, batch_first=True), "layer", 16),
    "GRU": (nn.GRU(3, 4), "layer", 4),
    "NestedLSTM": (rv.NestedLSTM(3, 4), "layer", 12),
    "MinGRU": (rv.MinGRU(3, 4), "layer", 4),
    "batch first, unsaid": (BatchFirst(3, 4), "layer", 4),
    "nested state": (Gated(3, 4), "cell", 8),
    "NAC": (rv.NAC(3, 4), "feed-forward", 0),
    "Linear": (nn.Linear(3, 4), "feed-forward", 0),
}


@pytest.mark.parametrize("name", CALLED)
def test_the_call_is_found(name):
    module, kind, size = CALLED[name]
    call = find_call(module)
    assert (call.kind, call.state_size, call.input_size) == (kind, size, 3)


@pytest.mark.parametrize("name", [name for name, each in CALLED.items() if each[1] == "layer"])
def test_steps_give_what_the_whole_sequence_gives(name):
    module = CALLED[name][0]
    call = find_call(module)
    x = torch.randn(6, 2, 3, generator=torch.Generator().manual_seed(0))
    run = run_forward(call, module, x)
    with torch.no_grad():
        whole = module(x.transpose(0, 1) if call.batch_first else x)[0]
    whole = whole.transpose(0, 1) if call.batch_first else whole
    assert torch.allclose(torch.stack(run.outputs), whole, atol=1e-6)


@pytest.mark.parametrize("size", [5, 7])
def test_sizes_that_equal_the_batch_of_a_trial(size):
    call = find_call(BatchFirst(size, size))
    assert call.batch_first
    assert call.shapes == ((1, size),)


def test_a_cell_that_must_be_given_its_state():
    call = find_call(TenLines(3, 4), input_size=3)
    assert (call.kind, call.state_size) == ("cell", 4)
    _, state = call.step(TenLines(3, 4), torch.zeros(2, 3), call.start(torch.zeros(2, 3)))
    assert state[0].shape == (2, 4)


def test_a_stated_call():
    module = Strange(3, 4)
    call = find_call(module, forward=run_strange)
    run = run_forward(call, module, torch.ones(5, 2, 3))
    h = torch.zeros(2, 4)
    for _ in range(5):
        h = module.cell(torch.ones(2, 3), h)
    assert torch.equal(run.states[-1][0], h.detach())


def test_what_is_not_found_is_said():
    with pytest.raises(ValueError, match="input_size="):
        find_call(TenLines(3, 4))
    with pytest.raises(ValueError, match=r"cell: its forward .*feed-forward: .*Pass forward="):
        find_call(Strange(3, 4))
    with pytest.raises(ValueError, match=r"inputs of 9 numbers.*correct input_size="):
        find_call(TenLines(3, 4), input_size=9)
    with pytest.raises(ValueError, match="both directions"):
        find_call(nn.LSTM(3, 4, bidirectional=True))
    with pytest.raises(TypeError, match=r"torch\.nn\.Module"):
        find_call("LSTM")
    with pytest.raises(ValueError, match="new state"):
        find_call(Strange(3, 4), forward=lambda module, x, state: None)


def test_a_layer_that_returns_no_state():
    class Outputs(nn.Module):
        input_size = 3

        def __init__(self):
            super().__init__()
            self.inner = nn.GRU(3, 4)

        def forward(self, x, state=None):
            return self.inner(x, state)[0]

    with pytest.raises(ValueError, match=r"layer: .* no state"):
        find_call(Outputs())

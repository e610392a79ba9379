"""Torch's recurrent layers, stepped: they make what torch makes, and the same in any text."""

import pytest
import torch
from small import seeded
from torch import nn

from rnnviz_widget.engines.sweep.cells.stepped_layers import stepped_layer

LAYERS = {
    "gru": nn.GRU,
    "lstm": nn.LSTM,
    "rnn_tanh": nn.RNN,
    "rnn_relu": lambda *args, **kwargs: nn.RNN(*args, nonlinearity="relu", **kwargs),
}


def made(kind, sizes, length, dtype=torch.float32, *, bias=True):
    """A layer of some kind, a text to read, and states to start from."""
    layer = seeded(LAYERS[kind], *sizes, bias=bias, dtype=dtype)
    states = [torch.randn(sizes[1], dtype=dtype) for _ in ("hc" if kind == "lstm" else "h")]
    return layer, torch.randn(length, sizes[0], dtype=dtype), states


def stepped(kind, layer, inputs, states):
    with torch.no_grad():
        return stepped_layer(kind, inputs, states, [each.detach() for each in layer.parameters()])


@torch.no_grad()
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("length", [1, 2, 40])
@pytest.mark.parametrize("kind", LAYERS)
def test_it_makes_what_torch_makes(kind, length, bias):
    layer, inputs, states = made(kind, (5, 33), length, torch.float64, bias=bias)
    found = stepped(kind, layer, inputs, states)
    begun = [each[None] for each in states]
    expected, last = layer(inputs, tuple(begun) if kind == "lstm" else begun[0])
    torch.testing.assert_close(found.made, expected, rtol=1e-12, atol=1e-12)
    last = last if kind == "lstm" else (last,)
    torch.testing.assert_close(
        torch.stack(tuple(found.last)), torch.cat(last), rtol=1e-12, atol=1e-12
    )


@torch.no_grad()
def test_the_gates_and_memories_of_an_lstm_are_those_it_was_made_of():
    layer, inputs, states = made("lstm", (5, 33), 12, torch.float64)
    found = stepped("lstm", layer, inputs, states)
    (i, f, g, o), memory = found.known[0].unbind(1), found.known[1]
    before = torch.cat([states[1][None], memory[:-1]])
    torch.testing.assert_close(memory, f * before + i * g, rtol=0, atol=1e-14)
    torch.testing.assert_close(found.made, o * memory.tanh(), rtol=0, atol=1e-14)


@torch.no_grad()
def test_the_gates_of_a_gru_are_those_it_was_made_of():
    layer, inputs, states = made("gru", (5, 33), 12, torch.float64)
    gates, at_new, new = (found := stepped("gru", layer, inputs, states)).known
    before = torch.cat([states[0][None], found.made[:-1]])
    w_ih, w_hh, b_ih, b_hh = layer.parameters()
    (r, z, from_input), (to_r, to_z, from_state) = (
        sums.chunk(3, 1) for sums in (inputs @ w_ih.T + b_ih, before @ w_hh.T + b_hh)
    )
    expected = torch.stack([(r + to_r).sigmoid(), (z + to_z).sigmoid()], dim=1)
    torch.testing.assert_close(gates, expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(at_new, from_state, rtol=0, atol=1e-12)
    torch.testing.assert_close(new, (from_input + gates[:, 0] * at_new).tanh(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("sizes", [(32, 128), (50, 150), (7, 33)])
@pytest.mark.parametrize("kind", LAYERS)
def test_a_text_that_is_read_in_two_parts_gives_the_numbers_of_one(kind, sizes):
    layer, inputs, states = made(kind, sizes, 40)
    whole = stepped(kind, layer, inputs, states)
    for count in (1, 2, 7, 16, 38, 39):
        first = stepped(kind, layer, inputs[:count], states)
        then = stepped(kind, layer, inputs[count:], first.last)
        for one, *parts in zip(
            (whole.made, *whole.known),
            (first.made, *first.known),
            (then.made, *then.known),
            strict=True,
        ):
            # With torch's functions parts differ by 1e-7 and more after a single layer.
            torch.testing.assert_close(torch.cat(parts), one, rtol=0, atol=1e-8)


def test_what_was_given_is_not_changed():
    for kind in LAYERS:
        layer, inputs, states = made(kind, (5, 8), 3)
        given = [inputs, *states, *layer.parameters()]
        before = [each.detach().clone() for each in given]
        stepped(kind, layer, inputs, states)
        assert all(map(torch.equal, given, before))


def test_passes_with_a_graph_projections_and_other_numbers_are_left_to_torch():
    layer, inputs, states = made("lstm", (5, 8), 3)
    weights = [each.detach() for each in layer.parameters()]
    assert stepped_layer("lstm", inputs, states, weights) is None
    with torch.no_grad():
        assert stepped_layer("lstm", inputs, states, weights) is not None
        assert stepped_layer("lstm", inputs, states, [*weights, weights[1]]) is None
        assert stepped_layer("lstm", inputs.double(), states, weights) is None
        half = [each.bfloat16() for each in (inputs, *states, *weights)]
        assert stepped_layer("lstm", half[0], half[1:3], half[3:]) is None
        with torch.autocast("cpu", torch.bfloat16):
            assert stepped_layer("lstm", inputs, states, weights) is None


@pytest.mark.parametrize("kind", LAYERS)
def test_what_it_made_can_be_used_in_autograd(kind):
    found = stepped(kind, *made(kind, (5, 33), 3))
    for each in (found.made, *found.last, *found.known):
        weight = torch.ones_like(each, requires_grad=True)
        (each.square() * weight).sum().backward()
        torch.testing.assert_close(weight.grad, each.square())

"""A layer of `nn.LSTM` whose weights are laid out once makes what `torch.lstm` makes."""

import gc

import pytest
import torch
from small import seeded
from torch import nn

from rnnviz_widget.engines.sweep.cells import laid_out_lstm
from rnnviz_widget.engines.sweep.cells.laid_out_lstm import lstm_layer


def weights_of(layer):
    return [weight.detach() for weight in layer.parameters()]


def by_torch(read, state, weights, *, batch_first=False):
    return torch.lstm(read, state, weights, True, 1, 0.0, False, False, batch_first)


def agrees(read, state, weights, *, batch_first=False):
    """Whether the layer is served, if this build of torch allows that, and makes the same."""
    found = lstm_layer(read, state, weights, batch_first=batch_first)
    assert (found is not None) == laid_out_lstm._works()
    expected = by_torch(read, state, weights, batch_first=batch_first)
    pairs = zip(found or expected, expected, strict=True)
    return all(torch.allclose(one, other, rtol=0, atol=1e-6) for one, other in pairs)


@torch.no_grad()
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (40, 1), (6, 2)])
def test_it_makes_what_torch_makes(shape, batch_first):
    weights = weights_of(seeded(lambda: nn.LSTM(5, 33)))
    read = torch.randn(*shape, 5)
    read = read.transpose(0, 1).contiguous() if batch_first else read
    state = [torch.randn(1, shape[1], 33) for _ in "hc"]
    assert agrees(read, state, weights, batch_first=batch_first)


@torch.no_grad()
def test_weights_that_are_changed_in_place_or_exchanged_are_laid_out_anew():
    weights = weights_of(seeded(lambda: nn.LSTM(5, 8)))
    read, state = torch.randn(4, 1, 5), [torch.zeros(1, 1, 8) for _ in "hc"]
    assert agrees(read, state, weights)
    for each in weights[:2]:
        each.mul_(2)
        assert agrees(read, state, weights)
    weights[0].data = weights[0] * 3
    assert agrees(read, state, weights)
    weights[1] = weights[1].flip(0).contiguous()
    assert agrees(read, state, weights)


@torch.no_grad()
def test_what_is_laid_out_is_freed_with_the_weights():
    weights = weights_of(nn.LSTM(5, 8))
    before = len(laid_out_lstm._kept)
    lstm_layer(torch.randn(4, 1, 5), [torch.zeros(1, 1, 8) for _ in "hc"], weights)
    assert len(laid_out_lstm._kept) == before + laid_out_lstm._works()
    weights.clear()
    gc.collect()
    assert len(laid_out_lstm._kept) <= before


def test_other_numbers_passes_with_a_graph_and_layers_without_biases_are_left_to_torch():
    weights = weights_of(nn.LSTM(5, 8))
    read, state = torch.randn(4, 1, 5), [torch.zeros(1, 1, 8) for _ in "hc"]
    assert lstm_layer(read, state, weights) is None
    with torch.no_grad():
        assert lstm_layer(read, state, weights[:2]) is None
        assert lstm_layer(read[:0], state, weights) is None
        doubled = [each.double() for each in (read, *state, *weights)]
        assert lstm_layer(doubled[0], doubled[1:3], doubled[3:]) is None
    with torch.inference_mode():
        made_there = weights_of(nn.LSTM(5, 8))
        assert lstm_layer(read, state, made_there) is None

"""What a NestedLSTM is made of and called with: sizes, dropout, shapes; and how it prints."""

import copy

import pytest
import torch
from models.nested_lstm_inputs import cell_of, numbers
from torch import nn

from rnnviz_widget.models.nested_lstm import NestedLSTM


@pytest.fixture(autouse=True)
def _random_state_of_its_own():
    with torch.random.fork_rng(devices=[]):
        yield


def test_weights_are_the_parameters_of_a_level():
    cell = NestedLSTM(3, 4, 2, depth=3)
    assert cell.weights(0, 0)[0] is cell.weight_ih_l0
    assert cell.weights(1, 2)[3] is cell.bias_hh_l1_n2
    assert [tuple(part.shape) for part in cell.weights(0, 0)] == [(16, 3), (16, 4), (16,), (16,)]
    assert len(list(cell.parameters())) == 4 * 2 * 3
    assert NestedLSTM(3, 4, bias=False).weights(0, 1)[2:] == (None, None)
    for at in [(2, 0), (0, 3), (-1, 0)]:
        with pytest.raises(IndexError, match="expected layer 0 to 1 and level 0 to 2"):
            cell.weights(*at)


def test_dropout_lies_between_the_layers_and_only_in_training():
    cell, x = cell_of(3, 4, 2, dropout=0.5), numbers(5, 2, 3)
    none = copy.deepcopy(cell)
    none.dropout = 0.0
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        one, two = cell(x)[0], cell(x)[0]
    assert not torch.equal(one, two)
    assert torch.equal(cell.eval()(x)[0], none(x)[0])
    cell.train().dropout = 1.0
    with_all, without = cell(x)[1][0], none(x)[1][0]
    assert torch.equal(with_all[0], without[0])
    assert not torch.equal(with_all[1], without[1])


def test_dropout_on_one_layer_is_warned_of():
    with pytest.warns(UserWarning, match=r"dropout=0\.5 has no effect on one layer"):
        NestedLSTM(3, 4, dropout=0.5)


def test_how_it_prints():
    assert repr(NestedLSTM(3, 4)) == "NestedLSTM(3, 4, depth=2)"
    many = NestedLSTM(3, 4, 2, bias=False, batch_first=True, dropout=0.1, depth=3)
    assert repr(many) == (
        "NestedLSTM(3, 4, num_layers=2, bias=False, batch_first=True, dropout=0.1, depth=3)"
    )


@pytest.mark.parametrize("name", ["input_size", "hidden_size", "num_layers", "depth"])
@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (0, ValueError, "must be at least 1, got 0"),
        (-2, ValueError, "must be at least 1, got -2"),
        (1.5, TypeError, "must be an integer, got float"),
        (True, TypeError, "must be an integer, got bool"),
    ],
)
def test_sizes_that_cannot_be(name, value, error, message):
    with pytest.raises(error, match=f"{name} {message}"):
        NestedLSTM(**({"input_size": 3, "hidden_size": 4} | {name: value}))


@pytest.mark.parametrize("dropout", [-0.1, 1.1, float("nan")])
def test_dropout_is_a_probability(dropout):
    with pytest.raises(ValueError, match="dropout must lie between 0 and 1"):
        NestedLSTM(3, 4, 2, dropout=dropout)


@pytest.mark.parametrize(
    ("batch_first", "shape", "message"),
    [
        (False, (3,), r"must be \(T, B, D\), or \(T, D\).* = 3; got the shape \(3,\)"),
        (True, (1, 2, 5, 3), r"must be \(B, T, D\), or .*got the shape \(1, 2, 5, 3\)"),
        (False, (5, 2, 4), r"input_size = 3 numbers.*got the shape \(5, 2, 4\)\. Make.*size=4"),
        (False, (0, 2, 3), r"at least one step; got the shape \(0, 2, 3\)"),
        (True, (2, 0, 3), r"at least one step; got the shape \(2, 0, 3\)"),
    ],
)
def test_inputs_of_another_shape(batch_first, shape, message):
    with pytest.raises(ValueError, match=message):
        NestedLSTM(3, 4, batch_first=batch_first)(torch.zeros(shape))


def test_inputs_of_another_type():
    with pytest.raises(ValueError, match=r"torch\.float32 on cpu; got torch\.float64 on cpu"):
        NestedLSTM(3, 4)(torch.zeros(5, 2, 3, dtype=torch.float64))
    packed = nn.utils.rnn.pack_sequence([torch.zeros(4, 3), torch.zeros(2, 3)])
    with pytest.raises(TypeError, match="got PackedSequence; a packed sequence can't be read: pad"):
        NestedLSTM(3, 4)(packed)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ((torch.zeros(2, 2, 4),) * 2, r"the 3 tensors \(h, c_0, c_1\) of depth 2; got 2 parts"),
        (torch.zeros(3, 2, 4), "got a Tensor. Pass what a call returned, or None"),
        (
            (torch.zeros(2, 2, 4), torch.zeros(2, 5, 4), torch.zeros(2, 2, 4)),
            r"c_0 must be \(num_layers, B, H\) = \(2, 2, 4\).*got the shape \(2, 5, 4\)",
        ),
        ((torch.zeros(2, 4),) * 3, r"h must be .* = \(2, 2, 4\).*got the shape \(2, 4\)"),
        ((torch.zeros(2, 2, 4).half(),) * 3, r"h must have.*float32 on cpu; got torch\.float16"),
    ],
)
def test_states_that_do_not_fit(state, message):
    with pytest.raises(ValueError, match=message):
        NestedLSTM(3, 4, 2)(torch.zeros(5, 2, 3), state)


def test_a_state_with_a_batch_for_a_single_sequence():
    with pytest.raises(ValueError, match=r"h must be \(num_layers, H\) = \(2, 4\)"):
        NestedLSTM(3, 4, 2)(torch.zeros(5, 3), (torch.zeros(2, 1, 4),) * 3)

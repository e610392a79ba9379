import copy
import io
import pickle

import pytest
import torch
from small import seeded
from torch import nn

from rnnviz_widget.models import MinGRU


@pytest.fixture(autouse=True)
def _random_state_of_its_own():
    with torch.random.fork_rng(devices=[]):
        yield


def cell_of(*sizes, dtype=torch.float64, **options):
    return seeded(MinGRU, *sizes, dtype=dtype, **options)


def numbers(*shape, seed=1, dtype=torch.float64, grad=False):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=dtype).requires_grad_(grad)


def written_out(cell, x, state):
    """The equations of the docstring, step by step and unit by unit: x (T, B, D)."""
    size = cell.hidden_size
    after = []
    for layer in range(cell.num_layers):
        weight = cell.get_parameter(f"weight_ih_l{layer}")
        bias = cell.get_parameter(f"bias_ih_l{layer}") if cell.bias else weight.new_zeros(2 * size)
        units = list(state[layer].unbind(1))
        rows = []
        for x_t in x:
            for j in range(size):
                z = 1 / (1 + torch.exp(-(x_t @ weight[j] + bias[j])))
                candidate = x_t @ weight[size + j] + bias[size + j]
                units[j] = (1 - z) * units[j] + z * candidate
            rows.append(torch.stack(units, 1))
        x = torch.stack(rows)
        after.append(rows[-1])
    return x, torch.stack(after)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("layers", [1, 3])
def test_is_its_equations_and_so_are_all_its_gradients(layers, bias, batch_first):
    cell = cell_of(3, 4, layers, bias=bias, batch_first=batch_first)
    x, state = numbers(6, 2, 3, grad=True), numbers(layers, 2, 4, seed=2, grad=True)
    output, after = cell(x.transpose(0, 1) if batch_first else x, state)
    found = (output.transpose(0, 1) if batch_first else output, after)
    expected = written_out(cell, x, state)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-13)
    wanted = (x, state, *cell.parameters())
    weights = [numbers(*part.shape, seed=20 + n) for n, part in enumerate(found)]
    torch.testing.assert_close(
        torch.autograd.grad(found, wanted, weights),
        torch.autograd.grad(expected, wanted, weights),
        rtol=1e-11,
        atol=1e-13,
    )


def test_gradients_and_their_gradients_are_those_of_differences():
    cell = cell_of(2, 3, 2)
    given = numbers(4, 2, 2, grad=True), numbers(2, 2, 3, seed=2, grad=True)
    assert torch.autograd.gradcheck(cell, given)
    assert torch.autograd.gradgradcheck(cell, given)


def test_states_and_shapes_are_those_of_torchs_gru():
    ours, theirs = MinGRU(3, 4, 2), nn.GRU(3, 4, 2)
    for shape in ((5, 2, 3), (5, 3)):
        found, expected = (each(torch.zeros(shape)) for each in (ours, theirs))
        assert [part.shape for part in found] == [part.shape for part in expected]
    shapes = {name: tuple(value.shape) for name, value in ours.named_parameters()}
    assert shapes == {
        "weight_ih_l0": (8, 3),
        "bias_ih_l0": (8,),
        "weight_ih_l1": (8, 4),
        "bias_ih_l1": (8,),
    }
    assert [name for name, _ in MinGRU(3, 4, bias=False).named_parameters()] == ["weight_ih_l0"]


def test_a_closed_gate_keeps_the_state_and_an_open_one_takes_the_candidate():
    """In single precision, over 3,000 steps: a product of gates would have lost both."""
    cell = MinGRU(1, 2)
    with torch.no_grad():
        cell.weight_ih_l0.copy_(torch.tensor([[0.0], [0.0], [1.0], [1.0]]))
        cell.bias_ih_l0.copy_(torch.tensor([-200.0, 200.0, 0.0, 0.0]))
    x, state = numbers(3000, 1, 1, dtype=torch.float32), torch.tensor([[[0.7, 0.7]]])
    output, _ = cell(x, state)
    assert torch.equal(output[..., 0], torch.full((3000, 1), 0.7))
    assert torch.equal(output[..., 1], x[..., 0])


def test_reading_on_is_reading_in_one_go():
    cell, x = cell_of(3, 4, 2), numbers(9, 2, 3)
    whole, last = cell(x)
    first, state = cell(x[:4])
    second, state = cell(x[4:], state)
    torch.testing.assert_close(torch.cat((first, second)), whole)
    torch.testing.assert_close(state, last)


def test_a_single_sequence_has_no_batch_axis():
    cell, x = cell_of(3, 4, 2, batch_first=True), numbers(5, 3)
    output, state = cell(x)
    expected, expected_state = cell(x[None])
    assert torch.equal(output, expected[0])
    assert torch.equal(state, expected_state[:, 0])
    torch.testing.assert_close(cell(x, state)[0], cell(x[None], expected_state)[0][0])


def test_what_was_saved_comes_back():
    cell, x = cell_of(3, 4, 2), numbers(5, 2, 3)
    expected = cell(x)[0]
    loaded = MinGRU(3, 4, 2, dtype=torch.float64)
    loaded.load_state_dict(cell.state_dict())
    file = io.BytesIO()
    torch.save(cell, file)
    file.seek(0)
    copies = [loaded, copy.deepcopy(cell), pickle.loads(pickle.dumps(cell))]
    copies.append(torch.load(file, weights_only=False))
    for each in copies:
        assert torch.equal(each(x)[0], expected)


def test_dropout_lies_between_the_layers_and_only_in_training():
    cell, x = cell_of(3, 4, 2, dropout=1.0), numbers(5, 2, 3)
    none = copy.deepcopy(cell)
    none.dropout = 0.0
    with_all, without = cell(x)[1], none(x)[1]
    assert torch.equal(with_all[0], without[0])
    assert not torch.equal(with_all[1], without[1])
    assert torch.equal(cell.eval()(x)[0], none(x)[0])


def test_how_it_prints():
    assert repr(MinGRU(3, 4)) == "MinGRU(3, 4)"
    many = MinGRU(3, 4, 2, bias=False, batch_first=True, dropout=0.1)
    assert repr(many) == "MinGRU(3, 4, num_layers=2, bias=False, batch_first=True, dropout=0.1)"


@pytest.mark.parametrize("name", ["input_size", "hidden_size", "num_layers"])
def test_sizes_that_cannot_be(name):
    sizes = {"input_size": 3, "hidden_size": 4}
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        MinGRU(**(sizes | {name: 0}))
    with pytest.raises(TypeError, match=f"{name} must be an integer, got float"):
        MinGRU(**(sizes | {name: 2.0}))


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        (
            (torch.zeros(2, 2, 4),),
            TypeError,
            "state must be a tensor h, got a tuple. Pass what a call returned, or None for zeros",
        ),
        (torch.zeros(1, 2, 4), ValueError, r"h must be \(num_layers, B, H\) = \(2, 2, 4\).*got"),
        (torch.zeros(2, 2, 4).half(), ValueError, r"float32 on cpu; got torch\.float16 on cpu"),
    ],
)
def test_states_that_do_not_fit(state, error, message):
    with pytest.raises(error, match=message):
        MinGRU(3, 4, 2)(torch.zeros(5, 2, 3), state)


def test_inputs_that_do_not_fit():
    with pytest.raises(ValueError, match=r"input_size = 3 numbers.*got the shape \(5, 2, 4\)"):
        MinGRU(3, 4)(torch.zeros(5, 2, 4))
    with pytest.raises(ValueError, match=r"at least one step; got the shape \(0, 2, 3\)"):
        MinGRU(3, 4)(torch.zeros(0, 2, 3))

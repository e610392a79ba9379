"""The nested LSTM against its equations, and so all its gradients."""

import copy
import io
import pickle

import pytest
import torch
from models.nested_lstm_inputs import cell_of, numbers
from torch import nn

from rnnviz_widget.models.nested_lstm import NestedLSTM


@pytest.fixture(autouse=True)
def _random_state_of_its_own():
    with torch.random.fork_rng(devices=[]):
        yield


def state_of(cell, batch, grad=False):
    shape = (cell.num_layers, batch, cell.hidden_size)
    return tuple(numbers(*shape, seed=7 + n, grad=grad) for n in range(cell.depth + 1))


def written_out(cell, x, state):
    """The equations of the docstring one after the other: x (T, B, D)."""
    parameters = dict(cell.named_parameters())

    def gates(layer, level, u, v):
        end = f"_l{layer}_n{level}" if level else f"_l{layer}"
        sums = u @ parameters["weight_ih" + end].T + v @ parameters["weight_hh" + end].T
        if cell.bias:
            sums = sums + parameters["bias_ih" + end] + parameters["bias_hh" + end]
        i, f, g, o = (sums[:, n * len(v[0]) : (n + 1) * len(v[0])] for n in range(4))
        squash = [lambda a: 1 / (1 + torch.exp(-a)), lambda a: a if level == 0 else torch.tanh(a)]
        return squash[0](i), squash[0](f), squash[1](g), squash[0](o)

    def step(layer, level, u, v, memories):
        i, f, g, o = gates(layer, level, u, v)
        if level == cell.depth - 1:
            memory, deeper = f * memories[level] + i * g, []
        else:
            memory, deeper = step(layer, level + 1, i * g, f * memories[level], memories)
        return o * torch.tanh(memory), [memory, *deeper]

    hidden = [state[0][layer] for layer in range(cell.num_layers)]
    memories = [[part[layer] for part in state[1:]] for layer in range(cell.num_layers)]
    outputs = []
    for x_t in x:
        below = x_t
        for layer in range(cell.num_layers):
            below, memories[layer] = step(layer, 0, below, hidden[layer], memories[layer])
            hidden[layer] = below
        outputs.append(below)
    after = [torch.stack(parts) for parts in zip(*memories, strict=True)]
    return torch.stack(outputs), (torch.stack(hidden), *after)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_is_its_equations_and_so_are_all_its_gradients(depth, layers, bias, batch_first):
    cell = cell_of(3, 4, layers, bias=bias, batch_first=batch_first, depth=depth)
    x = numbers(6, 2, 3, grad=True)
    state = state_of(cell, 2, grad=True)
    output, after = cell(x.transpose(0, 1) if batch_first else x, state)
    found = (output.transpose(0, 1) if batch_first else output, *after)
    expected_output, expected_after = written_out(cell, x, state)
    expected = (expected_output, *expected_after)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-13)
    wanted = (x, *state, *cell.parameters())
    weights = [numbers(*part.shape, seed=20 + n) for n, part in enumerate(found)]
    torch.testing.assert_close(
        torch.autograd.grad(found, wanted, weights),
        torch.autograd.grad(expected, wanted, weights),
        rtol=1e-11,
        atol=1e-13,
    )


def test_single_precision_and_many_sequences_give_the_same():
    """Their products may be computed by another library."""
    cell = cell_of(5, 24, 2, dtype=torch.float32)
    double = copy.deepcopy(cell).double()
    x = numbers(40, 16, 5, dtype=torch.float32)
    found = torch.autograd.grad(cell(x)[0].square().sum(), list(cell.parameters()))
    output = double(x.double())[0]
    expected = torch.autograd.grad(output.square().sum(), list(double.parameters()))
    torch.testing.assert_close(cell(x)[0].double(), output, rtol=0, atol=1e-5)
    for one, other in zip(found, expected, strict=True):
        assert (one - other).abs().max() < 1e-5 * other.abs().max()


def test_one_level_is_an_lstm_whose_cell_input_has_no_tanh():
    cell = cell_of(3, 4, depth=1)
    x, (h, c) = numbers(5, 2, 3), (numbers(2, 4, seed=2), numbers(2, 4, seed=3))
    output, (last_h, last_c) = cell(x, (h[None], c[None]))
    for t in range(5):
        ih = nn.functional.linear(x[t], cell.weight_ih_l0, cell.bias_ih_l0)
        hh = nn.functional.linear(h, cell.weight_hh_l0, cell.bias_hh_l0)
        i, f, g, o = (ih + hh).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g
        h = o.sigmoid() * c.tanh()
        torch.testing.assert_close(output[t], h)
    torch.testing.assert_close((last_h[0], last_c[0]), (h, c))


def test_one_level_has_the_names_shapes_and_state_of_torchs_lstm():
    ours, theirs = NestedLSTM(3, 4, 2, depth=1), nn.LSTM(3, 4, 2)
    shapes = [{n: v.shape for n, v in each.state_dict().items()} for each in (ours, theirs)]
    assert shapes[0] == shapes[1]
    states = [[part.shape for part in each(torch.zeros(5, 2, 3))[1]] for each in (ours, theirs)]
    assert states[0] == states[1]


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_gradients_and_their_gradients_are_those_of_differences(depth):
    cell = cell_of(2, 3, 2, depth=depth)
    given = (numbers(3, 2, 2, grad=True), *state_of(cell, 2, grad=True))

    def call(x, *state):
        output, after = cell(x, state)
        return output, *after

    assert torch.autograd.gradcheck(call, given)
    assert torch.autograd.gradgradcheck(call, given)
    names = [name for name, _ in cell.named_parameters()]

    def at(*weights):
        return torch.func.functional_call(cell, dict(zip(names, weights, strict=True)), given[0])[0]

    assert torch.autograd.gradcheck(at, tuple(cell.parameters()))


def test_second_derivatives_count_an_input_once_that_others_were_computed_from():
    cell = cell_of(2, 3, 1)
    x = numbers(3, 2, 2, grad=True)

    def call(x):
        h = torch.cat((x[0], x[1, :, :1] * 2), 1)[None]
        return cell(x, (h, h.sin(), h * h))[0]

    assert torch.autograd.gradgradcheck(call, (x,))


@pytest.mark.parametrize("frozen", ["all", "weight_ih_l0", "bias_hh_l1_n1"])
def test_frozen_parameters_get_no_gradient_and_the_others_the_same(frozen):
    cell = cell_of(3, 4, 2)
    whole = copy.deepcopy(cell)
    for name, parameter in cell.named_parameters():
        parameter.requires_grad_(frozen not in ("all", name))
    x, y = numbers(5, 2, 3, grad=True), numbers(5, 2, 3, grad=True)
    cell(x)[0].sum().backward()
    whole(y)[0].sum().backward()
    torch.testing.assert_close(x.grad, y.grad)
    for name, parameter in cell.named_parameters():
        if parameter.requires_grad:
            torch.testing.assert_close(parameter.grad, whole.get_parameter(name).grad)
        else:
            assert parameter.grad is None


def test_going_backwards_twice_gives_the_same_twice():
    cell, x = cell_of(3, 4), numbers(5, 2, 3, grad=True)
    loss = cell(x)[0].sum()
    (first,) = torch.autograd.grad(loss, x, retain_graph=True)
    (second,) = torch.autograd.grad(loss, x)
    assert torch.equal(first, second)


def test_without_gradients_the_numbers_are_the_same():
    cell, x = cell_of(3, 4, 2), numbers(5, 2, 3)
    expected = cell(x)[0]
    with torch.no_grad():
        plain = cell(x)[0]
    with torch.inference_mode():
        inference = cell(x)[0]
    assert torch.equal(plain, expected)
    assert torch.equal(inference, expected)
    assert expected.requires_grad
    assert not plain.requires_grad


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_reading_on_is_reading_in_one_go(depth):
    cell, x = cell_of(3, 4, 2, depth=depth), numbers(9, 2, 3)
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
    assert [tuple(part.shape) for part in state] == [(2, 4)] * 3
    again, _ = cell(x, state)
    torch.testing.assert_close(again, cell(x[None], expected_state)[0][0])


def test_what_was_saved_comes_back():
    cell, x = cell_of(3, 4, 2), numbers(5, 2, 3)
    expected = cell(x)[0]
    loaded = NestedLSTM(3, 4, 2, dtype=torch.float64)
    loaded.load_state_dict(cell.state_dict())
    file = io.BytesIO()
    torch.save(cell, file)
    file.seek(0)
    copies = [loaded, copy.deepcopy(cell), pickle.loads(pickle.dumps(cell))]
    copies.append(torch.load(file, weights_only=False))
    for each in copies:
        assert torch.equal(each(x)[0], expected)
    copies[1].weight_hh_l1_n1.data.zero_()
    assert torch.equal(cell(x)[0], expected)


def test_starts_evenly_within_one_over_the_root_of_its_size():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        cell = NestedLSTM(3, 64)
    for parameter in cell.parameters():
        assert parameter.abs().max() <= 1 / 8
        assert parameter.abs().max() > 0.9 / 8


def test_reading_draws_no_random_number():
    cell, before = cell_of(3, 4, 2), torch.get_rng_state()
    cell(numbers(5, 2, 3, grad=True))[0].sum().backward()
    assert torch.equal(torch.get_rng_state(), before)

"""Predictions, against quadrature and against samples of wide units."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.units.along_time import exponent_of, log_norms, run_forward
from rnnviz_widget.units.arithmetic import (
    AT_MEAN,
    expected_moments,
    nac_bound_for,
    nac_weight_variance,
)
from rnnviz_widget.units.find_call import find_call
from rnnviz_widget.units.mean_field import mean_field, mean_of


@pytest.mark.parametrize("bound", [0.05, 0.4, 1.0, 3.0])
def test_the_variance_of_nac_weights_is_that_of_quadrature(bound):
    nodes, weights = np.polynomial.legendre.leggauss(60)
    tanh2 = (weights * np.tanh(bound * nodes) ** 2).sum() / 2
    sigmoid2 = (weights / (1 + np.exp(-bound * nodes)) ** 2).sum() / 2
    assert nac_weight_variance(bound) == pytest.approx(tanh2 * sigmoid2, rel=1e-10)


def test_the_bound_that_gives_a_variance():
    assert nac_weight_variance(nac_bound_for(0.2)) == pytest.approx(0.2)
    assert nac_bound_for(0.5) is None
    assert nac_bound_for(1.0) is None


def sampled_outputs(make, mean, count=4000, inputs=32):
    """Outputs for draws of the weights and of normal inputs of variance 1."""
    generator = torch.Generator().manual_seed(0)
    found = []
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        for _ in range(count):
            x = mean + torch.randn(inputs, 3, generator=generator, dtype=torch.float64)
            found.append(make()(x))
    return torch.stack(found)


@pytest.mark.parametrize(
    "make",
    [lambda: rv.NAC(3, 2, dtype=torch.float64), lambda: rv.NMU(3, 2, dtype=torch.float64)],
    ids=["NAC", "NMU"],
)
@pytest.mark.parametrize("mean", [0.0, 0.7])
def test_moments_of_outputs(make, mean):
    expected = expected_moments(make(), mean, 1.0)["output"]
    z = sampled_outputs(make, mean)
    by_draw = z.mean((1, 2))
    error = float(by_draw.std()) / math.sqrt(len(z))
    assert abs(float(z.mean()) - expected.mean) < 4 * error
    squares = ((z - expected.mean) ** 2).mean((1, 2))
    assert abs(float(squares.mean()) - expected.variance) < 4 * float(squares.std()) / math.sqrt(
        len(z)
    )


def test_taylor_of_the_multiplicative_nac_is_near_where_logarithms_are_small():
    make = lambda: rv.MultiplicativeNAC(3, 2, dtype=torch.float64)  # noqa: E731
    mean = 1.6
    expected = expected_moments(make(), mean, 0.0)[AT_MEAN]
    x = torch.full((1, 3), mean, dtype=torch.float64)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        z = torch.stack([make()(x) for _ in range(20_000)])
    assert float(z.mean()) == pytest.approx(expected.mean, rel=0.01)
    assert float(z.var()) == pytest.approx(expected.variance, rel=0.1)
    assert expected.mean > 1
    # At 0 the series is far from everything: the product explodes, and its variance has none.
    at_zero = expected_moments(make(), 0.0, 1.0)[AT_MEAN]
    assert at_zero.mean > 100
    assert at_zero.variance is None


def test_weights_that_were_trained_have_no_prediction():
    module = rv.NAC(3, 2)
    with torch.no_grad():
        module.weight_hat += 3
    assert expected_moments(module, 0.0, 1.0) == {}


WIDE = {
    "RNN": (lambda: nn.RNNCell(16, 200), 1.0),
    "RNN, chaotic": (lambda: nn.RNNCell(16, 200), 2.5),
    "RNN with relu": (lambda: nn.RNNCell(16, 200, nonlinearity="relu"), 1.4),
    "LSTM": (lambda: nn.LSTMCell(16, 200), 1.0),
    "GRU": (lambda: nn.GRUCell(16, 200), 1.0),
    "LSTM of two layers": (lambda: nn.LSTM(16, 100, 2), 1.0),
}


def wide(name):
    make, factor = WIDE[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        module = make().double().requires_grad_(False)
    for each, parameter in module.named_parameters():
        if "weight_hh" in each:
            parameter.mul_(factor)
    return module


def run_of(module):
    call = find_call(module)
    x = torch.randn(60, 4, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return call, run_forward(call, module, x)


@pytest.mark.parametrize("name", WIDE)
def test_mean_field_theory_predicts_wide_units(name):
    module = wide(name)
    call, run = run_of(module)
    found = mean_field(module, 1.0)
    # The norm falls as the theory says, from where the state has settled.
    logs = log_norms(call, module, run, steps=12, seed=0).mean(1)
    rate = (logs[12] - logs[4]) / 8
    assert rate == pytest.approx(found.exponent, rel=0.12, abs=0.02)
    h = torch.stack([state[0] for state in run.states[20:]])[:, ..., :]
    h = h[:, -1] if h.dim() == 4 else h
    assert float(h.square().mean()) == pytest.approx(found.states[0], rel=0.1)


def test_chi_is_sigma_squared_times_the_mean_squared_slope():
    # Without inputs and biases, below the critical point, the state is 0 and chi is H Var w.
    module = wide("RNN")
    for bias in (module.bias_ih, module.bias_hh):
        bias.zero_()
    module.weight_hh.mul_(math.sqrt(0.49 / (200 * float(module.weight_hh.square().mean()))))
    assert mean_field(module, 0.0).exponent == pytest.approx(math.log(0.7), abs=1e-3)


def test_a_min_gru_keeps_what_its_gates_say():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = rv.MinGRU(16, 8).double().requires_grad_(False)
    call = find_call(module)
    x = torch.randn(4000, 1, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    logs = log_norms(call, module, run_forward(call, module, x), steps=3900, seed=0)
    found = mean_field(module, 1.0)
    assert exponent_of(logs) == pytest.approx(found.exponent, rel=0.02)


def test_the_mean_of_predictions():
    one = mean_field(wide("LSTM"), 1.0)
    both = mean_of([one, mean_field(wide("LSTM"), 2.0)])
    assert mean_of([]) is None
    assert mean_of([one, one]).exponent == pytest.approx(one.exponent)
    assert set(both.gates) == {"input gate", "forget gate", "candidate", "output gate"}
    assert mean_field(nn.Linear(2, 2), 1.0) is None

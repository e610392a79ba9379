"""Gradients along time are those of plain autograd in double precision."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from units.units_tried import Gated, Rounded, TenLines

import rnnviz_widget as rv
from rnnviz_widget.units.along_time import exponent_of, log_norms, memory_steps, run_forward
from rnnviz_widget.units.find_call import find_call


def seeded(make):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return make().double().requires_grad_(False)


def inputs(steps, batch=2):
    return torch.randn(
        steps, batch, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64
    )


def jacobian_norms(call, module, x, run, lags):
    """||dh_T/dh_(T-k)||_F / sqrt(n) of one sequence, by `torch.autograd.functional`."""
    found = []
    for lag in range(1, lags + 1):
        start = run.states[len(x) - lag]

        def later(rows, start=start, lag=lag):
            state = list(start)
            numbers = [k for k, leaf in enumerate(state) if leaf.is_floating_point()]
            for number, leaf in zip(numbers, call.leaves(rows), strict=True):
                state[number] = leaf
            state = tuple(state)
            for step in x[len(x) - lag :]:
                _, state = call.step(module, step, state)
            return call.rows([leaf for leaf in state if leaf.is_floating_point()])[0]

        rows = call.rows([leaf for leaf in start if leaf.is_floating_point()])
        whole = torch.autograd.functional.jacobian(later, rows)
        found.append(float(torch.linalg.norm(whole)) / math.sqrt(call.state_size))
    return np.array(found)


UNITS = {
    "LSTM cell": lambda: nn.LSTMCell(3, 4),
    "GRU of two layers": lambda: nn.GRU(3, 4, 2),
    "RNN cell": lambda: nn.RNNCell(3, 4),
    "Nested LSTM": lambda: rv.NestedLSTM(3, 4),
    "state of three tensors": lambda: Gated(3, 4),
    "ten lines": lambda: TenLines(3, 4),
}


@pytest.mark.parametrize("name", UNITS)
def test_norms_equal_those_of_the_jacobian(name):
    module = seeded(UNITS[name])
    call = find_call(module, input_size=3)
    x = inputs(9, batch=1)
    run = run_forward(call, module, x)
    found = np.exp(log_norms(call, module, run, steps=8, seed=0))[1:, 0]
    expected = jacobian_norms(call, module, x, run, 8)
    assert np.allclose(found, expected, rtol=1e-10, atol=0)


def test_fewer_gradients_give_the_same_on_average():
    module = seeded(lambda: nn.LSTMCell(3, 12))
    call = find_call(module)
    run = run_forward(call, module, inputs(6, batch=1))
    whole = np.exp(log_norms(call, module, run, steps=5, seed=0, probes=24)[5, 0])
    squares = [
        np.exp(2 * log_norms(call, module, run, steps=5, seed=seed, probes=2)[5, 0])
        for seed in range(400)
    ]
    error = np.std(squares) / math.sqrt(len(squares))
    assert abs(np.mean(squares) - whole**2) < 4 * error


def test_nothing_underflows_and_the_exponent_is_that_of_a_known_matrix():
    module = seeded(lambda: nn.RNNCell(3, 4))
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module.weight_hh.copy_(torch.diag(torch.tensor([0.1, 0.05, 0.02, 0.01]).double()))
        module.weight_hh[0, 0] = 0.1
    call = find_call(module)
    run = run_forward(call, module, 0 * inputs(801))
    logs = log_norms(call, module, run, steps=800, seed=0)
    assert logs[-1, 0] == pytest.approx(800 * math.log(0.1) - math.log(2), abs=1e-6)
    assert exponent_of(logs) == pytest.approx(math.log(0.1), abs=1e-9)
    assert memory_steps(math.log(0.1)) == pytest.approx(1 / math.log(10))


def test_a_gradient_that_is_exactly_zero():
    module = seeded(lambda: Rounded(3, 4))
    call = find_call(module, input_size=3)
    run = run_forward(call, module, inputs(9))
    logs = log_norms(call, module, run, steps=6, seed=0)
    assert np.isneginf(logs[1:]).all()
    assert exponent_of(logs) == -math.inf
    assert memory_steps(-math.inf) == 0
    assert memory_steps(0.1) == math.inf


def test_a_gradient_that_overflows_in_one_step():
    class Steep(TenLines):
        def forward(self, x, h):
            return 1e200 * (1e200 * h) + 0 * x.sum()

    module = seeded(lambda: Steep(3, 4))
    call = find_call(module, input_size=3)
    run = run_forward(call, module, inputs(9))
    logs = log_norms(call, module, run, steps=6, seed=0)
    assert np.isposinf(logs[1:]).all()
    assert exponent_of(logs) == math.inf

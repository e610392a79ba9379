"""The error of compressed rows is never more than is said, wherever in the text it comes from."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small import LETTERS, recurrent, worst
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES, TOLERANCE, Network
from rnnviz_widget.engines.sweep.lowrank import Compressor
from rnnviz_widget.engines.sweep.sweep_engine import SweepEngine
from rnnviz_widget.engines.sweep.witnesses import _FACTOR, COUNT, Witnesses


class Chain(nn.Module):
    """A state that is handed on from unit to unit, each time times something; no more than that.

    Everything is positive, so that the rectifier does nothing and scores have a closed form.
    """

    def __init__(self, gains, embedded=6):
        super().__init__()
        units = len(gains) + 1
        generator = torch.Generator().manual_seed(1)
        self.embedding = nn.Embedding(27, embedded)
        self.cell = nn.RNN(embedded, units, nonlinearity="relu", batch_first=True, bias=False)
        self.head = nn.Linear(units, 27, bias=False)
        with torch.no_grad():
            self.embedding.weight.uniform_(0.1, 1, generator=generator)
            self.cell.weight_ih_l0.uniform_(0.1, 1, generator=generator)
            self.cell.weight_hh_l0.zero_()
            for unit, gain in enumerate(gains):
                self.cell.weight_hh_l0[unit, unit + 1] = gain
            self.cell.weight_hh_l0[-1, -1] = 0.98
            self.head.weight.zero_()
            self.head.weight[:, 0] = torch.linspace(1, 1.2, 27)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0])

    def truth(self, classes, length):
        """C of the classes explained, by the closed form in double precision."""
        start, step = self.head.weight.double(), self.cell.weight_hh_l0.double()
        at_one_hot = (self.embedding.weight.double() @ self.cell.weight_ih_l0.double().T).detach()
        by_distance, carried = [], torch.eye(len(step), dtype=torch.float64)
        for _ in range(length):
            by_distance.append((start @ carried @ at_one_hot.T).norm(dim=1).detach())
            carried = carried @ step
        scores = torch.zeros(len(classes), length, dtype=torch.float64)
        for s, k in enumerate(classes):
            scores[s, : s + 1] = torch.stack([by_distance[s - t][k] for t in range(s + 1)])
        return scores.numpy()


@st.composite
def fading(draw):
    """Rows that fade, stay small for a while, and revive in part or more than that."""
    fade = 10.0 ** draw(st.floats(-9, -0.5))
    revived = fade ** draw(st.floats(-1.1, 0))
    fall, rise = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    before, hold, after = (draw(st.integers(*ends)) for ends in ((0, 45), (0, 40), (3, 20)))
    return [
        *[1.0] * before,
        *[fade ** (1 / fall)] * fall,
        *[1.0] * hold,
        *[revived ** (1 / rise)] * rise,
        *[1.0] * after,
    ]


@settings(max_examples=25, deadline=None)
@given(
    gains=fading(),
    length=st.sampled_from([256, 300, 512, 515]),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    measure=st.sampled_from(["norm", "squared", "grad_x_input"]),
    seed=st.integers(0, 9),
)
def test_rows_that_fade_and_revive_are_as_exact_as_is_said(gains, length, dtype, measure, seed):
    module = Chain(gains).to(dtype)
    model = rv.SequenceModel(module, LETTERS, truth="next")
    text = "".join(np.random.default_rng(seed).choice(list(LETTERS), length))
    found = rv.connectivity(model, text, target=rv.TOP, measure=measure)
    exact = rv.connectivity(model, text, target=rv.TOP, measure=measure, tolerance=0)
    assert (found.engine, exact.accuracy.rank) == ("sweep", 0)
    error = worst(found.scores, exact.scores)
    assert error <= found.accuracy.error <= TOLERANCE
    if measure == "norm":
        classes = [LETTERS.index(name) for name in found.targets]
        truth = module.truth(classes, length)
        assert worst(found.scores, truth) < TOLERANCE
        check_by_autograd(module, text, classes, truth)


def check_by_autograd(module, text, classes, truth):
    """The closed form is what autograd gives."""
    double = module.double()
    ids = torch.tensor([[LETTERS.index(c) for c in text]])
    embedded = double.embedding(ids).detach().requires_grad_()
    logits = double.head(double.cell(embedded)[0])[0]
    s = len(text) - 1
    (gradient,) = torch.autograd.grad(logits[s, classes[s]], embedded)
    row = (gradient[0] @ double.embedding.weight.T).norm(dim=1).detach().numpy()
    np.testing.assert_allclose(row, truth[s], rtol=1e-9, atol=1e-12 * row.max())


def engine_on(text, dtype=torch.float64):
    network = Network(recurrent("gru", 2, dtype=dtype), 27, 27)
    ids = torch.tensor([LETTERS.index(c) for c in text])
    with torch.no_grad():
        return SweepEngine(network, ids, network.trace(ids, network.embed(ids)))


TEXT = "the formal study of grammar is an important part of education " * 5


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("one", [0, 1, 36, 100, 129, 255])
def test_one_row_that_is_lost_is_noticed_wherever_it_is(monkeypatch, one, dtype):
    """None of these but the first began where one in eight of them does."""
    original = Compressor.compress

    def losing(self, coefficients, carriers):
        found = original(self, coefficients, carriers)
        if found is not None and len(found.coefficients) > one >= len(coefficients):
            found.coefficients[one] = 0
        return found

    engine, length = engine_on(TEXT, dtype), len(TEXT)
    every, targets = range(length), [s % 27 for s in range(length)]
    exact, _ = engine.rows(every, targets, MEASURES["norm"])
    monkeypatch.setattr(Compressor, "compress", losing)
    found, accuracy = engine.rows(every, targets, MEASURES["norm"], tolerance=TOLERANCE)
    lost = length - 1 - one
    assert worst(found.numpy()[lost:], exact.numpy()[lost:]) < TOLERANCE
    assert worst(found.numpy(), exact.numpy()) < TOLERANCE
    assert accuracy.error <= TOLERANCE


@pytest.mark.parametrize("some", [[5], [3, 50], range(60)])
@pytest.mark.parametrize("number", range(5))
def test_a_bound_holds_and_is_no_more_than_some_times_the_error(number, some):
    """Rows of known sizes, some of which are off by a known part of them."""
    rng = np.random.default_rng(number)
    sizes = torch.tensor(10 ** rng.uniform(-6, 6, 60))
    gradients = torch.tensor(rng.normal(size=(60, 7)))
    gradients *= (sizes / gradients.norm(dim=1))[:, None]
    errors = torch.zeros(60, dtype=torch.float64)
    errors[list(some)] = torch.tensor(10 ** rng.uniform(-6, -5, len(some)))
    wrong = gradients + (errors * sizes)[:, None] * torch.nn.functional.normalize(
        torch.tensor(rng.normal(size=(60, 7))), dim=1
    )
    witnesses = Witnesses(gradients, 2)
    carried = witnesses.join(0, gradients, sizes, 1)
    witnesses.compare(0, (witnesses.combine(0, wrong) - carried)[:, None])
    bounds = witnesses.bounds(sizes, MEASURES["norm"])
    assert (bounds >= errors).all()
    assert bounds.max() <= 5 * errors.norm()


def test_a_bound_fails_as_seldom_as_is_said():
    """P(chi-squared of I degrees < 1 / k^2), by its Poisson sum."""
    half = 1 / (2 * _FACTOR**2)
    terms = (half**n / math.factorial(n) for n in range(COUNT // 2, COUNT // 2 + 60))
    assert math.exp(-half) * sum(terms) == pytest.approx(8.4e-7, rel=0.01)


def test_rows_that_have_vanished_do_not_widen_the_bounds_of_others():
    rows = 60
    beginnings = torch.randn(rows, 5, generator=torch.Generator().manual_seed(2)).double()
    beginnings /= beginnings.norm(dim=1, keepdim=True)
    # Each row has shrunk more than the one before it; all have had the same largest score.
    gradients = beginnings * 10.0 ** -torch.arange(rows).double()[:, None]
    witnesses = Witnesses(beginnings, 2)
    witnesses.join(0, gradients, torch.ones(rows), 1)
    witnesses.compare(0, torch.full((COUNT, 1, 1), 1e-6))
    bounds = witnesses.bounds(torch.ones(rows), MEASURES["norm"])
    torch.testing.assert_close(
        bounds, torch.full_like(bounds, _FACTOR * COUNT**0.5 * 1e-6), rtol=1e-4, atol=0
    )


def test_what_is_not_finite_has_no_bound():
    gradients = torch.ones(3, 2)
    witnesses = Witnesses(gradients, 2)
    witnesses.join(0, gradients, torch.ones(3), 1)
    witnesses.compare(0, torch.full((COUNT, 1, 2), torch.nan))
    assert witnesses.bounds(torch.ones(3), MEASURES["norm"]).isinf().all()

import math

import pytest
import torch
from small import LETTERS, oracle_of, seeded
from torch import nn

import rnnviz_widget as rv


def numbers(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def written_out(cell, x):
    """The equations of the docstrings, number by number: x (D,)."""
    sigmoid = lambda a: 1 / (1 + math.exp(-a))  # noqa: E731
    hats, masks = cell.weight_hat.tolist(), cell.mask_hat.tolist()
    found = []
    for i in range(cell.out_features):
        w = [math.tanh(a) * sigmoid(b) for a, b in zip(hats[i], masks[i], strict=True)]
        a = sum(w_d * x_d for w_d, x_d in zip(w, x, strict=True))
        if isinstance(cell, rv.NALU):
            m = math.prod((abs(x_d) + cell.eps) ** w_d for w_d, x_d in zip(w, x, strict=True))
            g = sigmoid(sum(a * b for a, b in zip(cell.gate[i].tolist(), x, strict=True)))
            a = g * a + (1 - g) * m
        found.append(a)
    return torch.tensor(found, dtype=torch.float64)


@pytest.mark.parametrize("make", [rv.NAC, rv.NALU])
def test_the_equations(make):
    cell = seeded(make, 4, 3, dtype=torch.float64)
    x = numbers(2, 5, 4)
    found = cell(x)
    assert found.shape == (2, 5, 3)
    for n in range(2):
        for t in range(5):
            assert torch.allclose(found[n, t], written_out(cell, x[n, t].tolist()), atol=1e-14)
    assert torch.autograd.gradcheck(cell, x.requires_grad_())


def saturated(make, weights, gate=None):
    """A cell whose W are -1, 0 and 1, and which adds (gate 1) or multiplies (gate -1)."""
    cell = make(len(weights), 1, dtype=torch.float64)
    with torch.no_grad():
        cell.weight_hat[:] = 40 * torch.tensor(weights, dtype=torch.float64)
        cell.mask_hat.fill_(40)
        if gate is not None:
            cell.gate.fill_(gate)
    return cell


def test_it_adds_subtracts_multiplies_and_divides():
    x = torch.tensor([3.0, 8.0, 5.0], dtype=torch.float64)
    assert saturated(rv.NAC, [1, -1, 0])(x).item() == pytest.approx(3 - 8)
    assert saturated(rv.NALU, [1, 1, 0], 40)(x).item() == pytest.approx(3 + 8)
    assert saturated(rv.NALU, [1, 1, 0], -40)(x).item() == pytest.approx(3 * 8)
    assert saturated(rv.NALU, [1, -1, 0], -40)(x).item() == pytest.approx(3 / 8)


def test_products_of_nothing_and_of_very_much_are_finite():
    cell = saturated(rv.NALU, [1, 1, 1]).float()
    for x in ([0.0, 0.0, 0.0], [1e30, 1e30, 1e30], [-1e-30, 1e30, 2.0]):
        inputs = torch.tensor(x, requires_grad=True)
        y = cell(inputs)
        y.sum().backward()
        assert y.isfinite().all()
        assert inputs.grad.isfinite().all()


def test_initial_weights_are_glorot_and_bengio():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        cell = rv.NALU(60, 40)
    bound = math.sqrt(6 / 100)
    for weight in (cell.weight_hat, cell.mask_hat, cell.gate):
        assert 0.98 * bound < weight.abs().max().item() <= bound
        assert weight.var().item() == pytest.approx(bound**2 / 3, rel=0.1)


def test_no_logarithm_of_zero():
    with pytest.raises(ValueError, match="eps must be above 0"):
        rv.NALU(2, 2, eps=0.0)


class Counter(nn.Module):
    """A recurrent model whose cell is a NALU: h_t = tanh(NALU([e_t, h_(t-1)]))."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 5)
        self.cell = rv.NALU(12, 7)
        self.head = nn.Linear(7, 27)

    def plain(self, embedded):
        h, found = embedded.new_zeros(7), []
        for e in embedded:
            h = self.cell(torch.cat([e, h])).tanh()
            found.append(self.head(h))
        return torch.stack(found)

    def forward(self, ids):
        return torch.stack([self.plain(e) for e in self.embedding(ids)])


@pytest.mark.parametrize("measure", ["norm", "grad_x_input"])
def test_a_recurrent_cell_of_it_is_served_by_autograd(measure):
    module = seeded(Counter, dtype=torch.float64)
    ids = [LETTERS.index(one) for one in "one two three"]
    targets = ids[1:]
    c = rv.connectivity(rv.SequenceModel(module, LETTERS), "one two three", measure=measure)
    assert c.engine == "autograd"
    assert c.causal
    truth = oracle_of(module, ids, targets, measure)
    assert abs(c.scores[:-1] - truth).max() < 1e-12 * abs(truth).max()

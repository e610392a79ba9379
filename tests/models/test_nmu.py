import math

import pytest
import torch
from small import LETTERS, oracle_of, seeded
from torch import nn

import rnnviz_widget as rv


def numbers(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def test_the_equation():
    cell = rv.NMU(4, 3, dtype=torch.float64)
    x = numbers(2, 5, 4)
    found = cell(x)
    assert found.shape == (2, 5, 3)
    for place in ((0, 0), (1, 4)):
        for unit in range(3):
            weights = cell.weight[unit].tolist()
            pairs = zip(weights, x[place].tolist(), strict=True)
            expected = math.prod(w * x_d + 1 - w for w, x_d in pairs)
            assert found[place][unit].item() == pytest.approx(expected, abs=1e-14)
    assert torch.autograd.gradcheck(cell, x.requires_grad_())


def test_it_multiplies_what_its_weights_choose_with_signs():
    cell = rv.NMU(3, 1, dtype=torch.float64)
    with torch.no_grad():
        cell.weight[:] = torch.tensor([1.0, 1.0, 0.0])
    assert cell(torch.tensor([3.0, -8.0, 5.0]).double()).item() == pytest.approx(-24)
    assert cell.sparsity().item() == 0


def test_weights_stay_between_0_and_1():
    cell = rv.NMU(6, 5)
    assert 0.25 <= cell.weight.min() < cell.weight.max() <= 0.75
    with torch.no_grad():
        cell.weight += 3
    limited = cell(torch.full((1, 6), 2.0))
    assert torch.equal(limited, torch.full((1, 5), 64.0))
    cell.limit()
    assert torch.equal(cell.weight, torch.ones(5, 6))
    assert repr(cell) == "NMU(in_features=6, out_features=5)"
    cell.reset_parameters()
    assert cell.sparsity() > 0.2


def test_it_learns_to_multiply():
    x = numbers(512, 3)
    target = x[:, :1] * x[:, 2:]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        cell = rv.NMU(3, 1, dtype=torch.float64)
    optimiser = torch.optim.Adam(cell.parameters(), 0.03)
    for _ in range(300):
        optimiser.zero_grad()
        (nn.functional.mse_loss(cell(x), target) + 0.01 * cell.sparsity()).backward()
        optimiser.step()
        cell.limit()
    assert cell.weight.detach().round().tolist() == [[1, 0, 1]]


def test_the_multiplicative_nac_is_the_product_of_the_nalu():
    cell, nalu = (make(4, 3, dtype=torch.float64) for make in (rv.MultiplicativeNAC, rv.NALU))
    with torch.no_grad():
        nalu.weight_hat[:], nalu.mask_hat[:] = cell.weight_hat, cell.mask_hat
        nalu.gate.fill_(-40)
    x = numbers(5, 4).abs()
    weights = cell.weight[0].tolist()
    expected = math.prod((v + 1e-7) ** w for v, w in zip(x[0].tolist(), weights, strict=True))
    assert cell(x)[0, 0].item() == pytest.approx(expected)
    assert torch.allclose(cell(x), nalu(x), atol=1e-9)
    assert cell(torch.full((1, 4), 1e300, dtype=torch.float64)).isfinite().all()
    with pytest.raises(ValueError, match="eps must be above 0"):
        rv.MultiplicativeNAC(2, 2, eps=0)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 4)
        self.cell = nn.GRU(4, 5, batch_first=True)
        self.product = rv.NMU(5, 6)
        self.head = nn.Linear(6, 27)

    def plain(self, embedded):
        return self.head(self.product(self.cell(embedded)[0]))

    def forward(self, ids):
        return self.plain(self.embedding(ids))


def test_a_model_with_it_is_explained_as_any_other():
    module = seeded(Model, dtype=torch.float64)
    ids = [LETTERS.index(one) for one in "products"]
    c = rv.connectivity(rv.SequenceModel(module, LETTERS), "products")
    truth = oracle_of(module, ids, ids[1:], "norm")
    assert abs(c.scores[:-1] - truth).max() < 1e-12 * abs(truth).max()

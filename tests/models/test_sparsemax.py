import pytest
import torch
from entmax import sparsemax
from small import LETTERS, seeded
from torch import nn

import rnnviz_widget as rv


def scores(*shape, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(*shape, generator=generator, dtype=dtype)


@pytest.mark.parametrize("dim", [-1, 0, 1])
def test_it_is_entmax_own(dim):
    z = scores(5, 7, 9).requires_grad_()
    theirs = z.detach().clone().requires_grad_()
    p, q = rv.Sparsemax(dim)(z), sparsemax(theirs, dim=dim)
    assert torch.allclose(p, q, rtol=0, atol=1e-14)
    v = scores(5, 7, 9, seed=1)
    (p * v).sum().backward()
    (q * v).sum().backward()
    assert torch.allclose(z.grad, theirs.grad, rtol=0, atol=1e-14)
    assert 0 < (p == 0).sum() < p.numel()


def test_its_gradient_is_that_of_its_formula():
    z = scores(20).requires_grad_()
    v = scores(20, seed=3)
    p = rv.Sparsemax()(z)
    (p * v).sum().backward()
    support = p > 0
    assert torch.allclose(z.grad, torch.where(support, v - v[support].mean(), 0.0), atol=1e-15)
    assert torch.autograd.gradcheck(rv.Sparsemax(), z)


def test_scores_far_off_and_masked():
    z = torch.tensor([1e8 + 2, 1e8, float("-inf")], dtype=torch.float64, requires_grad=True)
    p = rv.Sparsemax()(z)
    assert p.tolist() == [1, 0, 0]
    p[0].backward()
    assert z.grad.tolist() == [0, 0, 0]
    assert rv.Sparsemax()(torch.full((4,), 1e8)).tolist() == [0.25] * 4


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(dtype):
    z = scores(4, 3000).to(dtype)
    p = rv.Sparsemax()(z)
    assert p.dtype == dtype
    truth = rv.Sparsemax()(z.double())
    assert (p - truth).abs().max() <= torch.finfo(dtype).eps * truth.max()


class Sparse(nn.Module):
    """A look back with sparse attention, and sparse outputs."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 6)
        self.query, self.key = nn.Linear(6, 6), nn.Linear(6, 6)
        self.attend, self.odds = rv.Sparsemax(), rv.Sparsemax()
        self.head = nn.Linear(6, 27)

    def forward(self, ids):
        e = self.embedding(ids)
        z = 8 * self.query(e) @ self.key(e).transpose(1, 2)
        mask = torch.ones(z.shape[-2:], dtype=torch.bool).triu(1)
        self.weights = self.attend(z.masked_fill(mask, float("-inf")))
        return self.odds(self.head(self.weights @ e))


def test_what_attention_leaves_out_has_no_influence():
    module = seeded(Sparse, dtype=torch.float64).eval()
    model = rv.SequenceModel(module, LETTERS)
    text = "the quick brown"
    c = rv.connectivity(model, text, target=rv.TOP, measure="embedding_norm")
    with torch.no_grad():
        module(torch.tensor([[LETTERS.index(one) for one in text]]))
    left_out = (module.weights[0] == 0).numpy()
    # The output's own token is read as the query, too.
    left_out[range(len(text)), range(len(text))] = False
    assert left_out.sum() > len(text)
    earlier = ~left_out & (c.scores > 0)
    assert not c.scores[left_out].any()
    assert earlier.sum() > len(text)

"""What is common to all logits is found, with its size, and told."""

import pytest
import torch
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines.module.common_part import common_share

TEXT = "abcdeabcde"
WORDS = "is the same for all classes"


class Recurrent(nn.Module):
    """A GRU, whose logits may all have a term in common."""

    def __init__(self, common, classes=6):
        super().__init__()
        torch.manual_seed(0)
        self.common = common
        self.embedding = nn.Embedding(6, 8)
        self.gru = nn.GRU(8, 16, batch_first=True)
        self.head = nn.Linear(16, classes)
        self.term = nn.Linear(8, 1)

    def forward(self, ids):
        embedded = self.embedding(ids)
        logits = self.head(self.gru(embedded)[0])
        return logits + self.common * self.term(embedded).cumsum(1)


class Transformer(nn.Module):
    """One causal layer of attention, likewise."""

    def __init__(self, common):
        super().__init__()
        torch.manual_seed(0)
        self.common = common
        self.embedding = nn.Embedding(6, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.head = nn.Linear(8, 6)
        self.term = nn.Linear(8, 1)

    def forward(self, ids):
        embedded = self.embedding(ids)
        mask = nn.Transformer.generate_square_subsequent_mask(ids.shape[1])
        read = self.layer(embedded, mask, is_causal=True)
        return self.head(read) + self.common * self.term(embedded).cumsum(1)


def notes(module, **given):
    model = rv.SequenceModel(module, inputs="abcdef", **given)
    return [note for note in rv.connectivity(model, TEXT).notes if WORDS in note]


@pytest.mark.parametrize("kind", [Recurrent, Transformer])
def test_a_common_term_is_told_and_nothing_else_is(kind):
    assert notes(kind(0.0)) == []
    (note,) = notes(kind(10.0))
    assert "rv.Contrast" in note
    assert "About 100%" in note


@pytest.mark.parametrize("common", [0.0, 0.1, 0.5, 2.0])
def test_its_share_is_that_of_plain_gradients_of_every_class(common):
    classes = 200
    module = Recurrent(common, classes).double()
    embedded = module.embedding(torch.tensor([0, 3, 1, 2, 4])).detach()

    def run(vectors):
        logits = module.head(module.gru(vectors[None])[0][0])
        return logits + module.common * module.term(vectors).cumsum(0)

    leaf = embedded.clone().requires_grad_()
    last = run(leaf)[-1]
    each = torch.stack([torch.autograd.grad(y, leaf, retain_graph=True)[0] for y in last])
    squares = each.square().sum((1, 2)).mean()
    part = each.mean(0).square().sum() / squares
    right = max(0.0, float((part - 1 / classes) / (1 - 1 / classes))) ** 0.5
    # The mean of |g_k - g|^2 is estimated from two draws of signs.
    assert common_share(run, embedded) == pytest.approx(right, abs=0.12)


def test_log_probabilities_have_nothing_to_share():
    module = nn.Sequential(Recurrent(10.0), nn.LogSoftmax(dim=-1))
    assert notes(module) == []


def test_the_bundled_models_have_no_such_term():
    for name in ("gru", "lstm"):
        model = rv.load_pretrained(name)
        assert not any(WORDS in note for note in rv.connectivity(model, "what is").notes)

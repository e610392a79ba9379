"""What is common to all logits is found, with its size, and told."""

import numpy as np
import pytest
import torch
from small import worst
from torch import nn
from widgets import page_of

import rnnviz_widget as rv
from rnnviz_widget.engines.module.common_part import common_share
from rnnviz_widget.engines.module.embedding_points.find import check_ids

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
        return self.after(self.embedding(ids))

    def after(self, embedded):
        logits = self.head(self.gru(embedded)[0])
        return logits + self.common * self.term(embedded).cumsum(1)


class Elman(Recurrent):
    """The same with a plain recurrent layer."""

    def __init__(self, common):
        super().__init__(common)
        self.gru = nn.RNN(8, 16, batch_first=True)


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
        return self.after(self.embedding(ids))

    def after(self, embedded):
        mask = nn.Transformer.generate_square_subsequent_mask(
            embedded.shape[1], dtype=embedded.dtype
        )
        read = self.layer(embedded, mask, is_causal=True)
        return self.head(read) + self.common * self.term(embedded).cumsum(1)


def model_of(module, **given):
    return rv.SequenceModel(module, inputs="abcdef", **given)


def notes(module, **asked):
    c = rv.connectivity(model_of(module), TEXT, **asked)
    return [note for note in c.notes if WORDS in note]


@pytest.mark.parametrize("kind", [Recurrent, Transformer])
def test_a_common_term_is_told_and_nothing_else_is(kind):
    assert notes(kind(0.0)) == []
    (note,) = notes(kind(10.0))
    assert "rv.Contrast" in note
    assert "About 100 %" in note


@pytest.mark.parametrize("kind", [Recurrent, Elman, Transformer])
@pytest.mark.parametrize("of", ["centred", "log_prob"])
def test_what_predictions_determine_has_none_of_it(kind, of):
    without, with_it = (
        rv.connectivity(model_of(kind(common).double()), TEXT, target="c", of=of)
        for common in (0.0, 10.0)
    )
    assert worst(with_it.scores, without.scores) < 1e-5
    assert notes(kind(10.0), target="c", of=of) == []


@pytest.mark.parametrize("kind", [Recurrent, Elman, Transformer])
def test_the_default_picture_is_the_same_or_the_page_says_how_much_is_common(kind):
    without, with_it = (model_of(kind(common).double()) for common in (0.0, 1.0))
    pictures = [rv.connectivity(model, TEXT, target="c") for model in (without, with_it)]
    same = worst(pictures[1].scores, pictures[0].scores) < 1e-5
    said = page_of(rv.explore(with_it, TEXT, target="c")).scene["facets"][0]["note"] or ""
    assert same != (WORDS in said)
    assert WORDS not in (page_of(rv.explore(without, TEXT)).scene["facets"][0]["note"] or "")


@pytest.mark.parametrize("kind", [Recurrent, Elman, Transformer])
@pytest.mark.parametrize("common", [1.0, -1.0])
def test_the_share_that_is_told_has_the_size_and_the_term_the_sign(kind, common):
    module = kind(common).double().eval()
    model = model_of(module)
    found = model.network.capabilities.common_part
    # Of every class by itself, on the text that was tried.
    ids = check_ids(6, found.tokens)
    leaf = module.embedding(ids).detach().requires_grad_()
    last = module.after(leaf[None])[0, -1]
    each = torch.stack([torch.autograd.grad(y, leaf, retain_graph=True)[0] for y in last])
    part = float(each.mean(0).square().sum() / each.square().sum((1, 2)).mean())
    share = max(0.0, (part - 1 / len(last)) / (1 - 1 / len(last))) ** 0.5
    assert 0.7 < share < 1
    # The part that is each class's own is estimated from two draws of signs.
    assert found.share == pytest.approx(share, abs=0.05)
    assert f"About {100 * found.share:.0f} % of the gradient" in notes(module, of="logit")[0]
    # What it adds to gradient times input is the term itself: of each token, its own part of it.
    scores = {
        name: rv.connectivity(
            model_of(each), TEXT, target="c", measure="grad_x_input", of="logit"
        ).scores
        for name, each in (("with", module), ("without", kind(0.0).double().eval()))
    }
    embedded = module.embedding(torch.tensor(["abcdef".index(c) for c in TEXT]))
    term = (embedded @ module.term.weight[0]).detach().numpy()
    added = np.tril(np.broadcast_to(common * term, (len(TEXT), len(TEXT))))
    np.testing.assert_allclose(scores["with"] - scores["without"], added, atol=1e-10)


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

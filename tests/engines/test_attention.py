"""Attention as a method, against its equations, in double precision."""

import language_models
import numpy as np
import pytest
import torch
from engines.method_modules import IDS, TEXT, Classifier, Gru, double, embedded_of, scored
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import measures_of


def weights_of(module, embedded):
    """Attention of each layer of `Transformer`, (layers, heads, T, T), by its equations."""
    x = embedded + module.positions.weight[: len(embedded)]
    length, found = len(x), []
    later = torch.ones(length, length, dtype=torch.bool).triu(1)
    for layer in module.encoder.layers:
        attention = layer.self_attn
        read = layer.norm1(x)
        projected = read @ attention.in_proj_weight.T + attention.in_proj_bias
        q, k, v = (each.reshape(length, 2, 4).transpose(0, 1) for each in projected.chunk(3, 1))
        z = q @ k.transpose(1, 2) / 2
        weights = (z.masked_fill(later, -torch.inf) if module.causal else z).softmax(-1)
        made = (weights @ v).transpose(0, 1).reshape(length, 8)
        x = x + attention.out_proj(made)
        x = x + layer.linear2(layer.linear1(layer.norm2(x)).relu())
        found.append(weights.detach())
    assert torch.allclose(module.head(x), module.plain(embedded))
    return torch.stack(found)


@pytest.mark.parametrize("causal", [True, False])
def test_attention(causal):
    module = double(language_models.Transformer, causal)
    truth = weights_of(module, embedded_of(module)).mean((0, 1))
    c = scored(module, "attention")
    assert abs(c.scores - truth.numpy()).max() < 1e-14
    assert c.scores.sum(1) == pytest.approx(1)
    assert not c.signed
    assert c.causal is causal
    assert "the same whatever is explained" in c.label
    other = scored(module, "attention", targets=[0] * len(TEXT))
    assert np.array_equal(c.scores, other.scores)


def test_attention_rollout():
    module = double(language_models.Transformer)
    first, second = weights_of(module, embedded_of(module)).mean(1).numpy()
    one = np.eye(len(TEXT))
    truth = (second / 2 + one / 2) @ (first / 2 + one / 2)
    assert abs(scored(module, "attention_rollout").scores - truth).max() < 1e-14


class Averaged(language_models.Transformer):
    """Uses the weights that it is given, averaged over heads."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def rest(self, x):
        _, weights = self.attention(x, x, x)
        return self.head(weights @ x)


def test_whoever_asks_for_weights_gets_them_as_asked_for():
    module = double(Averaged)
    with torch.no_grad():
        x = embedded_of(module) + module.positions.weight[: len(TEXT)]
        _, truth = module.attention(x, x, x)
    assert abs(scored(module, "attention").scores - truth.numpy()).max() < 1e-14


class Tells(Gru):
    """Returns attentions of its own."""

    def forward(self, ids):
        hidden = self.cell(self.embedding(ids))[0]
        self.weights = (hidden @ hidden.transpose(1, 2)).softmax(-1)[:, None]
        logits = self.head(hidden + self.weights[:, 0] @ hidden)
        return {"logits": logits, "attentions": [self.weights]}


def test_attention_that_is_returned():
    module = double(Tells)
    c = scored(module, "attention")
    with torch.no_grad():
        module(torch.tensor([IDS]))
    assert abs(c.scores - module.weights[0, 0].detach().numpy()).max() < 1e-14


def test_attention_of_hugging_face():
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(
        vocab_size=8, n_positions=32, n_embd=8, n_layer=2, n_head=2, attn_implementation="sdpa"
    )
    module = double(lambda: transformers.GPT2LMHeadModel(config))
    model = rv.SequenceModel(module, "abcdefgh", forward=lambda module, ids: module(ids).logits)
    assert "attention" in measures_of(model.network)
    c = rv.connectivity(model, TEXT, measure="attention")
    plain = transformers.GPT2LMHeadModel._from_config(config, attn_implementation="eager").double()
    plain.load_state_dict(module.state_dict())
    with torch.no_grad():
        returned = plain.eval()(torch.tensor([IDS]), output_attentions=True).attentions
    truth = torch.stack(returned)[:, 0].mean((0, 1)).numpy()
    assert abs(c.scores - truth).max() < 1e-12
    # What it was told to do otherwise it does again.
    kept = model.network.module.config
    assert kept._attn_implementation == "sdpa"
    assert not kept.output_attentions


@pytest.mark.parametrize("name", ["attention", "attention_rollout"])
def test_no_attention(name):
    with pytest.raises(ValueError, match=f"{name} can't serve Gru: there are no attention weights"):
        scored(double(Gru), name)


class Pools(Classifier):
    """A classifier with attention."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)

    def forward(self, ids):
        hidden = self.cell(self.embedding(ids))[0]
        return self.head(self.attention(hidden, hidden, hidden)[0].mean(1))


def test_attention_of_a_classifier_has_no_row():
    model = rv.SequenceModel(double(Pools), "abcdefgh", ["yes", "no", *"123456"])
    with pytest.raises(ValueError, match="there is one output for the whole text"):
        rv.connectivity(model, TEXT, target="yes", measure="attention")
    assert "attention" not in measures_of(model.network)

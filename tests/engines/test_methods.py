"""Methods against the same written out by hand, in double precision."""

import language_models
import numpy as np
import pytest
import torch
from engines.method_modules import (
    MODULES,
    TARGETS,
    TEXT,
    Causal,
    Classifier,
    Gru,
    double,
    embedded_of,
    scored,
)
from small import Recurrent
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import METHODS, make_method, measures_of
from rnnviz_widget.reading import Reading


@pytest.mark.parametrize("make", MODULES)
@pytest.mark.parametrize("baseline", [None, "f"])
def test_occlusion(make, baseline):
    module = double(make)
    c = scored(module, "occlusion", **({} if baseline is None else {"baseline": baseline}))
    assert c.signed
    embedded = embedded_of(module)
    whole = module.plain(embedded)
    for t in range(len(TEXT)):
        without = embedded.clone()
        without[t] = 0 if baseline is None else module.embedding.weight.detach()[5]
        fallen = (whole - module.plain(without)).detach().numpy()
        for s, k in enumerate(TARGETS):
            assert abs(c.scores[s, t] - fallen[s, k]) < 1e-12
    assert abs(c.scores).max() > 0.01


@pytest.mark.parametrize("name", ["integrated_gradients", "occlusion"])
def test_a_classifier(name):
    module = double(Classifier)
    model = rv.SequenceModel(module, "abcdefgh", ["yes", "no", *"123456"])
    c = rv.connectivity(model, TEXT, target="no", measure=name)
    embedded = embedded_of(module)
    if name == "occlusion":
        whole, row = module.plain(embedded)[1], []
        for t in range(len(TEXT)):
            without = embedded.clone()
            without[t] = 0
            row.append((whole - module.plain(without)[1]).item())
        assert abs(c.scores[0] - row).max() < 1e-12
    with torch.no_grad():
        nothing = torch.zeros_like(embedded)
        missed = c.scores[0].sum() - float((module.plain(embedded) - module.plain(nothing))[1])
    assert bool(abs(missed) < 1e-6) is (name == "integrated_gradients")
    assert (c.scores == c.scores[0]).all()


@pytest.mark.parametrize("name", ["integrated_gradients", "occlusion"])
def test_a_contrast_is_the_difference(name):
    module = double(Gru)
    first, second = (scored(module, name, targets=[k] * len(TEXT)).scores for k in (1, 4))
    model = rv.SequenceModel(module, "abcdefgh")
    c = rv.connectivity(model, TEXT, target=rv.Contrast("b", "e"), measure=name)
    assert abs(c.scores - (first - second)).max() < 1e-6 * abs(first - second).max()
    assert "+ speaks for “b”" in c.label


def test_a_fill_gives_what_rows_give_in_parts():
    model = rv.SequenceModel(double(Gru), "abcdefgh")
    reading = Reading(model, TEXT, rv.TOP, "occlusion")
    found = {}
    shares = []
    for share, ready in reading.fill([9, 2, 5]):
        shares.append(share)
        found |= dict(ready)
    assert shares[-1] == 1
    for s in (9, 2, 5):
        assert np.array_equal(found[s], reading.rows([s])[0])
        ((start, piece),) = reading.pieces(s)
        assert start == 0
        assert np.allclose(piece, found[s][: s + 1], rtol=0, atol=1e-15)


class Noisy(Gru):
    """Draws random numbers in eval mode too."""

    def forward(self, ids):
        hidden = self.cell(self.embedding(ids))[0]
        return self.head(hidden * torch.rand_like(hidden))


class Uncopyable(Gru):
    def __deepcopy__(self, memo):
        raise RuntimeError("no")


@pytest.mark.parametrize("make", [Noisy, Uncopyable])
@pytest.mark.parametrize("name", ["integrated_gradients", "smooth_grad", "occlusion"])
def test_modules_that_read_one_text_at_a_time(make, name):
    module = double(make)
    model = rv.SequenceModel(module, "abcdefgh")
    c = rv.connectivity(model, TEXT, target="a", measure=name)
    assert np.array_equal(c.scores, rv.connectivity(model, TEXT, target="a", measure=name).scores)
    if make is Uncopyable:
        plain = Gru()
        plain.load_state_dict(module.state_dict())
        own = rv.SequenceModel(plain.double(), "abcdefgh")
        truth = rv.connectivity(own, TEXT, target="a", measure=name).scores
        # Noise is drawn text by text, or for several at once.
        limit = 0.5 if name == "smooth_grad" else 1e-6
        assert abs(c.scores - truth).max() < limit * abs(truth).max()


def test_a_model_of_vectors():
    class Sums(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.head = nn.GRU(3, 5, batch_first=True), nn.Linear(5, 2)

        def forward(self, vectors):
            return self.head(self.cell(vectors)[0])

    module = double(Sums)
    vectors = torch.linspace(-1, 1, 18, dtype=torch.float64).reshape(6, 3)
    model = rv.SequenceModel.from_vectors(module, vectors, outputs=["up", "down"])
    c = rv.connectivity(model, model.text, target="up", measure="integrated_gradients")
    assert "the input vector minus zeros" in c.label
    with torch.no_grad():
        fallen = module(vectors[None]) - module(torch.zeros_like(vectors)[None])
    assert c.scores.sum(1) == pytest.approx(fallen[0, :, 0].numpy(), abs=1e-6)
    with pytest.raises(ValueError, match="reads vectors, whose baseline is zeros"):
        rv.connectivity(model.by("occlusion", baseline="0"), model.text, target="up")


def test_what_a_model_can_be_read_by():
    gradients = ["norm", "squared", "embedding_norm", "grad_x_input"]
    found = {
        make: measures_of(rv.SequenceModel(double(make), "abcdefgh").network)[4:]
        for make in (Gru, Causal, language_models.Transformer)
    }
    assert found[Gru] == ["integrated_gradients", "smooth_grad", "occlusion"]
    assert found[Causal] == ["integrated_gradients", "smooth_grad", "deep_lift", "occlusion"]
    assert found[language_models.Transformer] == [
        *("integrated_gradients", "smooth_grad", "occlusion", "attention", "attention_rollout")
    ]
    network = rv.SequenceModel(double(Gru), "abcdefgh").network
    assert measures_of(network)[:4] == gradients


def test_by():
    model = rv.SequenceModel(Recurrent(symbols=8, classes=8), "abcdefgh", name="GRU")
    other = model.by("integrated_gradients", n_steps=7)
    assert other.name == "GRU, integrated gradients"
    assert other.by("norm").name == "GRU, gradient norm"
    assert other.network is model.network
    assert model.measure is None
    c = rv.connectivity(other, TEXT, measure="norm")
    assert c.measure == "integrated_gradients"
    assert "7 steps" in c.label
    assert rv.connectivity(model.by("squared"), TEXT).measure == "squared"


def test_options_that_do_not_fit():
    model = rv.SequenceModel(Recurrent(symbols=8, classes=8), "abcdefgh", name="GRU")
    with pytest.raises(ValueError, match=r"measure must be one of 'norm', .*'attention_rollout'"):
        model.by("gradient")
    with pytest.raises(TypeError, match="occlusion does not take 'n_steps'"):
        model.by("occlusion", n_steps=3)
    with pytest.raises(ValueError, match=r"only 'integrated_gradients', .* have options"):
        model.by("norm", n_steps=3)
    with pytest.raises(ValueError, match="n_steps must be a natural number; got 0"):
        model.by("integrated_gradients", n_steps=0)
    with pytest.raises(ValueError, match="noise must be a share"):
        model.by("smooth_grad", noise=0)
    with pytest.raises(TypeError, match="baseline must be an input symbol; got 3"):
        model.by("occlusion", baseline=3)
    with pytest.raises(ValueError, match=r"baseline='é' must be one of the input symbols of GRU"):
        rv.connectivity(model.by("occlusion", baseline="é"), TEXT)


def test_every_method_tells_itself():
    for name, method in METHODS.items():
        assert name == method.name == make_method(name).name
        assert len(method.label) > 20

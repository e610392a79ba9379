"""Integrated gradients, smooth grad and DeepLift against the same, written out, in float64."""

import builtins

import language_models
import numpy as np
import pytest
import torch
from engines.method_modules import (
    IDS,
    MODULES,
    TARGETS,
    TEXT,
    Causal,
    Gru,
    Viewed,
    double,
    embedded_of,
    scored,
)
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import measures_of
from rnnviz_widget.engines.methods import by_captum


class ByFunctions(Causal):
    """The same with functions in the place of modules."""

    def forward(self, ids):
        return self.plain(self.embedding(ids)[0])[None]


def gradient(module, embedded, s, k):
    embedded = embedded.detach().requires_grad_()
    return torch.autograd.grad(module.plain(embedded)[s, k], embedded)[0]


@pytest.mark.parametrize("make", MODULES)
@pytest.mark.parametrize("baseline", [None, "c"])
def test_integrated_gradients(make, baseline):
    module = double(make)
    options = {"n_steps": 40} | ({} if baseline is None else {"baseline": baseline})
    c = scored(module, "integrated_gradients", **options)
    assert c.signed
    assert c.engine == "captum"
    embedded = embedded_of(module)
    nothing = torch.zeros(embedded.shape[1]).double()
    if baseline:
        nothing = module.embedding.weight.detach()[2]
    points, weights = np.polynomial.legendre.leggauss(40)
    with torch.no_grad():
        exact = module.plain(embedded) - module.plain(nothing.expand_as(embedded))
    largest, alike = 0.0, 0
    for s, k in enumerate(TARGETS):
        total = torch.zeros_like(embedded)
        for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
            at = nothing + point * (embedded - nothing)
            total += weight * gradient(module, at, s, k)
        row = ((embedded - nothing) * total).sum(1).numpy()
        missed = abs(c.scores[s].sum() - float(exact[s, k]))
        largest = max(largest, missed / abs(c.scores[s]).max())
        # Where 40 steps miss the sum, captum was asked again with more.
        if abs(row.sum() - float(exact[s, k])) < 9e-3 * abs(row).sum():
            # Captum's weights are in single precision.
            assert abs(c.scores[s] - row).max() < 5e-7 * abs(row).max()
            alike += 1
    assert alike > len(TEXT) / 2
    assert c.accuracy.error == pytest.approx(largest, rel=1e-6, abs=1e-12)
    if make in {Gru, Viewed}:
        assert largest < 1e-5


def test_more_steps_where_the_sum_is_missed():
    module = double(Gru)
    few, many = (scored(module, "integrated_gradients", n_steps=n) for n in (1, 60))
    assert few.accuracy.error < 0.02
    assert abs(few.scores - many.scores).max() < 1e-2 * abs(many.scores).max()


def test_smooth_grad_is_the_mean_over_the_same_noise_each_time():
    module = double(Viewed)
    c = scored(module, "smooth_grad", samples=6, noise=0.2)
    again = scored(module, "smooth_grad", samples=6, noise=0.2)
    assert np.array_equal(c.scores, again.scores)
    assert not c.signed
    embedded = embedded_of(module)
    deviation = 0.2 * float(embedded.max() - embedded.min())
    for s, k in enumerate(TARGETS):
        read = embedded[: s + 1]
        norms = []
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            for _ in range(6):
                spread = torch.full((1, *read.shape), deviation)
                noise = torch.normal(0, spread)[0].double()
                norms.append(gradient(module, read + noise, s, k).norm(dim=1))
        row = torch.stack(norms).mean(0).numpy()
        # Captum draws in single precision.
        assert abs(c.scores[s, : s + 1] - row).max() < 1e-6 * row.max()


def test_noise_that_vanishes_leaves_the_norm():
    module = double(Gru)
    smooth = scored(module, "smooth_grad", samples=2, noise=1e-9).scores
    plain = scored(module, "embedding_norm").scores
    assert abs(smooth - plain).max() < 1e-7 * plain.max()


def test_deep_lift_is_the_rescale_rule():
    module = double(Causal)
    c = scored(module, "deep_lift")
    embedded = embedded_of(module)
    nothing = torch.zeros_like(embedded)

    def layers(e):
        first = module.hidden(e[None])[0]
        second = module.second(first.tanh())
        return first, first.tanh(), second, second.clamp(min=0)

    with torch.no_grad():
        here, there = layers(embedded), layers(nothing)
        slopes = [(here[n + 1] - there[n + 1]) / (here[n] - there[n]) for n in (0, 2)]
        whole = module.plain(embedded) - module.plain(nothing)
    kernel = module.first.weight.detach()
    for s, k in enumerate(TARGETS):
        back = module.head.weight.detach()[k] * slopes[1][s]
        back = (back @ module.second.weight.detach()) * slopes[0][s]
        row = torch.zeros(len(TEXT)).double()
        for lag in range(3):
            t = s - 2 + lag
            if t >= 0:
                row[t] = (back @ kernel[:, :, lag]) @ embedded[t]
        assert abs(c.scores[s] - row.numpy()).max() < 1e-10
        assert c.scores[s].sum() == pytest.approx(float(whole[s, k]), abs=1e-10)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (Gru, "no rule for GRU"),
        (language_models.Transformer, "no rule for TransformerEncoderLayer"),
        (ByFunctions, "does not read each as by itself"),
    ],
)
def test_what_deep_lift_has_no_rule_for_is_refused(make, what):
    with pytest.raises(ValueError, match=rf"deep_lift can't serve {make.__name__}: .*{what}"):
        scored(double(make), "deep_lift")


class Gated(Causal):
    """A product of two activations, which has no rule, and no module either."""

    def forward(self, ids):
        hidden = self.hidden(self.embedding(ids))
        return self.head(self.second(self.tanh(hidden) * hidden.sigmoid()))


class Twice(Causal):
    """One module of an activation, called twice."""

    def forward(self, ids):
        hidden = self.tanh(self.hidden(self.embedding(ids)))
        return self.head(self.tanh(self.second(hidden)))


@pytest.mark.parametrize("make", [Gated, Twice])
def test_scores_of_deep_lift_that_do_not_add_up_are_refused(make):
    with pytest.raises(ValueError, match="use integrated_gradients"):
        scored(double(make), "deep_lift")


class Activated(Causal):
    """With another activation in the place of the tanh."""

    def __init__(self, activation):
        super().__init__()
        self.tanh = activation


@pytest.mark.parametrize(
    "activation",
    [nn.ReLU(), nn.ELU(), nn.LeakyReLU(), nn.Sigmoid(), nn.Tanh(), nn.Softplus()],
    ids=lambda activation: type(activation).__name__,
)
def test_deep_lift_adds_up_where_there_is_a_rule(activation):
    module = double(Activated, activation)
    with torch.no_grad():
        ids = torch.tensor([IDS])
        nothing = module.head(
            module.relu(module.second(module.tanh(module.hidden(torch.zeros(1, 14, 5).double()))))
        )
        whole = (module(ids) - nothing)[0].numpy()
    c = scored(module, "deep_lift")
    for s, k in enumerate(TARGETS):
        assert c.scores[s].sum() == pytest.approx(whole[s, k], abs=1e-9)
    assert abs(c.scores).max() > 1e-3


# Captum has a rule for a softmax, by which scores do not add up.
@pytest.mark.parametrize(
    "activation", [nn.GELU(), nn.SiLU(), nn.LayerNorm(9), nn.Mish(), nn.Softmax(-1)]
)
def test_deep_lift_without_a_rule(activation):
    with pytest.raises(ValueError, match="use integrated_gradients"):
        scored(double(Activated, activation), "deep_lift")


@pytest.mark.parametrize("make", [Gru, language_models.Transformer])
def test_the_sum_alone_tells_what_has_no_rule(make, monkeypatch):
    monkeypatch.setattr(by_captum, "_WITHOUT_RULE", ())
    with pytest.raises(ValueError, match="miss the sum that they should have"):
        scored(double(make), "deep_lift")


@pytest.mark.parametrize(
    "layer", [nn.RNN(2, 2), nn.GRU(2, 2), nn.LSTM(2, 2), nn.GRUCell(2, 2), nn.LayerNorm(2)]
)
def test_layers_without_a_rule_are_told_by_name(layer):
    found = by_captum.without_rule(nn.Sequential(nn.Linear(2, 2), layer))
    assert found == type(layer).__name__


def test_without_captum_it_is_said_how_to_install_it(monkeypatch):
    module = double(Gru)
    monkeypatch.setattr(by_captum.util, "find_spec", lambda _: None)
    with pytest.raises(ImportError, match=r"pip install 'rnnviz-widget\[methods\]'"):
        scored(module, "integrated_gradients")
    assert scored(module, "occlusion").engine == "occlusion"
    model = rv.SequenceModel(module, "abcdefgh")
    assert "integrated_gradients" not in measures_of(model.network)
    assert "occlusion" in measures_of(model.network)


def test_captum_is_imported_only_where_it_is_needed(monkeypatch):
    imported = []
    real = builtins.__import__

    def spy(name, *args, **kwargs):
        imported.append(name)
        return real(name, *args, **kwargs)

    module = double(Gru)
    monkeypatch.setattr(builtins, "__import__", spy)
    scored(module, "occlusion")
    assert not any(name.startswith("captum") for name in imported)
    scored(module, "integrated_gradients")
    assert any(name.startswith("captum") for name in imported)

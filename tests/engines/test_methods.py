"""Methods against the same written out by hand, in double precision."""

import builtins

import kinds
import numpy as np
import pytest
import torch
from small import Recurrent, seeded
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import METHODS, make_method, measures_of
from rnnviz_widget.engines.methods import by_captum
from rnnviz_widget.reading import Question, Reading

TEXT = "abcahgfedbabdc"
IDS = ["abcdefgh".index(one) for one in TEXT]
TARGETS = [(3 * s + 1) % 8 for s in range(len(TEXT))]


class Gru(kinds.Base):
    """A GRU."""


class Viewed(kinds.Base):
    """Takes for granted that the batch is one text."""

    def forward(self, ids):
        hidden = self.cell(self.embedding(ids))[0]
        return self.head(hidden.view(1, ids.shape[1], -1))


class Causal(nn.Module):
    """Convolutions with activations that are modules, each called once."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(8, 5)
        self.first, self.tanh = nn.Conv1d(5, 9, 3), nn.Tanh()
        self.second, self.relu = nn.Linear(9, 11), nn.ReLU()
        self.head = nn.Linear(11, 8)

    def hidden(self, embedded):
        padded = nn.functional.pad(embedded.transpose(-1, -2), (2, 0))
        return self.first(padded).transpose(-1, -2)

    def forward(self, ids):
        hidden = self.tanh(self.hidden(self.embedding(ids)))
        return self.head(self.relu(self.second(hidden)))

    def plain(self, embedded):
        hidden = self.hidden(embedded[None])[0].tanh()
        return self.head(self.second(hidden).clamp(min=0))


class ByFunctions(Causal):
    """The same with functions in the place of modules."""

    def forward(self, ids):
        return self.plain(self.embedding(ids)[0])[None]


class Classifier(kinds.Base):
    """One output for the whole text."""

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0].mean(1))

    def plain(self, embedded):
        return self.head(self.read(embedded).mean(0))


MODULES = [Gru, Viewed, kinds.Transformer, Causal]


def double(make, *args, **kwargs):
    return seeded(make, *args, **kwargs).double().eval()


def scored(module, measure, targets=None, text=TEXT, **options):
    model = rv.SequenceModel(module, "abcdefgh")
    if options:
        model, measure = model.by(measure, **options), None
    names = ["abcdefgh"[k] for k in (TARGETS if targets is None else targets)]
    return rv.connectivity(model, text, target=names, measure=measure)


def embedded_of(module):
    return module.embedding.weight.detach()[IDS]


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
        (kinds.Transformer, "no rule for TransformerEncoderLayer"),
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


@pytest.mark.parametrize("make", [Gru, kinds.Transformer])
def test_the_sum_alone_tells_what_has_no_rule(make, monkeypatch):
    monkeypatch.setattr(by_captum, "_WITHOUT_RULE", ())
    with pytest.raises(ValueError, match="miss the difference that they should add up to"):
        scored(double(make), "deep_lift")


@pytest.mark.parametrize(
    "layer", [nn.RNN(2, 2), nn.GRU(2, 2), nn.LSTM(2, 2), nn.GRUCell(2, 2), nn.LayerNorm(2)]
)
def test_layers_without_a_rule_are_told_by_name(layer):
    found = by_captum.without_rule(nn.Sequential(nn.Linear(2, 2), layer))
    assert found == type(layer).__name__


def weights_of(module, embedded):
    """Attention of each layer of `kinds.Transformer`, (layers, heads, T, T), by its equations."""
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
    module = double(kinds.Transformer, causal)
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
    module = double(kinds.Transformer)
    first, second = weights_of(module, embedded_of(module)).mean(1).numpy()
    one = np.eye(len(TEXT))
    truth = (second / 2 + one / 2) @ (first / 2 + one / 2)
    assert abs(scored(module, "attention_rollout").scores - truth).max() < 1e-14


class Averaged(kinds.Transformer):
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
        told = plain.eval()(torch.tensor([IDS]), output_attentions=True).attentions
    truth = torch.stack(told)[:, 0].mean((0, 1)).numpy()
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
    verb = "speaks" if name == "occlusion" else "would speak"
    assert f"+ {verb} for “b”" in c.label


def test_a_fill_gives_what_rows_give_in_parts():
    model = rv.SequenceModel(double(Gru), "abcdefgh")
    reading = Reading(model, TEXT, Question(rv.TOP, "occlusion"))
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
    assert "the input vector less zeros" in c.label
    with torch.no_grad():
        fallen = module(vectors[None]) - module(torch.zeros_like(vectors)[None])
    assert c.scores.sum(1) == pytest.approx(fallen[0, :, 0].numpy(), abs=1e-6)
    with pytest.raises(ValueError, match="reads vectors, in whose place zeros stand"):
        rv.connectivity(model.by("occlusion", baseline="0"), model.text, target="up")


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


def test_what_a_model_can_be_read_by():
    gradients = ["norm", "squared", "embedding_norm", "grad_x_input"]
    found = {
        make: measures_of(rv.SequenceModel(double(make), "abcdefgh").network)[4:]
        for make in (Gru, Causal, kinds.Transformer)
    }
    common, running = ["integrated_gradients", "smooth_grad"], ["occlusion", "exchange"]
    assert found[Gru] == [*common, *running, "quick_exchange"]
    assert found[Causal] == [*common, "deep_lift", *running]
    assert found[kinds.Transformer] == [*common, *running, "attention", "attention_rollout"]
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

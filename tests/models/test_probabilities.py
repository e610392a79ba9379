"""Modules that return probabilities: what is shown and explained is the module's own."""

import numpy as np
import pytest
import torch
from kinds import LETTERS, NAMES, Base, Classifier, H, OneHot, Sensor, Tagger, Transformer, by_hand
from small import seeded, worst
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES, Network, choose_engine
from rnnviz_widget.reading import Reading, strip_of

TEXT = "badhegfc"
TRIED = ["norm", "grad_x_input"]
OF_CLASSES = "Its forward returns probabilities, not logits"
OF_EACH = "Its forward returns a probability for each class by itself"
ZERO = "A probability of exactly 0"


def in_place(x):
    return x.clone().sigmoid_()


# As people write it; each is the softmax over the last axis.
SOFTMAXES = {
    "module": nn.Softmax(-1),
    "function": lambda x: F.softmax(x, dim=2),
    "method": lambda x: x.softmax(-1),
    "keywords": lambda x: torch.softmax(input=x, dim=-1),
    "in another precision": lambda x: F.softmax(x, -1, dtype=torch.float64).to(x),
    "in one long list": lambda x: x.view(-1, x.shape[-1]).softmax(1),
    "of a part": lambda x: torch.cat([x, x - 1], -1)[..., : x.shape[-1]].softmax(-1)[:, :],
    "transposed twice": lambda x: x.transpose(1, 2).softmax(1).transpose(1, 2),
    "in a mapping": lambda x: {"probabilities": x.softmax(-1)},
    "of log probabilities": lambda x: x.log_softmax(-1).exp(),
    "by hand": lambda x: x.exp() / x.exp().sum(-1, keepdim=True),
    "step by step": lambda x: torch.stack([each.softmax(-1) for each in x.unbind(1)], 1),
    "and clamped": lambda x: x.softmax(-1).clamp(1e-12, 1),
}
SIGMOIDS = {
    "module": nn.Sigmoid(),
    "function": torch.sigmoid,
    "method": lambda x: x.sigmoid(),
    "special": torch.special.expit,
    "in place": in_place,
    "step by step": lambda x: torch.stack([each.sigmoid() for each in x.unbind(1)], 1),
}


class Ending(Base):
    """Base, with something after its head."""

    def __init__(self, end, strength=1.0, **options):
        super().__init__(**options)
        self.end = end
        self.strength = strength

    def forward(self, ids):
        return self.end(self.strength * super().forward(ids))

    def plain(self, embedded):
        return self.explained(self.strength * super().plain(embedded))


class Softmaxed(Ending):
    explained = staticmethod(lambda logits: logits.log_softmax(-1))


class Sigmoided(Ending):
    explained = staticmethod(lambda logits: logits)


def made(make, end, *args, **options):
    return seeded(make, end, *args, dtype=torch.float64, **options)


def own(module, text=TEXT):
    """What the module itself returns for a text, (T, V)."""
    with torch.no_grad():
        found = module.eval()(torch.tensor([[LETTERS.index(each) for each in text]]))
    found = found["probabilities"] if isinstance(found, dict) else found
    return found.reshape(len(text), -1).numpy()


def right_scores(module, target, measure):
    ids = [LETTERS.index(each) for each in TEXT]
    one_hot = torch.eye(len(LETTERS), dtype=torch.float64)[ids]
    return by_hand(module, one_hot, [target] * len(TEXT), measure, module.table())


def notes(model, beginning):
    return [note for note in model.network.notes if note.startswith(beginning)]


@pytest.mark.parametrize("measure", TRIED)
@pytest.mark.parametrize("name", SOFTMAXES)
def test_a_softmax_at_the_end_is_seen(name, measure):
    module = made(Softmaxed, SOFTMAXES[name])
    model = rv.SequenceModel(module, LETTERS)
    found = rv.connectivity(model, TEXT, target="c", measure=measure)
    np.testing.assert_allclose(found.target_probabilities, own(module)[:, 2], rtol=1e-10)
    assert worst(found.scores, right_scores(module, 2, measure)) < 1e-9
    assert len(notes(model, OF_CLASSES)) == 1
    assert found.engine == "sweep"


@pytest.mark.parametrize("measure", TRIED)
@pytest.mark.parametrize("name", SIGMOIDS)
def test_a_sigmoid_at_the_end_is_seen(name, measure):
    module = made(Sigmoided, SIGMOIDS[name])
    model = rv.SequenceModel(module, LETTERS)
    found = rv.connectivity(model, TEXT, target="c", measure=measure)
    np.testing.assert_allclose(found.target_probabilities, own(module)[:, 2], rtol=1e-10)
    assert worst(found.scores, right_scores(module, 2, measure)) < 1e-9
    assert len(notes(model, OF_EACH)) == 1
    assert found.engine == "sweep"
    reading = Reading(model, TEXT)
    np.testing.assert_allclose(reading.odds(3), own(module)[3], rtol=1e-6)
    np.testing.assert_allclose(reading.facet.top_probabilities[3], np.sort(own(module)[3])[::-1])
    assert reading.likeliest(3, "c", 5) == [("c", pytest.approx(own(module)[3, 2]))]


@pytest.mark.parametrize("make", [Softmaxed, Sigmoided])
def test_cross_entropy_is_of_the_modules_own_probabilities(make):
    module = made(make, nn.Softmax(-1) if make is Softmaxed else nn.Sigmoid(), 6.0)
    text = TEXT * 30
    evaluation = rv.evaluate(rv.SequenceModel(module, LETTERS), [text], progress=False)
    right = [LETTERS.index(each) for each in text[1:]]
    logs = -np.log(own(module, text)[range(len(right)), right])
    assert evaluation.cross_entropy().value == pytest.approx(logs.mean(), rel=1e-6)


@pytest.mark.parametrize("strength", [300.0, 1e4])
@pytest.mark.parametrize("make", [Softmaxed, Sigmoided])
def test_a_probability_that_is_not_told_from_0_or_1_still_has_its_gradient(make, strength):
    module = seeded(make, nn.Softmax(-1) if make is Softmaxed else nn.Sigmoid(), strength)
    assert ((own(module) == 0) | (own(module) == 1)).any()
    model = rv.SequenceModel(module, LETTERS)
    exact = made(make, module.end, strength)
    exact.load_state_dict(module.state_dict())
    saturated = 0
    for k, name in enumerate(LETTERS):
        truth = right_scores(exact, k, "norm")
        seen = truth.max(1) > 1e-3 * truth.max()
        p = own(module)[seen, k]
        saturated += int(((p == 0) | (p == 1)).sum())
        found = rv.connectivity(model, TEXT, target=name)
        assert worst(found.scores[seen], truth[seen]) < 1e-3
    assert saturated > 0
    assert not any(ZERO in note for note in model.network.notes)


def test_where_it_has_none_it_is_said():
    module = seeded(Softmaxed, lambda x: 1 * x.softmax(-1), 1e4)
    assert (own(module) == 0).any()
    model = rv.SequenceModel(module, LETTERS)
    for target in LETTERS:
        found = rv.connectivity(model, TEXT, target=target)
        assert np.isfinite(found.scores).all()
        np.testing.assert_allclose(
            found.target_probabilities, own(module)[:, LETTERS.index(target)], atol=1e-6
        )
    (note,) = notes(model, OF_CLASSES)
    assert ZERO in note


def test_a_sparse_softmax_is_one():
    module = made(Softmaxed, rv.Sparsemax(-1), 6.0)
    model = rv.SequenceModel(module, LETTERS)
    found = rv.connectivity(model, TEXT, target="c")
    np.testing.assert_allclose(found.target_probabilities, own(module)[:, 2], atol=1e-12)
    assert np.isfinite(found.scores).all()
    assert ZERO in notes(model, OF_CLASSES)[0]


@pytest.mark.parametrize("make", [Softmaxed, Sigmoided])
def test_a_class_that_is_ruled_out_has_no_probability(make):
    end = nn.Softmax(-1) if make is Softmaxed else nn.Sigmoid()
    module = made(make, lambda x: end(x.masked_fill(torch.arange(8) == 3, -torch.inf)))
    model = rv.SequenceModel(module, LETTERS)
    found = rv.connectivity(model, TEXT, target="c")
    np.testing.assert_allclose(found.target_probabilities, own(module)[:, 2], rtol=1e-9)
    module.explained = lambda logits: make.explained(
        logits.masked_fill(torch.arange(8) == 3, -torch.inf)
    )
    assert worst(found.scores, right_scores(module, 2, "norm")) < 1e-9
    ruled_out = rv.connectivity(model, TEXT, target="d")
    assert ruled_out.target_probabilities.max() < 1e-300
    assert not ruled_out.scores.any()
    assert ZERO in model.network.notes[0]


@pytest.mark.parametrize("measure", TRIED)
@pytest.mark.parametrize("whole", [False, True])
def test_one_sigmoid_with_one_name(whole, measure):
    module = made(Sigmoided, lambda x: x.sigmoid()[:, -1] if whole else x.sigmoid(), classes=1)
    model = rv.SequenceModel(module, LETTERS, ["yes"])
    found = rv.connectivity(model, TEXT, target="yes", measure=measure)
    with torch.no_grad():
        mine = module(torch.tensor([[LETTERS.index(each) for each in TEXT]])).flatten().numpy()
    np.testing.assert_allclose(found.target_probabilities, mine if not whole else [mine[0]] * 8)
    truth = right_scores(module, 0, measure)
    assert worst(found.scores[-1:], truth[-1:]) < 1e-9
    assert notes(model, "Its forward returns a probability, not a logit")
    assert not notes(model, "It has one class")


@pytest.mark.parametrize("how", ["sigmoid", "log_odds", "independent_probabilities"])
@pytest.mark.parametrize("whole", [False, True])
def test_one_number_for_two_names_is_of_the_second(whole, how):
    def end(x):
        x = x if how == "log_odds" else x.sigmoid()
        x = x * 1 if how == "independent_probabilities" else x
        return x[:, -1] if whole else x

    module = made(Sigmoided, end, classes=1)
    returns = None if how == "sigmoid" else how
    model = rv.SequenceModel(module, LETTERS, ["no", "yes"], returns=returns)
    truth = right_scores(module, 0, "grad_x_input")
    with torch.no_grad():
        p = module.plain(module.table()[[LETTERS.index(each) for each in TEXT]]).sigmoid()
    for name, sign in (("yes", 1), ("no", -1)):
        found = rv.connectivity(model, TEXT, target=name, measure="grad_x_input")
        assert worst(found.scores[-1:], sign * truth[-1:]) < 1e-9
        right = float(p[-1]) if name == "yes" else 1 - float(p[-1])
        assert found.target_probabilities[-1] == pytest.approx(right)
    assert notes(model, "Its forward returns one number for two classes")


SQUEEZED = {
    "of each token": lambda x: x.squeeze(-1),
    "of each token, no batch": lambda x: x.squeeze(-1).squeeze(0),
    "of the text": lambda x: x[:, -1].squeeze(-1),
    "of the text, no batch": lambda x: x[:, -1].squeeze(),
}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("names", [["yes"], ["no", "yes"]])
@pytest.mark.parametrize("name", SQUEEZED)
def test_one_number_without_an_axis_of_classes(name, names, after):
    squeeze = SQUEEZED[name]
    end = (lambda x: squeeze(x.sigmoid())) if after else (lambda x: squeeze(x).sigmoid())
    module = made(Sigmoided, end, classes=1)
    plain = made(Sigmoided, torch.sigmoid, classes=1)
    model = rv.SequenceModel(module, LETTERS, names)
    for text in (TEXT, "ba", "c"):
        found = rv.connectivity(model, text, target="yes")
        assert found.target_probabilities[-1] == pytest.approx(own(plain, text)[-1, 0])
    found = rv.connectivity(model, TEXT, target="yes")
    assert worst(found.scores[-1:], right_scores(plain, 0, "norm")[-1:]) < 1e-9


def test_one_logit_for_two_names_is_refused_with_what_to_say():
    for end in (nn.Identity(), lambda x: x[:, -1]):
        with pytest.raises(ValueError, match=r'returns="log_odds"'):
            rv.SequenceModel(made(Sigmoided, end, classes=1), LETTERS, ["no", "yes"])


def test_who_knows_better_says_so():
    module = made(Sigmoided, nn.Sigmoid())
    model = rv.SequenceModel(module, LETTERS, returns="logits")
    found = rv.connectivity(model, TEXT, target="c")
    softmax = np.exp(own(module)) / np.exp(own(module)).sum(1, keepdims=True)
    np.testing.assert_allclose(found.target_probabilities, softmax[:, 2])
    assert model.network.notes == []

    plain = made(Sigmoided, nn.Identity())
    each = rv.SequenceModel(plain, LETTERS, returns="log_odds")
    found = rv.connectivity(each, TEXT, target="c")
    np.testing.assert_allclose(found.target_probabilities, 1 / (1 + np.exp(-own(plain)[:, 2])))
    assert worst(found.scores, right_scores(plain, 2, "norm")) < 1e-9
    assert notes(each, "Each class is right or wrong by itself")

    logs = made(Softmaxed, nn.LogSoftmax(-1))
    said = rv.SequenceModel(logs, LETTERS, returns="log_probabilities")
    found = rv.connectivity(said, TEXT, target="c")
    np.testing.assert_allclose(found.target_probabilities, np.exp(own(logs)[:, 2]))
    assert said.network.notes == []

    softmax = made(Softmaxed, nn.Softmax(-1))
    said = rv.SequenceModel(softmax, LETTERS, returns="probabilities")
    assert (
        worst(rv.connectivity(said, TEXT, target="c").scores, right_scores(softmax, 2, "norm"))
        < 1e-9
    )


@pytest.mark.parametrize(
    ("returns", "end", "words"),
    [
        ("odds", nn.Identity(), r"returns must be one of 'logits', .*got 'odds'"),
        (3, nn.Identity(), r"returns must be one of .*got 3"),
        ("probabilities", nn.Identity(), r"add up to 1; the module returns numbers from -"),
        ("probabilities", nn.Sigmoid(), r"at the first output\. Pass returns=\"independent"),
        (
            "independent_probabilities",
            nn.Identity(),
            r"all numbers lie between 0 and 1; the module",
        ),
    ],
)
def test_what_it_cant_return_is_said(returns, end, words):
    with pytest.raises(ValueError, match=words):
        rv.SequenceModel(made(Sigmoided, end), LETTERS, returns=returns)


def test_logits_that_happen_to_lie_between_0_and_1_are_logits():
    for end in (
        lambda x: 0.5 + 0.4 * x.tanh(),
        lambda x: x.abs() / (1 + x.abs()),
        nn.Hardsigmoid(),
    ):
        module = made(Sigmoided, end)
        model = rv.SequenceModel(module, LETTERS)
        assert model.network.notes == []
        softmax = np.exp(own(module)) / np.exp(own(module)).sum(1, keepdims=True)
        found = rv.connectivity(model, TEXT, target="c")
        np.testing.assert_allclose(found.target_probabilities, softmax[:, 2])


def test_rows_that_add_up_to_1_on_one_text_only_are_logits():
    class Sometimes(Base):
        def forward(self, ids):
            found = super().forward(ids)
            # On the text that a module is tried on first.
            return torch.where(ids[:, :1, None] == ids[:, -1:, None], found.softmax(-1), found)

    assert rv.SequenceModel(seeded(Sometimes), LETTERS).network.notes == []


def test_a_softmax_over_another_axis_is_said():
    model = rv.SequenceModel(made(Sigmoided, nn.Softmax(1)), LETTERS)
    assert notes(model, "Its forward ends in a softmax, but not over the classes")
    assert not model.network.capabilities.independent_classes


def test_no_random_module_of_logits_is_taken_for_one_of_probabilities():
    for number, make in enumerate([Base, Tagger, Transformer, Classifier] * 8):
        module = seeded(make, seed=number)
        outputs = NAMES if make in (Tagger, Classifier) else LETTERS
        found = rv.SequenceModel(module, LETTERS, outputs).network.notes
        assert not any("robabilit" in note for note in found)


class Ends(nn.Module):
    """Another module, with something at its end."""

    def __init__(self, inner, end):
        super().__init__()
        self.inner = inner
        self.end = end

    def forward(self, x):
        return self.end(self.inner(x))


@pytest.mark.filterwarnings("ignore:`?torch.jit:DeprecationWarning")
@pytest.mark.parametrize("end", [nn.Softmax(-1), nn.Sigmoid()])
@pytest.mark.parametrize("script", [False, True])
@pytest.mark.parametrize("make", [Base, Classifier, Tagger, Transformer, OneHot])
def test_other_kinds_of_modules_end_so_too(make, script, end):
    if script and make is Transformer:
        make = Base
    inner = seeded(make, dtype=torch.float64)
    module = Ends(inner, end).eval()
    outputs = NAMES if make in (Tagger, Classifier) else LETTERS
    options = {"one_hot": True} if make is OneHot else {}
    run = torch.jit.script(module) if script else module
    model = rv.SequenceModel(run, LETTERS, outputs, **options)
    found = rv.connectivity(model, TEXT, target=outputs[1])
    ids = torch.tensor([[LETTERS.index(each) for each in TEXT]])
    with torch.no_grad():
        mine = module(torch.eye(8, dtype=torch.float64)[ids] if make is OneHot else ids)
        rows = mine.expand(8, -1) if make is Classifier else mine[0]
    np.testing.assert_allclose(found.target_probabilities, rows[:, 1], rtol=1e-9)
    of_softmax = isinstance(end, nn.Softmax)
    assert notes(model, OF_CLASSES if of_softmax else OF_EACH)
    plain = inner.plain
    inner.plain = lambda e: plain(e).log_softmax(-1) if of_softmax else plain(e)
    inputs = torch.eye(8, dtype=torch.float64)[ids[0]]
    matrix = None if make is OneHot else inner.table()
    assert worst(found.scores, by_hand(inner, inputs, [1] * 8, "norm", matrix)) < 1e-9


@pytest.mark.parametrize("end", [nn.Softmax(-1), nn.Sigmoid()])
def test_each_token_masked_in_turn(end):
    inner = seeded(lambda: Transformer(causal=False), dtype=torch.float64)
    network = Network(Ends(inner, end), 8, 8, mask=2)
    of_logs = nn.LogSoftmax(-1) if isinstance(end, nn.Softmax) else nn.Identity()
    plain = Network(Ends(inner, of_logs), 8, 8, mask=2)
    ids = torch.tensor([1, 0, 3, 7, 4])
    engine, right = (choose_engine(each, ids) for each in (network, plain))
    rows, targets = [0, 3], [1, 5]
    found, _ = engine.rows(rows, targets, MEASURES["norm"])
    truth, _ = right.rows(rows, targets, MEASURES["norm"])
    assert worst(found.numpy(), truth.numpy()) < 1e-12
    masked = ids.clone()
    masked[3] = 2
    with torch.no_grad():
        p = network.module(masked[None])[0, 3]
    torch.testing.assert_close(network.probabilities(engine.outputs([3])[0]), p)


def test_vectors_too():
    vectors = torch.randn(9, 3, generator=torch.Generator().manual_seed(0))
    inner = seeded(Sensor)
    model = rv.SequenceModel.from_vectors(Ends(inner, nn.Sigmoid()), vectors, outputs=NAMES)
    found = rv.connectivity(model, model.text, target="verb")
    with torch.no_grad():
        np.testing.assert_allclose(
            found.target_probabilities, inner(vectors[None])[0, :, 1].sigmoid(), rtol=1e-5
        )
    said = rv.SequenceModel.from_vectors(inner, vectors, outputs=NAMES, returns="log_odds")
    again = rv.connectivity(said, said.text, target="verb")
    np.testing.assert_allclose(again.scores, found.scores, rtol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_too(dtype):
    module = seeded(Softmaxed, nn.Softmax(-1), dtype=dtype)
    found = rv.connectivity(rv.SequenceModel(module, LETTERS), TEXT, target="c")
    np.testing.assert_allclose(found.target_probabilities, own(module.float())[:, 2], rtol=0.05)
    assert found.scores.any()


def test_every_method_is_of_what_is_explained():
    module = made(Softmaxed, nn.Softmax(-1))
    plain = made(Softmaxed, nn.LogSoftmax(-1))
    plain.load_state_dict(module.state_dict())
    for measure in ("occlusion", "integrated_gradients", "smooth_grad"):
        found, right = (
            rv.connectivity(rv.SequenceModel(each, LETTERS), TEXT, target="c", measure=measure)
            for each in (module, plain)
        )
        np.testing.assert_allclose(found.scores, right.scores, rtol=1e-6, atol=1e-9)


def test_it_is_found_out_anew_with_other_weights_and_by_other_processes(tmp_path):
    class Switch(Base):
        def __init__(self):
            super().__init__()
            self.register_buffer("squash", torch.tensor(False))

        def forward(self, ids):
            found = super().forward(ids)
            return found.softmax(-1) if self.squash else found

    module = seeded(Switch)
    model = rv.SequenceModel(module, LETTERS)
    assert model.network.notes == []
    before = model.network.fingerprint()
    module.squash.fill_(True)
    model.refresh()
    assert notes(model, OF_CLASSES)
    assert model.network.fingerprint() != before
    module.squash.fill_(False)
    model.refresh()
    assert model.network.notes == []
    path = tmp_path / "kept.jsonl"
    rv.evaluate(model, [TEXT * 20], memory=False, keep=path, progress=False)
    other = rv.SequenceModel(module, LETTERS, returns="log_odds")
    with pytest.raises(ValueError, match="differs in: model"):
        rv.evaluate(other, [TEXT * 20], memory=False, keep=path, progress=False)


@pytest.mark.parametrize("end", [nn.Softmax(-1), nn.Sigmoid()])
def test_a_page_that_computes_by_itself_refuses_what_it_would_show_wrongly(end, tmp_path):
    module = seeded(Sigmoided, end)
    widget = rv.explore(rv.SequenceModel(module, LETTERS), TEXT)
    with pytest.raises(ValueError, match="can't be sent with its page"):
        widget.save_html(tmp_path / "page.html", live=True)
    widget.save_html(tmp_path / "page.html")
    widget.close()


def test_a_strip_of_classes_that_are_likely_by_themselves():
    names = [f"{number:03}" for number in range(400)]
    module = made(Sigmoided, nn.Sigmoid(), classes=400, width=H)
    reading = Reading(rv.SequenceModel(module, LETTERS, names), TEXT)

    strip = strip_of(reading.odds(3), names)
    assert strip.p.max() <= 1
    assert (strip.p >= strip.best_p - 1e-6).all()

"""Modules that return probabilities: what is shown and explained is the module's own."""

import numpy as np
import pytest
import torch
from kinds import Classifier, Tagger
from language_models import LETTERS, NAMES, Base, Transformer
from models.probability_modules import (
    OF_CLASSES,
    OF_EACH,
    TEXT,
    TRIED,
    Sigmoided,
    Softmaxed,
    made,
    notes,
    own,
    right_scores,
)
from small import seeded, worst
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

import rnnviz_widget as rv
from rnnviz_widget.reading import Reading

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
    np.testing.assert_allclose(reading.predictions.all_odds(3), own(module)[3], rtol=1e-6)
    np.testing.assert_allclose(reading.facet.top_probabilities[3], np.sort(own(module)[3])[::-1])
    assert reading.predictions.likeliest(3, "c", 5) == [("c", pytest.approx(own(module)[3, 2]))]


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

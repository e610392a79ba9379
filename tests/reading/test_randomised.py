"""`rv.randomised` against rows and correlations that are computed plainly."""

import language_models
import numpy as np
import pandas as pd
import pytest
from kinds import KINDS
from models.kinds_served import served
from small import LETTERS, recurrent, seeded

import rnnviz_widget as rv
from rnnviz_widget.models.null_twin import null_twin

TEXT = "a cat sat on a mat and then it sat on another mat"
PAIR = rv.Contrast("e", rather_than="o")


@pytest.fixture(scope="module")
def model():
    return rv.SequenceModel(recurrent("gru"), LETTERS, name="GRU")


def by_lag(scores):
    """Each share over the mean share at its lag; NaN where fewer than 8 outputs have the lag."""
    shares = scores / np.abs(scores).sum(axis=1, keepdims=True)
    size, over = len(shares), np.full_like(shares, np.nan)
    for lag in range(size):
        at = np.arange(lag, size)
        if len(at) >= 8:
            found = shares[at, at - lag]
            over[at, at - lag] = found / abs(found).mean()
    return over


def plain_correlations(one, other):
    known = ~(np.isnan(one) | np.isnan(other)) & np.tri(len(one), dtype=bool)
    rows = zip(one, other, known, strict=True)
    return [
        pd.Series(a[k]).rank().corr(pd.Series(b[k]).rank()) if k.sum() >= 8 else np.nan
        for a, b, k in rows
    ]


@pytest.mark.parametrize("target", [rv.TRUTH, rv.TOP, "e"])
def test_random_weights_explain_the_same_classes(model, target):
    found = rv.randomised(model, TEXT, target=target, seed=3)
    own = rv.connectivity(model, TEXT, target=target)
    twin = rv.connectivity(null_twin(model, 3), TEXT, target=own.targets)
    assert found.weights.targets == found.own.targets == own.targets
    assert np.allclose(found.own.scores, own.scores, rtol=1e-5)
    assert np.allclose(found.weights.scores, twin.scores, rtol=1e-5)
    assert not np.allclose(found.weights.scores, own.scores, rtol=0.1)


def test_a_random_class_is_any_other_one(model):
    found = rv.randomised(model, TEXT, target="e")
    drawn = found.classes.targets
    assert "e" not in drawn
    assert len(set(drawn)) > 10
    assert drawn == rv.randomised(model, TEXT, target="e").classes.targets
    assert drawn != rv.randomised(model, TEXT, target="e", seed=1).classes.targets
    c = rv.connectivity(model, TEXT, target=drawn)
    assert np.allclose(found.classes.scores, c.scores, rtol=1e-5)


def test_a_contrast_is_held_against_a_pair_of_others(model):
    found = rv.randomised(model, TEXT, target=PAIR)
    pairs = list(zip(found.classes.targets, found.classes.rivals, strict=True))
    assert all(len({one, other, "e", "o"}) == 4 for one, other in pairs)
    c = rv.connectivity(model, TEXT, target=[rv.Contrast(*pair) for pair in pairs])
    assert np.allclose(found.classes.scores, c.scores, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("what", ["weights", "class"])
@pytest.mark.parametrize("options", [{}, {"target": PAIR}])
def test_correlations_are_those_of_pandas(model, what, options):
    found = rv.randomised(model, TEXT, **options)
    other = found.weights if what == "weights" else found.classes
    one, two = found.own.scores, other.scores
    raw = plain_correlations(one, two)
    assert np.allclose(found.correlations(what), raw, atol=1e-9, equal_nan=True)
    assert np.isnan(raw[6])
    assert not np.isnan(raw[7])
    over = plain_correlations(by_lag(one), by_lag(two))
    assert np.allclose(found.correlations(what, per_lag=True), over, atol=1e-3, equal_nan=True)


def test_what_nothing_was_learnt_of_is_the_nearness():
    """Rows of the untrained model are alike raw, and not over what is expected."""
    model = rv.load_pretrained("gru-small")
    found = rv.randomised(model, "a context of many words may still be learned here by any models")
    later = slice(20, None)
    assert found.correlations()[later].mean() > 0.6
    assert abs(np.nanmean(found.correlations(per_lag=True)[later])) < 0.2
    over = np.nanmean(found.correlations("class", per_lag=True)[later])
    assert over > 0.4
    assert "mean rank correlation of small GRU; weights: 0." in repr(found)
    assert found.sentence(40).startswith("small GRU with random weights gives nearly the same")
    assert f"for “{found.classes.targets[40]}”, drawn at random" in found.sentence(40, "class")


def test_what_a_model_does_not_have_is_said():
    number = rv.SequenceModel(recurrent(classes=1), LETTERS, ["n"], unit="", name="N")
    found = rv.randomised(number, TEXT)
    assert found.classes is None
    assert found.why_not == {"class": "N gives one number: there is no other class"}
    assert np.isfinite(found.correlations()[7:]).all()
    with pytest.raises(ValueError, match="N gives one number"):
        found.correlations("class")
    assert "class: N gives one number" in repr(found)
    two = rv.SequenceModel(recurrent(classes=2), LETTERS, ["a", "b"], name="two")
    assert rv.randomised(two, TEXT, target="a").classes.targets == ["b"] * len(TEXT)
    found = rv.randomised(two, TEXT, target=rv.Contrast("a", "b"))
    assert found.why_not == {"class": "two has too few classes for another one"}
    with pytest.raises(ValueError, match="'weights' or 'class'"):
        found.correlations("rows")


@pytest.mark.parametrize("name", ["tagger", "transformer", "one-hot, time first", "classifier"])
def test_any_kind_of_model_has_them(name):
    _, model = served(KINDS[name])
    found = rv.randomised(model, "badhegfcaab")
    assert found.why_not == {}
    for what, other in [("weights", found.weights), ("class", found.classes)]:
        assert np.isfinite(found.correlations(what)[-1])
        assert not np.allclose(other.scores, found.own.scores)
    assert found.weights.targets == found.own.targets
    assert all(a != b for a, b in zip(found.classes.targets, found.own.targets, strict=True))
    if found.own.one_output:
        assert len(set(found.classes.targets)) == 1
        assert np.isnan(found.correlations(per_lag=True)).all()


def test_attention_is_the_same_for_every_class():
    model = rv.SequenceModel(seeded(language_models.Transformer), language_models.LETTERS)
    found = rv.randomised(model, "badge", measure="attention")
    assert found.why_not == {"class": "attention is the same for every class"}
    assert (found.weights.scores != found.own.scores).any()

"""rv.check: figures of real models."""

import json

import numpy as np
import pytest
import torch
from evaluation.faithfulness.toys import check, check_of, reruns_of
from evaluation.plainly import TEXTS, word_model
from small import LETTERS
from torch import nn

import rnnviz_widget as rv


def test_several_measures_are_held_against_the_same_runs():
    found = check(word_model(), measure=["norm", "occlusion"], target=rv.TOP)
    alone = check(word_model(), measure="occlusion", target=rv.TOP)
    assert list(found) == ["norm", "occlusion"]
    assert found["occlusion"].as_dict() == alone.as_dict()
    assert found["norm"].aopc("nearest") == found["occlusion"].aopc("nearest")
    assert found["norm"].aopc() != found["occlusion"].aopc()
    figures = found["occlusion"].as_dict()
    json.dumps(figures, allow_nan=False)
    assert figures["outputs"] == 8
    assert figures["comprehensiveness"]["nearest"]["4"]["positions"] == 8
    assert repr(alone).startswith("Check('gru', 'occlusion', 4 texts, over nearest-first ")
    assert ", sign " in repr(alone)
    assert ", sign " not in repr(found["norm"])


def test_the_default_measure_is_that_of_the_page():
    assert check(word_model(), TEXTS[:1]).measure == "norm"
    contrast = check(word_model(), TEXTS[:1], target=rv.Contrast("cat", "mat"))
    assert (
        contrast.measure
        == rv.connectivity(word_model(), TEXTS[0], target=rv.Contrast("cat", "mat")).measure
    )
    assert check(word_model().by("occlusion"), TEXTS[:1]).measure == "occlusion"


def test_occlusion_has_the_sign_of_the_effect_and_the_gradient_is_told_from_it():
    """A model that adds up what each input says: then occlusion is right, up to what is drawn."""

    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(27, 27, dtype=torch.float64)
            generator = torch.Generator().manual_seed(0)
            self.embedding.weight.data.normal_(generator=generator)

        def forward(self, ids):
            return self.embedding(ids).cumsum(dim=1)

    model = rv.SequenceModel(Sum(), LETTERS, truth="none")
    found = check(model, measure="occlusion", target=rv.Contrast("a", "b"), rows=4)
    assert found.sign_agreement().value > 0.9
    assert found.sign_gain().value == pytest.approx(
        found.sign_agreement().value - found.commoner_sign().value
    )
    assert found.effect_agreement().value > 0.9
    assert found.sign_agreement(2).positions == 2 * 4 * 4


def test_signs_of_an_unsigned_measure_are_refused():
    found = check(word_model(), TEXTS[:1])
    for figure in (found.sign_agreement, found.commoner_sign, found.effect_agreement):
        with pytest.raises(ValueError, match="norm has no sign to check"):
            figure()


def test_what_was_not_checked_is_said():
    found = check(word_model(), TEXTS[:1], steps=[1, 3])
    assert found.comprehensiveness(3).positions == 2
    for what, words in [
        (lambda: found.comprehensiveness(2), "k must be one of 1, 3; got 2"),
        (lambda: found.aopc("best"), "order must be one of 'measure', 'nearest', 'random'"),
        (lambda: found.aopc(what="speed"), "what must be 'comprehensiveness' or 'sufficiency'"),
    ]:
        with pytest.raises(ValueError, match=words):
            what()


def shuffled(seed):
    generator = np.random.default_rng(seed)
    return lambda true_rows: [
        generator.permutation(len(true.places)).astype(float) for true in true_rows
    ]


@pytest.fixture(scope="module")
def bundled():
    """Texts that a trained model reads: their reruns, and what really happens at two outputs."""
    model = rv.load_pretrained("gru-small")
    words = "the study of grammar is an important part of early education in many schools today"
    texts = [" " + words[start : start + 40] for start in range(0, 40, 2)]
    every = [reruns_of(model, text, number=n) for n, text in enumerate(texts)]
    return [(reruns, reruns.true_effects().rows) for reruns in every]


def test_random_scores_are_no_better_than_a_random_order(bundled):
    found = check_of([(*each, shuffled(n)) for n, each in enumerate(bundled)])
    gain = found.gain("random")
    assert gain.low < 0 < gain.high
    assert found.racu().low < 0 < found.racu().high
    assert found.racu("random").value == 0
    correlation = found.rank_agreement()
    assert correlation.low < 0 < correlation.high


def test_shuffled_rows_are_flagged(bundled):
    """In 19 of 20 cases at least, row by row."""
    found = check_of(
        [(*each, shuffled(100 * n + seed)) for n, each in enumerate(bundled) for seed in range(3)]
    )
    assert found.worse_than_nearest().positions == 120
    assert found.worse_than_nearest().value >= 0.95
    assert found.gain().high < 0
    assert found.gain(what="sufficiency").high < 0


def test_nearest_first_is_its_own_baseline(bundled):
    found = check_of(
        [(*each, lambda rows: [-row.lags.astype(float) for row in rows]) for each in bundled],
        signed=True,
    )
    assert found.gain() == found.worse_than_nearest()
    assert found.gain().value == 0
    assert found.racu() == found.racu("nearest")
    assert found.racu().value > 0.3
    assert found.rank_agreement(per_lag=True).value != found.rank_agreement().value


def test_what_is_expected_at_a_lag_is_taken_out():
    """Scores that only tell how near an input is say nothing once that is divided out."""
    texts = [" ".join(TEXTS)[n : n + 30] for n in range(0, 60, 3)]
    model = word_model()
    every = [reruns_of(model, text, number=n, rows=2, start=20) for n, text in enumerate(texts)]
    near = check_of(
        [
            (reruns, reruns.true_effects().rows, lambda rows: [0.8**row.lags for row in rows])
            for reruns in every
        ]
    )
    assert near.rank_agreement().value == pytest.approx(near.nearness_agreement().value)
    assert near.rank_agreement().value > 0.5
    assert abs(near.rank_agreement(per_lag=True).value) < 0.35


def test_too_few_rows_tell_nothing_about_a_lag():
    found = check(word_model(), TEXTS[:2])
    assert found.rank_agreement(per_lag=True).positions == 0
    assert found.as_dict()["rank agreement per lag"]["value"] is None


def test_attention_is_the_same_for_any_class():
    class Attends(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(27, 8)
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
            self.head = nn.Linear(8, 27)

        def forward(self, ids):
            x = self.embedding(ids)
            mask = nn.Transformer.generate_square_subsequent_mask(ids.shape[1])
            return self.head(self.attention(x, x, x, attn_mask=mask)[0])

    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = rv.SequenceModel(Attends(), LETTERS)
    found = check(model, measure="attention")
    assert found.class_correlation().value == pytest.approx(1)
    assert found.twin_correlation().value < 0.9

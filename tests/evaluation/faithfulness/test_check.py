"""rv.check: figures of real models, what it refuses, what it keeps."""

import itertools
import json

import numpy as np
import pytest
import torch
from evaluation.faithfulness.toys import check_of, reruns_of, two_back
from evaluation.plainly import TEXTS, next_model, word_model
from small import LETTERS, recurrent
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.evaluation.faithfulness import text as text_module


def check(model, texts=TEXTS, **options):
    return rv.check(model, texts, **{"progress": False, "draws": 2, **options})


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


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"texts": "abc"}, TypeError, "a list of strings; got one string"),
        ({"texts": []}, ValueError, "texts is empty"),
        ({"texts": [" it", "c4t"]}, ValueError, "text 1: the model does not know '4'"),
        ({"measure": "nrom"}, ValueError, "measure must be one of .* got 'nrom'"),
        ({"measure": []}, ValueError, "measure is empty"),
        ({"measure": "attention"}, ValueError, "text 0: .*attention"),
        ({"target": "dog"}, ValueError, "text 0: target 'dog' is not among"),
        ({"rows": 0}, ValueError, "rows must be a natural number; got 0"),
        ({"draws": 1.5}, ValueError, r"draws must be a natural number; got 1\.5"),
        ({"start": -1}, ValueError, "start must be at least 0; got -1"),
        ({"steps": []}, ValueError, "steps must be natural numbers, one at least"),
        ({"steps": [2, 1]}, ValueError, r"steps must ascend, each once; got \[2, 1\]"),
        ({"seed": -2}, ValueError, "seed must be at least 0"),
        (
            {"frequencies": {"?": 1}},
            ValueError,
            r"frequencies must be of input symbols of gru; '\?'",
        ),
        ({"frequencies": {"a": -1}}, ValueError, "not below 0; that of 'a' is -1"),
        ({"frequencies": {"a": 1}}, ValueError, "nothing to exchange an input for: 1 different"),
        ({"texts": ["aaaa"]}, ValueError, "nothing to exchange an input for: 1 different symbols"),
        ({"texts": ["a", "b"]}, ValueError, "nothing can be checked: no output of these 2 texts"),
    ],
)
def test_bad_arguments_are_said(options, kind, words):
    texts = options.pop("texts", TEXTS)
    with pytest.raises(kind, match=words):
        check(word_model(), texts, **options)


def test_what_is_no_model_is_said():
    with pytest.raises(TypeError, match=r"expected an rv\.SequenceModel"):
        check(recurrent())


def test_texts_of_one_token_are_left_out_and_said():
    found = check(next_model(), [*TEXTS[:2], "a"])
    assert found.notes == ["1 of 3 texts are too short to check, and do not count"]
    assert found.gain().positions == 4


def test_of_many_symbols_a_sample_is_drawn_and_said():
    symbols = [chr(0x4E00 + n) for n in range(200)]
    module = recurrent(symbols=200, classes=27)
    model = rv.SequenceModel(module, symbols, LETTERS)
    texts = ["".join(np.random.default_rng(n).choice(symbols, 20)) for n in range(12)]
    found = check(model, texts, target=rv.TOP)
    (note,) = found.notes
    assert "symbols 32 were drawn by their frequency in each input's place" in note
    assert all(row.error > 0 for text in found.texts for row in text.rows)
    given = check(model, texts, target=rv.TOP, frequencies=dict.fromkeys(symbols[:20], 1))
    assert not given.notes
    assert given.replacements == "a symbol drawn by the frequencies that were given"


def test_steps_of_vectors_are_exchanged_for_each_other():
    class Sensor(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = nn.GRU(3, 8, batch_first=True)
            self.head = nn.Linear(8, 4)

        def forward(self, x):
            return self.head(self.cell(x)[0])

    vectors = np.random.default_rng(0).normal(size=(20, 3))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = rv.SequenceModel.from_vectors(Sensor(), vectors, outputs="abcd")
    found = check(model, [model.text], target=rv.TOP)
    assert found.replacements == "another step of the same text, each as often"
    assert found.gain().positions == 2
    assert np.isnan(found.gain().low)


def test_a_model_that_is_another_when_run_again_is_said():
    calls = itertools.count(1)
    model = rv.SequenceModel(
        recurrent(),
        LETTERS,
        name="drifts",
        forward=lambda m, ids: m(ids)[0] * (1 + next(calls) / 100),
    )
    found = check(model, TEXTS[:1], target=rv.TOP)
    assert any("drifts predicts something else (by up to" in note for note in found.notes)


def test_nan_on_a_rerun_is_said_with_its_text():
    module = recurrent(classes=8)
    with torch.no_grad():
        module.embedding.weight[LETTERS.index("x")] = np.nan
    model = rv.SequenceModel(module, LETTERS, word_model().outputs, example="abc")
    with pytest.raises(FloatingPointError, match=r"text 0: run again on a text .* gives NaN"):
        check(model, TEXTS[:2], target=rv.TOP, frequencies={"x": 1, "a": 5})


def test_a_module_that_has_no_twin_is_checked_all_the_same():
    class Fixed(nn.Module):
        def forward(self, x):
            return x.cumsum(dim=1)

    model = rv.SequenceModel(Fixed(), LETTERS, one_hot=True)
    found = check(model)
    assert found.notes == [
        (
            "no correlation with a re-initialised model: Fixed can't be re-initialised: its module "
            "has no parameters"
        )
    ]
    assert found.twin_correlation().positions == 0
    assert found.aopc().positions == 8


@pytest.fixture
def counted(monkeypatch):
    """The texts that are checked, and those at which a run is interrupted."""
    done, stop = [], set()
    true = text_module.TextReruns.true_effects

    def counting(reruns):
        text = reruns.reading.facet.tokens.text
        if text in stop:
            raise KeyboardInterrupt
        done.append(text)
        return true(reruns)

    monkeypatch.setattr(text_module.TextReruns, "true_effects", counting)
    return done, stop


def test_an_interrupted_check_goes_on(tmp_path, counted):
    done, stop = counted
    path = tmp_path / "kept.jsonl"
    options = {"measure": ["norm", "occlusion"], "target": rv.TOP}
    whole = check(word_model(), **options)
    done.clear()
    stop.add(TEXTS[2])
    with pytest.raises(KeyboardInterrupt):
        check(word_model(), keep=path, **options)
    assert len(path.read_bytes().splitlines()) == 3
    path.write_bytes(path.read_bytes()[:-40])  # the last line was cut off
    stop.clear()
    again = check(word_model(), keep=path, **options)
    assert {name: each.as_dict() for name, each in again.items()} == {
        name: each.as_dict() for name, each in whole.items()
    }
    assert done == [*TEXTS[:2], *TEXTS[1:]]
    check(word_model(), keep=path, **options)
    assert len(done) == 5
    for other in (
        {"draws": 3},
        {"measure": "norm"},
        {"target": "cat"},
        {"frequencies": {"a": 1, "b": 1}},
    ):
        with pytest.raises(ValueError, match=r"it differs in: "):
            check(word_model(), keep=path, **{**options, **other})
    with pytest.raises(ValueError, match=r"it is no evaluation"):
        rv.evaluate(word_model(), TEXTS, start=3, keep=path, progress=False)


CHANGES = {
    "places": lambda row: {**row, "places": row["places"][::-1]},
    "effect": lambda row: {**row, "effect": [*row["effect"][:-1], "much"]},
    "size": lambda row: {**row, "size": [-1 - s for s in row["size"]]},
    "row": lambda row: {**row, "row": 10**6},
    "falls": lambda row: {**row, "falls": row["falls"][:1]},
    "nearest": lambda row: {**row, "nearest": {"without": [1]}},
    "chance": lambda row: {**row, "chance": None},
    "more": lambda row: {**row, "more": 1},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_number_is_refused_and_its_line_named(tmp_path, change):
    path = tmp_path / "kept.jsonl"
    check(word_model(), keep=path)
    lines = path.read_text(encoding="ascii").splitlines()
    record = json.loads(lines[2])
    record["tally"]["rows"][0] = CHANGES[change](record["tally"]["rows"][0])
    lines[2] = json.dumps(record)
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    with pytest.raises(ValueError, match=r"kept\.jsonl, line 3: expected .*Delete this line"):
        check(word_model(), keep=path)


def test_an_evaluation_has_the_check_among_its_figures(tmp_path):
    options = {"start": 5, "target": rv.TOP, "progress": False, "keep": tmp_path / "kept"}
    found = rv.evaluate(word_model(), TEXTS, check=True, **options)
    alone = rv.check(word_model(), TEXTS, measure="norm", target=rv.TOP, progress=False)
    assert found.check.as_dict() == alone.as_dict() == found.as_dict()["check"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "kept.check"]
    again = rv.evaluate(word_model(), TEXTS, check=True, **options)
    assert again.as_dict() == found.as_dict()
    assert "check" not in rv.evaluate(word_model(), TEXTS, **options).as_dict()


def test_two_back_is_explained_by_what_stands_two_back():
    found = check(
        two_back(), ["abcabacabb", "bbacabcaca"], target=rv.TOP, rows=4, start=4, draws=20
    )
    assert found.gain().low > 0
    assert found.comprehensiveness(1).value == pytest.approx(found.comprehensiveness(16).value)

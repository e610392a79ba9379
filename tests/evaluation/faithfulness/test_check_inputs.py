"""rv.check: what it refuses, leaves out, or says of its inputs."""

import itertools

import numpy as np
import pytest
import torch
from evaluation.faithfulness.toys import check
from evaluation.plainly import TEXTS, next_model, word_model
from kinds import Sensor
from small import LETTERS, recurrent
from torch import nn

import rnnviz_widget as rv


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

    vectors = np.random.default_rng(0).normal(size=(20, 3))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = rv.SequenceModel.from_vectors(Sensor(classes=4), vectors, outputs="abcd")
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

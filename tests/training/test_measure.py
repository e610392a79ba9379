"""All that is measured of a trained model."""

import json
from dataclasses import replace

import pytest
from training.measured import CLASSES, SIZES, trained_on

import rnnviz_widget as rv
from rnnviz_widget.evaluation import run
from rnnviz_widget.models import checkpoint
from rnnviz_widget.training.__main__ import main
from rnnviz_widget.training.baselines import PREFIX, PREVIOUS, evaluate_lookups
from rnnviz_widget.training.measure import KIND, measure, write
from rnnviz_widget.training.source import sha256
from rnnviz_widget.training.summary import summary
from rnnviz_widget.training.texts import last_texts


@pytest.fixture(scope="module")
def trained(corpus):
    return trained_on(corpus)


@pytest.fixture(scope="module")
def results(corpus, trained):
    return measure(trained, corpus, name="small", **SIZES)


def test_figures_are_those_of_the_evaluations(corpus, trained, results):
    model = trained.sequence_model("small")
    texts = last_texts(corpus, "test", 10, 300)
    ours = rv.evaluate(model, texts, memory=False, progress=False)
    assert results["model"] == ours.as_dict()
    assert results["model"]["texts"] == 10
    for lookup in evaluate_lookups(corpus, CLASSES, texts, progress=False):
        assert results[lookup.name] == lookup.as_dict()
        gain = results["gain over"][lookup.name]
        assert gain == ours.gain(lookup).as_dict()
        tops = [
            each["accuracy"]["in vocabulary"]["top 1"]
            for each in (results["model"], results[lookup.name])
        ]
        assert gain["value"] == pytest.approx(tops[0]["value"] - tops[1]["value"], abs=2e-6)
        assert gain["positions"] == tops[0]["positions"] == tops[1]["positions"]
    short = last_texts(corpus, "test", 4, 200)
    memory = rv.evaluate(model, short, progress=False).as_dict()
    expected = {"texts": 4, "characters": sum(map(len, short)), **memory["memory"]}
    assert results["memory"] == expected
    assert results["memory"]["reach"]["positions"] > 100


def test_it_says_what_was_measured(corpus, trained, results):
    assert results["kind"] == KIND
    assert (results["name"], results["part"], results["length"]) == ("small", "test", 300)
    assert results["corpus"] == corpus.name
    assert results["config"] == trained.module.config
    assert results["weights"] == sum(
        value.numel() for value in trained.module.state_dict().values()
    )
    assert results["about"] == trained.about


def test_results_are_json_without_nan(tmp_path, results):
    assert json.loads(json.dumps(results, allow_nan=False)) == results
    assert results[PREVIOUS]["cross entropy"]["value"] is None
    path = tmp_path / "folder" / "results.json"
    write(path, results)
    write(path, results)
    assert json.loads(path.read_text(encoding="utf-8")) == results
    assert [file.name for file in path.parent.iterdir()] == ["results.json"]


def test_it_goes_on_from_what_is_kept(tmp_path, monkeypatch, corpus, trained, results):
    done, tally_text = [], run.tally_text

    def counting(model, text, settings):
        if len(done) == 12:
            done.append(None)
            raise KeyboardInterrupt
        done.append(text)
        return tally_text(model, text, settings)

    monkeypatch.setattr(run, "tally_text", counting)
    options = {"name": "small", "keep": tmp_path / "kept", "progress": False, **SIZES}
    with pytest.raises(KeyboardInterrupt):
        measure(trained, corpus, **options)
    assert measure(trained, corpus, **options) == results
    assert len(done) == 10 + 4 + 1  # each text once
    assert measure(trained, corpus, **options) == results
    assert len(done) == 15
    kept = sorted(path.name for path in (tmp_path / "kept").iterdir())
    assert kept == ["small-accuracy.jsonl", "small-memory.jsonl"]


def test_the_command_writes_the_same_results_and_prints_a_summary(
    tmp_path, data, corpus, trained, capsys
):
    path, to = tmp_path / "small.safetensors", tmp_path / "folder" / "small.json"
    checkpoint.save(path, trained)
    command = ["--data", str(data), "evaluate", str(path), "--keep", str(tmp_path / "kept")]
    for option, value in SIZES.items():
        command += [f"--{option.replace('_', '-')}", str(value)]
    assert main([*command, "--results", str(to)]) == 0
    expected = measure(checkpoint.load(path), corpus, name="small", progress=False, **SIZES)
    results = json.loads(to.read_text(encoding="utf-8"))
    assert results == {**expected, "sha256": sha256(path)}
    assert capsys.readouterr().out == f"{summary(results)}\n"


def test_the_validation_part_is_another(corpus, trained, results):
    other = measure(trained, corpus, name="small", progress=False, part="validation", **SIZES)
    assert other["part"] == "validation"
    assert other[PREFIX]["accuracy"] != results[PREFIX]["accuracy"]


def test_words_of_another_text_are_refused(corpus, trained):
    swapped = [corpus.vocabulary[1], corpus.vocabulary[0], *corpus.vocabulary[2:]]
    with pytest.raises(ValueError, match="expected the text that it was trained on"):
        measure(trained, replace(corpus, vocabulary=swapped), name="small", **SIZES)
    few = replace(corpus, vocabulary=corpus.vocabulary[: CLASSES - 1])
    with pytest.raises(ValueError, match="expected the text that it was trained on"):
        measure(trained, few, name="small", **SIZES)


def test_a_file_that_does_not_say_how_it_was_trained_is_refused(corpus, trained):
    about = {key: value for key, value in trained.about.items() if key not in ("steps", "budgets")}
    with pytest.raises(ValueError, match=r"small does not say .* \(budgets, steps missing\)"):
        measure(replace(trained, about=about), corpus, name="small", **SIZES)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        (
            {"characters": 5000},
            "16 texts of 300 characters were requested, but the test part has 4,000",
        ),
        ({"characters": 200}, "0 texts of 300 characters were requested"),
        ({"length": 0}, "at least 1 character; got a length of 0"),
        ({"memory_texts": 21}, "21 texts of 200 characters were requested"),
        ({"memory_length": 90}, "memory can't be measured"),
    ],
)
def test_more_or_less_than_there_is(corpus, trained, sizes, words):
    with pytest.raises(ValueError, match=words):
        measure(trained, corpus, name="small", progress=False, **{**SIZES, **sizes})

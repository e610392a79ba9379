"""What the README, the cards and the results say is what was measured, of the files that ship."""

import json
import re
from pathlib import Path

import card
import faithfulness
import faithfulness_tables
import pytest
import readme

import rnnviz_widget as rv
from rnnviz_widget.models import checkpoint
from rnnviz_widget.models.pretrained import _WEIGHTS
from rnnviz_widget.training import source
from rnnviz_widget.training.baselines import PREFIX

UNITS = ("gru", "lstm", "nested-lstm", "rnn")
SMALL = ("gru-small-5", "gru-small-25", "gru-small")
NAMES = (*UNITS, *SMALL)


def test_the_readme_says_what_was_measured():
    text = readme.README.read_text(encoding="utf-8")
    assert text.count("<!-- numbers: ") == text.count("<!-- end -->") == 5
    assert readme.filled(text) == text
    assert readme.filled(text.replace("characters", "letters")) != text  # it can fail


def test_the_page_of_methods_says_what_was_measured():
    text = faithfulness_tables.PAGE.read_text(encoding="utf-8")
    named = re.findall(r"<!-- numbers: (\w+) -->", text)
    assert sorted(named) == sorted(faithfulness_tables.MAKERS)
    assert faithfulness_tables.filled(text) == text
    assert faithfulness_tables.filled(text.replace("(0.", "(1.")) == text  # it can fail


def each_model(target, title):
    """The figures of a measure, model by model."""
    models = faithfulness_tables.results()["models"]
    assert tuple(models) == faithfulness.MODELS == UNITS
    return [models[name][target][title] for name in UNITS]


def test_the_page_of_methods_says_which_measure_to_trust():
    """The sentences of docs/methods.md, against the results."""
    gradient, occlusion, exchange = (
        each_model("contrast", title) for title in ("grad_x_input", "occlusion", "quick_exchange")
    )
    for each in gradient:
        assert each["sign agreement"]["value"] < each["commoner sign"]["value"]
        assert each["sign agreement"]["value"] < 0.62
    for each in occlusion:
        assert 0.87 < each["sign agreement"]["low"] < each["sign agreement"]["high"] < 0.95
    for each in exchange:  # the default of a contrast for recurrent models
        assert each["sign agreement"]["low"] > 0.98
        assert each["sign gain"]["low"] > 0.25
        assert each["gain over nearest"]["low"] > 0
        assert each["sufficiency gain over nearest"]["low"] > 0
        assert each["rank agreement per lag"]["value"] >= 0.7
        assert abs(each["twin per lag"]["value"]) <= 0.1
        assert each["rank agreement per lag"]["low"] > 0.7
        assert each["unexplained"]["value"] > 0.5
    norms = each_model("class", "norm of logit")
    for each in [*norms, *each_model("contrast", "norm")]:
        assert each["rank agreement"]["value"] <= each["nearness agreement"]["value"]
    for each in norms:
        assert each["unexplained"]["value"] < 0.25
        assert each["twin"]["value"] > 0.6
        assert each["random class"]["value"] > 0.75
        assert abs(each["twin per lag"]["value"]) <= 0.1


def test_the_page_of_methods_says_why_a_logit_is_explained_by_default():
    default = each_model("class", "norm of logit")
    for of in ("centred", "log_prob"):
        for logit, other in zip(default, each_model("class", f"norm of {of}"), strict=True):
            both = (each["rank agreement"]["value"] for each in (logit, other))
            assert abs(next(both) - next(both)) < 0.01


def test_the_four_units_and_one_along_its_training_ship():
    assert rv.pretrained_names() == NAMES
    every = [rv.pretrained_results(name) for name in SMALL]
    read = [each["about"]["characters"] for each in every]
    assert read == pytest.approx([read[-1] / 20, read[-1] / 4, read[-1]], rel=0.01)
    top = [each["model"]["accuracy"]["in vocabulary"]["top 1"]["value"] for each in every]
    assert top == sorted(top)


@pytest.mark.parametrize("name", NAMES)
def test_the_card_says_what_was_measured(name):
    page = (_WEIGHTS / f"{name}.md").read_text(encoding="utf-8")
    results = Path("rnnviz_widget", "models", "weights", f"{name}.json")
    assert card.render(rv.pretrained_results(name), card.commands(results)) == page


@pytest.mark.parametrize("name", NAMES)
def test_the_results_are_of_the_file_that_ships(name):
    file = _WEIGHTS / f"{name}.safetensors"
    results = rv.pretrained_results(name)
    assert results["sha256"] == source.sha256(file)
    trained = checkpoint.load(file)
    assert results["about"] == json.loads(json.dumps(trained.about))
    assert results["config"] == trained.module.config
    assert results["weights"] == sum(p.numel() for p in trained.module.parameters())
    assert results["part"] == "test"
    assert results["model"]["characters"] >= 300_000
    assert results["memory"]["texts"] >= 200


def test_the_units_are_trained_alike():
    every = [rv.pretrained_results(name) for name in UNITS]
    read = [each["about"]["characters"] for each in every]
    weights = [each["weights"] for each in every]
    assert max(read) < 1.3 * min(read)
    assert max(weights) < 1.15 * min(weights)
    words = [rv.load_pretrained(name).outputs for name in UNITS]
    assert all(each == words[0] for each in words)
    assert len(words[0]) >= 8192


@pytest.mark.parametrize("name", ["gru", "lstm"])
def test_they_beat_the_prefix_lookup_by_ten_points(name):
    gain = rv.pretrained_results(name)["gain over"][PREFIX]
    assert gain["value"] >= 0.1
    assert gain["low"] > 0.09

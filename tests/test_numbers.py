"""What the README, the cards and the results say is what was measured, of the files that ship."""

import importlib.util
import json
import shlex
from pathlib import Path

import pytest

import rnnviz_widget as rv
from rnnviz_widget.models import checkpoint
from rnnviz_widget.models.pretrained import _WEIGHTS
from rnnviz_widget.training import card, source
from rnnviz_widget.training.baselines import PREFIX

ROOT = Path(__file__).parents[1]
UNITS = ("gru", "lstm", "nested-lstm", "rnn")
SMALL = ("gru-small-5", "gru-small-25", "gru-small")
NAMES = (*UNITS, *SMALL)


@pytest.fixture(scope="module")
def readme():
    spec = importlib.util.spec_from_file_location("readme_numbers", ROOT / "tools" / "readme.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_readme_says_what_was_measured(readme):
    text = readme.README.read_text(encoding="utf-8")
    assert text.count("<!-- numbers: ") == text.count("<!-- end -->") == 4
    assert readme.filled(text) == text
    assert readme.filled(text.replace("characters", "letters")) != text  # it can fail


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
    command = shlex.split(page.rsplit("```", 2)[1])
    assert card.render(rv.pretrained_results(name), command) == page
    assert command[:6] == [
        *("python", "-m", "rnnviz_widget.training", "evaluate"),
        f"rnnviz_widget/models/weights/{name}.safetensors",
        "--results",
    ]


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
    assert max(read) < 1.25 * min(read)
    assert max(weights) < 1.15 * min(weights)
    words = [rv.load_pretrained(name).outputs for name in UNITS]
    assert all(each == words[0] for each in words)
    assert len(words[0]) >= 8192


@pytest.mark.parametrize("name", ["gru", "lstm"])
def test_they_beat_the_prefix_lookup_by_eight_points(name):
    gain = rv.pretrained_results(name)["gain over"][PREFIX]
    assert gain["value"] >= 0.08
    assert gain["low"] > 0.07

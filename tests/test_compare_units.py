"""What the notebook compare-units says was found is so, of the models that ship."""

import ast
import itertools
import json
import re

import pytest
from notebook_files import FOLDER, read

import rnnviz_widget as rv

NAMES = ("gru", "lstm", "nested-lstm", "rnn")
CODE = {cell.id: cell.source for cell in read("compare-units").cells if cell.cell_type == "code"}


def text_of(cell, name):
    """A text that is given a name in a cell of the notebook."""
    [given] = [
        node
        for node in ast.walk(ast.parse(CODE[cell]))
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == name
    ]
    return ast.literal_eval(given.value)


@pytest.fixture(scope="module")
def found():
    return {name: rv.pretrained_results(name) for name in NAMES}


@pytest.fixture(scope="module")
def models():
    return {name: rv.load_pretrained(name) for name in NAMES}


def accuracy(found):
    known = {n: one["model"]["accuracy"]["in vocabulary"]["top 1"] for n, one in found.items()}
    return {
        name: [100 * one[key] for key in ("low", "value", "high")] for name, one in known.items()
    }


def reach(found):
    return {name: one["memory"]["reach"]["value"] for name, one in found.items()}


def test_accuracy_hardly_tells_them_apart_and_connectivity_does(found):
    tops, far = accuracy(found), reach(found)
    assert tops["gru"][0] < tops["lstm"][2]
    assert tops["lstm"][0] < tops["gru"][2]
    for name in ("gru", "lstm"):
        assert found[name]["memory"]["share before word"]["value"] > 0.6
    for name in ("nested-lstm", "rnn"):
        assert all(2.5 < tops[better][1] - tops[name][1] < 3.55 for better in ("gru", "lstm"))
        assert far[name] < 0.6 * min(far["gru"], far["lstm"])
    assert tops["rnn"][0] < tops["nested-lstm"][2]
    assert tops["nested-lstm"][0] < tops["rnn"][2]
    assert far["rnn"] == pytest.approx(far["nested-lstm"] / 3, rel=0.1)
    read = {name: one["about"]["characters"] / 1e6 for name, one in found.items()}
    assert [round(read[name]) for name in NAMES] == [40, 41, 32, 32]


def test_the_plain_rnn_completes_words(found):
    before = {n: one["memory"]["share before word by known"]["value"] for n, one in found.items()}
    tops = {
        n: one["model"]["accuracy by known"]["in vocabulary"]["top 1"]["value"]
        for n, one in found.items()
    }
    assert all(min(NAMES, key=lambda name: before[name][k]) == "rnn" for k in range(1, 13))
    assert all(abs(tops["rnn"][k] - tops["lstm"][k]) < 0.012 for k in range(8, 12))
    assert min(NAMES, key=lambda name: tops[name][0]) == "rnn"
    # GRU and LSTM go on using the context; the Nested LSTM stops soon.
    for name in ("gru", "lstm"):
        assert all(before[name][k] > 1.2 * before["nested-lstm"][k] for k in range(2, 9))


def test_on_the_articles_own_text_all_reach_less_far(found, models):
    text, far = text_of("c19", "their_text"), reach(found)
    here = {
        name: rv.memory.reach(rv.connectivity(model, text).scores)[60:].mean()
        for name, model in models.items()
    }
    assert 1.3 < far["lstm"] / far["gru"] < 1.4
    assert 1.4 < here["lstm"] / here["gru"] < 1.6
    assert all(here[name] < 2 / 3 * far[name] for name in ("gru", "lstm"))
    assert all(here[name] < far[name] for name in NAMES)


def test_what_tells_lyrics(models):
    text = text_of("c01", "text")
    at, first = text.rindex("lyrics") + 1, text.index("lyrics")
    assert at - 1 - first == 170
    share = {}
    for name, model in models.items():
        c = rv.connectivity(model, text, rows=[at])
        assert c.targets[at] == "lyrics"
        assert c.predictions[at][0][0] == ("lying" if name == "gru" else "lyrics")
        row = c.row(at)
        share[name] = row / row.sum()
    early = {name: 100 * row[first : first + 6].sum() for name, row in share.items()}
    assert round(early["lstm"], 1) == 0.8
    assert all(early[name] < early["lstm"] for name in NAMES if name != "lstm")
    strongest = {}
    for name in NAMES:
        words = [(word[0], word.span()) for word in re.finditer(r" [a-z]+", text[: at - 2])]
        carried = [(share[name][slice(*span)].sum(), word) for word, span in words]
        strongest[name] = [word for _, word in sorted(carried, reverse=True)]
    assert all(set(words[:2]) == {" music", " and"} for words in strongest.values())


def test_all_stay_behind_the_lookup_that_knows_the_previous_word(found):
    for name, one in found.items():
        gain = 100 * one["gain over"]["lookup by prefix and previous word"]["value"]
        assert -2 < gain < -1 if name in ("gru", "lstm") else -5 < gain < -4
        assert one["about"]["seconds"] < 2 * 3600


def test_over_seeds_who_looks_further_does_not_predict_better(found):
    """What the notebook and the README say of `benchmarks/seeds.json`."""
    seeds = json.loads((FOLDER.parent / "benchmarks" / "seeds.json").read_text(encoding="ascii"))
    units = seeds["units"]
    assert units.keys() == {"gru", "lstm", "nested-lstm", "rnn", "min-gru"}
    assert {tuple(unit["seeds"]) for unit in units.values()} == {(0, 1, 2, 3, 4)}
    p = {
        (figure, frozenset(one["units"])): one["p"]
        for figure, pairs in seeds["differences"].items()
        for one in pairs
    }
    others = units.keys() - {"lstm"}
    for figure in ("reach", "share before word"):
        of = {name: unit["figures"][figure]["values"] for name, unit in units.items()}
        assert min(of["lstm"]) > max(max(of[name]) for name in others)
        assert all(p[figure, frozenset({"lstm", name})] < 0.05 for name in others)
    for pair in itertools.combinations(("gru", "nested-lstm", "rnn"), 2):
        assert p["reach", frozenset(pair)] > 0.05
    top_1 = {name: unit["figures"]["top 1"]["mean"]["value"] for name, unit in units.items()}
    assert sorted(top_1, key=top_1.get) == ["nested-lstm", "lstm", "rnn", "gru", "min-gru"]
    assert all(p["top 1", frozenset(pair)] < 0.05 for pair in itertools.combinations(units, 2))
    share = units["min-gru"]["figures"]["share before word"]["mean"]["value"]
    assert 1 / share == pytest.approx(12, abs=1)
    assert 0.3 < top_1["nested-lstm"] < 0.38
    characters = units["gru"]["settings"]["characters"]
    assert 180e6 / characters == 30  # the article's models read 90 million twice
    for name, one in found.items():
        assert one["about"]["characters"] / characters == pytest.approx(6, abs=1)
        assert one["memory"]["reach"]["low"] > units[name]["figures"]["reach"]["mean"]["high"]

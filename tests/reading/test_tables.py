"""Scores in files: every number and every text comes back."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from facets import changed, explained, scored
from pyarrow import parquet
from small import LETTERS, recurrent

import rnnviz_widget as rv
from rnnviz_widget.reading import columns, tables
from rnnviz_widget.scene.reads import Reads
from rnnviz_widget.scene.tokens import Tokens

TEXT = "a text that is read"
ODD = '=1+1,"q"\n\r\t\x00\x1b\u202e漢😀e\u0301 '


@pytest.fixture(scope="module")
def both():
    gru = rv.SequenceModel(recurrent("gru"), LETTERS, name="GRU")
    one = rv.connectivity(gru, TEXT, measure="grad_x_input")
    size = len(TEXT)
    rng = np.random.default_rng(0)
    other = scored(
        ODD * size,
        rng.normal(size=(size, size)).astype(np.float32),
        spans=[(len(ODD) * s, len(ODD) * (s + 1)) for s in range(size)],
        name=f"other{ODD}",
        reads=Reads.everything(size),
        measure=one.facet.measure,
        classes=[f"{ODD}{s}" for s in range(size)],
        explained=explained(range(size), reasons=[""] * size),
        engine="sweep",
    )
    return [one, other]


def lines(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check_lines(found, both):
    assert len(found) == sum(c.scores.size if not c.causal else 19 * 20 // 2 for c in both)
    by_pair = {(line["model"], int(line["output"]), int(line["input"])): line for line in found}
    assert len(by_pair) == len(found)
    for c in both:
        for s in (0, 7, 18):
            inputs = range(s + 1) if c.causal else range(19)
            assert ((c.name, s, s + 1) in by_pair) == (s + 1 in inputs)
            scale = np.abs(c.scores[s][list(inputs)].astype(float)).sum()
            for t in inputs:
                line = by_pair[c.name, s, t]
                assert (line["output_token"], line["input_token"]) == (c.tokens[s], c.tokens[t])
                assert np.float32(line["score"]) == np.float32(c.scores[s, t])
                assert float(line["scale"]) == pytest.approx(scale)
                share = abs(float(c.scores[s, t])) / scale
                assert float(line["share"]) == pytest.approx(share)
                assert (line["target"], line["reason"]) == (c.targets[s], c.reasons[s])
                probability = np.float32(line["target_probability"])
                assert probability == np.float32(c.target_probabilities[s])
                assert int(line["target_rank"]) == c.target_ranks[s]
                assert (line["measure"], line["engine"]) == (c.measure, c.engine)


def check_metadata(words, both):
    about = json.loads(words)
    assert about["text"] == TEXT
    assert about["rnnviz_widget"] == rv.__version__
    for c, model in zip(both, about["models"], strict=True):
        assert (model["name"], model["tokens"], model["targets"]) == (c.name, c.tokens, c.targets)
        assert model["measure"] == {"name": "grad_x_input", "label": "gradient times input"}
        assert model["accuracy"] == {"tolerance": 0.0, "error": 0.0, "rank": 0}
        assert [[tuple(p) for p in best] for best in model["predictions"]] == c.predictions


@pytest.mark.parametrize("pairs", [columns.PAIRS_AT_ONCE, 50])
def test_csv(both, tmp_path, monkeypatch, pairs):
    monkeypatch.setattr(columns, "PAIRS_AT_ONCE", pairs)
    tables.save(both, tmp_path / "a.csv")
    check_lines(lines(tmp_path / "a.csv"), both)


@pytest.mark.parametrize("pairs", [columns.PAIRS_AT_ONCE, 50])
def test_parquet(both, tmp_path, monkeypatch, pairs):
    monkeypatch.setattr(columns, "PAIRS_AT_ONCE", pairs)
    tables.save(both, tmp_path / "a.parquet")
    table = parquet.read_table(tmp_path / "a.parquet")
    check_lines(table.to_pylist(), both)
    check_metadata(table.schema.metadata[b"rnnviz"], both)


def test_npz(both, tmp_path):
    tables.save(both, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as saved:
        check_metadata(str(saved["metadata"]), both)
        for k, c in enumerate(both):
            assert (saved[f"{k}/scores"] == c.scores).all()
            assert saved[f"{k}/scores"].dtype == c.scores.dtype
            assert saved[f"{k}/spans"].tolist() == [list(span) for span in c.spans]
            assert saved[f"{k}/unknown"].tolist() == c.unknown
            assert (saved[f"{k}/target_probabilities"] == c.target_probabilities).all()
            assert (saved[f"{k}/target_ranks"] == c.target_ranks).all()


def test_a_row_of_zeros_has_no_share(both, tmp_path):
    zero = replace(both[0], scores=np.zeros_like(both[0].scores))
    tables.save([zero], tmp_path / "a.csv")
    assert {line["share"] for line in lines(tmp_path / "a.csv")} == {"0.0"}


HALF = "ab\ud800"
NO_TOP = {"top": np.zeros((19, 0), int), "top_probabilities": np.zeros((19, 0))}


@pytest.mark.parametrize(
    "given",
    [
        {"name": HALF},
        {"tokens": Tokens(HALF, (), (), [(0, 3)], [])},
        # Once explained, and once only predicted.
        {"classes": [HALF] * 27, **NO_TOP},
        {"classes": [HALF] * 27, "explained": explained([-1] * 19)},
        {"explained": explained([0] * 19, reasons=[HALF] * 19)},
        {"notes": [HALF]},
    ],
)
@pytest.mark.parametrize("kind", tables.SUFFIXES)
def test_half_a_character_is_refused(both, tmp_path, given, kind):
    with pytest.raises(ValueError, match=r"half of a surrogate pair, '\\ud800' at character 2"):
        tables.save([changed(both[0], **given)], tmp_path / f"a{kind}")
    assert list(tmp_path.iterdir()) == []


def test_refuses_nothing_and_other_kinds(both, tmp_path):
    with pytest.raises(ValueError, match="no scores to write"):
        tables.save([], tmp_path / "a.csv")
    with pytest.raises(ValueError, match=r"must end in \.csv, \.npz, \.parquet; got '.*a'"):
        tables.save(both, tmp_path / "a")

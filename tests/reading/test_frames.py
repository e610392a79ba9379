"""Scores as a pandas table: the same lines as the files, in little room."""

import sys

import numpy as np
import pandas as pd
import pytest
from facets import changed, explained, scored
from small import LETTERS, recurrent

import rnnviz_widget as rv
from rnnviz_widget.reading import columns, tables, to_frame
from rnnviz_widget.scene.reads import Reads

TEXT = "a text that is read"
TEXTS = {"model", "output_token", "input_token", "target", "reason", "measure", "engine"}


@pytest.fixture(scope="module")
def both():
    gru = rv.SequenceModel(recurrent("gru"), LETTERS, name="GRU")
    one = rv.connectivity(gru, TEXT, measure="grad_x_input")
    rng = np.random.default_rng(0)
    size = len(TEXT)
    other = scored(
        TEXT,
        rng.normal(size=(size, size)).astype(np.float32),
        name="other, 漢\n",
        reads=Reads.everything(size),
        measure=one.facet.measure,
        classes=[f"class {s}" for s in range(size)],
        explained=explained(range(size), reasons=one.reasons),
        engine="sweep",
    )
    return [one, other]


@pytest.mark.parametrize("pairs", [columns.PAIRS_AT_ONCE, 50])
def test_a_table_is_what_the_file_has(both, tmp_path, monkeypatch, pairs):
    monkeypatch.setattr(columns, "PAIRS_AT_ONCE", pairs)
    table = to_frame(both)
    tables.save(both, tmp_path / "a.parquet")
    saved = pd.read_parquet(tmp_path / "a.parquet")
    assert len(table) == 19 * 20 // 2 + 19 * 19
    assert list(table.columns) == list(saved.columns)
    for name in table.columns:
        if name in TEXTS:
            assert isinstance(table[name].dtype, pd.CategoricalDtype)
            assert table[name].astype(object).tolist() == saved[name].astype(object).tolist()
        else:
            np.testing.assert_allclose(table[name], saved[name], rtol=1e-6)
    share = table.groupby(["model", "output"], observed=True)["share"].sum()
    np.testing.assert_allclose(share, 1, rtol=1e-5)


def test_a_model_s_own_table(both):
    pd.testing.assert_frame_equal(both[0].to_frame(), to_frame(both[:1]))


def test_the_widget_s_table_has_all_models():
    model = rv.SequenceModel(recurrent("gru"), LETTERS)
    widget = rv.explore({"A": model, "B": model}, TEXT)
    early = widget.to_frame()
    widget.bake()
    late = widget.to_frame()
    assert late["model"].cat.categories.tolist() == ["A", "B"]
    pd.testing.assert_frame_equal(early, late)
    pd.testing.assert_frame_equal(
        widget.connectivity("B").to_frame()[["output", "input", "score"]],
        late[late["model"] == "B"].reset_index(drop=True)[["output", "input", "score"]],
    )
    widget.close()


def test_a_long_text_takes_little_room(both):
    size = 1500
    long = scored(
        "abcdefghij" * (size // 10),
        np.tril(np.ones((size, size), np.float32)),
        classes=[f"class {s}" for s in range(size)],
        explained=explained(range(size)),
    )
    table = long.to_frame()
    assert len(table) == size * (size + 1) // 2
    assert table.memory_usage(index=False, deep=True).sum() / len(table) < 37


def test_what_is_refused(both, monkeypatch):
    with pytest.raises(ValueError, match="no scores for a table"):
        to_frame([])
    with pytest.raises(ValueError, match="half of a surrogate pair"):
        changed(both[0], name="a\ud800").to_frame()
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"needs pandas.*pip install 'rnnviz-widget\[frames\]'"):
        both[0].to_frame()

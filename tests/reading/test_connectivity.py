"""What rv.connectivity gives, drawn and written."""

import json
import sys

import numpy as np
import pytest
from small import LETTERS, recurrent

import rnnviz_widget as rv
from rnnviz_widget.explorer import Explorer, ModelSource
from rnnviz_widget.picture import cell_styles, standing_text
from rnnviz_widget.reading import Question

TEXT = "a text that is read"


@pytest.fixture(scope="module")
def c():
    return rv.connectivity(rv.SequenceModel(recurrent("gru"), LETTERS, name="GRU"), TEXT)


def test_says_where_its_tokens_are():
    letters = [*"abc", "<s>", "<unk>"]

    def tokenize(text):
        return [("<s>", 0, 0), *((character, p, p + 1) for p, character in enumerate(text))]

    module = recurrent("gru", symbols=5, classes=5)
    model = rv.SequenceModel(module, letters, tokenize=tokenize, unknown="<unk>")
    c = rv.connectivity(model, "ab?c")
    assert c.spans == [(0, 0), (0, 1), (1, 2), (2, 3), (3, 4)]
    assert c.unknown == [3]
    assert c.causal
    picture = c.picture(2)
    assert picture.facets[0].token == 3
    assert picture.facets[0].facet.tokens.unknown == [3]


def test_its_picture_is_the_explorers(c):
    explorer = Explorer(ModelSource({"GRU": rv.SequenceModel(recurrent("gru"), LETTERS)}, TEXT))
    ours, theirs = c.picture(9), explorer.picture(9)
    assert cell_styles(ours, 0) == cell_styles(theirs, 0)
    assert standing_text(ours) == standing_text(theirs)
    assert ours.facets[0].row.characters == pytest.approx(theirs.facets[0].row.characters)
    assert c.picture() == c.picture(len(TEXT) - 1)


def test_draws(c):
    figure = c.plot(9, width=4, theme="dark", font_size=7)
    assert figure.get_figwidth() == 4
    assert "colorbox" in c.to_latex(9)
    with pytest.raises(ValueError, match="0 to 18; got 19"):
        c.plot(19)


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "tex"])
def test_saves_pictures_of_a_position(c, tmp_path, kind):
    first, last = tmp_path / f"first.{kind}", tmp_path / f"last.{kind}"
    c.save(first, 0)
    c.save(str(last))
    assert first.read_bytes()[:100]
    assert first.read_bytes() != last.read_bytes()


def test_saves_all_scores(c, tmp_path):
    c.save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as saved:
        assert (saved["scores"] == c.scores).all()
        assert json.loads(str(saved["metadata"]))["text"] == TEXT


def test_a_file_that_it_can_not_write_is_refused_in_words(c, tmp_path):
    with pytest.raises(ValueError, match=r"must end in one of \.png, .*\.parquet; got .*a\.xls"):
        c.save(tmp_path / "a.xls")
    with pytest.raises(ValueError, match=r"\.csv holds all scores"):
        c.save(tmp_path / "a.csv", 3)
    with pytest.raises(TypeError, match="colour"):
        c.save(tmp_path / "a.png", colour="red")
    with pytest.raises(OSError, match=r"make the folder .* first"):
        c.save(tmp_path / "no" / "a.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["csv", "npz", "parquet", "png", "svg", "pdf", "tex"])
def test_a_failed_write_leaves_nothing(c, tmp_path, monkeypatch, kind):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        c.save(tmp_path / f"a.{kind}")
    assert list(tmp_path.iterdir()) == []


def test_says_what_parquet_needs(c, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"pip install 'rnnviz-widget\[parquet\]'"):
        c.save(tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []


def test_an_explorer_gives_all_scores_of_each_model():
    models = {
        "GRU": rv.SequenceModel(recurrent("gru"), LETTERS),
        "other": rv.SequenceModel(recurrent("lstm", seed=1), LETTERS),
    }
    explorer = Explorer(ModelSource(models, TEXT, Question(measure="grad_x_input")))
    found = explorer.connectivity()
    assert [each.name for each in found] == ["GRU", "other"]
    for each, model in zip(found, models.values(), strict=True):
        assert (each.scores == rv.connectivity(model, TEXT, measure="grad_x_input").scores).all()
    explorer.close()
    with pytest.raises(RuntimeError, match="was closed"):
        explorer.connectivity()

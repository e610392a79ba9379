"""Some rows of rv.connectivity without the others, and its progress bar."""

import numpy as np
import pytest
from small import LETTERS, recurrent

import rnnviz_widget as rv

TEXT = "a text that is read"


@pytest.fixture(scope="module")
def model():
    return rv.SequenceModel(recurrent("gru"), LETTERS, name="GRU")


@pytest.fixture(scope="module")
def whole(model):
    return rv.connectivity(model, TEXT)


@pytest.mark.parametrize("progress", [False, True])
@pytest.mark.parametrize("measure", ["norm", "occlusion"])
@pytest.mark.parametrize("engine", ["auto", "autograd"])
def test_some_rows_are_those_of_all(model, progress, measure, engine):
    every = rv.connectivity(model, TEXT, measure=measure, engine=engine)
    some = rv.connectivity(
        model, TEXT, measure=measure, engine=engine, rows=[7, 2, -1], progress=progress
    )
    last = len(TEXT) - 1
    assert list(some.outputs) == [7, 2, last]
    assert some.scores.shape == (3, len(TEXT))
    np.testing.assert_allclose(some.scores, every.scores[[7, 2, last]], rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(some.row(2), some.scores[1])
    assert some.targets == every.targets


def test_all_rows_with_a_bar_are_all_rows(model, whole, capsys):
    found = rv.connectivity(model, TEXT, progress=True)
    np.testing.assert_allclose(found.scores, whole.scores, rtol=1e-5, atol=1e-7)
    assert list(found.outputs) == list(whole.outputs) == list(range(len(TEXT)))
    assert "GRU" in capsys.readouterr().err
    rv.connectivity(model, TEXT)
    assert capsys.readouterr().err == ""


def test_a_picture_and_a_table_of_some_rows(model, whole, tmp_path):
    some = rv.connectivity(model, TEXT, rows=[7, 2])
    assert some.to_latex(7) == whole.to_latex(7)
    with pytest.raises(ValueError, match=r"output 3 were not computed: these are rows 7, 2 of"):
        some.picture(3)
    every = whole.to_frame()
    wanted = every[every.output.isin([7, 2])].sort_values(["output", "input"])
    frame = some.to_frame().sort_values(["output", "input"])
    np.testing.assert_array_equal(frame.output, wanted.output)
    assert list(frame.target) == list(wanted.target)
    np.testing.assert_allclose(frame.score, wanted.score, rtol=1e-5)
    np.testing.assert_allclose(frame.share, wanted.share, rtol=1e-5)
    some.save(tmp_path / "some.npz")
    with np.load(tmp_path / "some.npz") as saved:
        assert saved["outputs"].tolist() == [7, 2]
        assert saved["scores"].shape == (2, len(TEXT))


@pytest.mark.parametrize(
    ("rows", "kind", "words"),
    [
        ([], ValueError, "rows is empty"),
        ([3, 1, 3], ValueError, "output 3 is in rows twice"),
        ([0, -len(TEXT)], ValueError, "output 0 is in rows twice"),
        ([len(TEXT)], IndexError, r"no output 19: .* from 0 to 18, or from the end, -1 to -19"),
        ([1.0], TypeError, r"whole numbers, such as \[0, 5\]; got 1.0"),
        ([True], TypeError, "got True"),
        (3.5, TypeError, "got 3.5"),
        ("ab", TypeError, "got 'a'"),
    ],
)
def test_rows_that_there_are_not(model, rows, kind, words):
    with pytest.raises(kind, match=words):
        rv.connectivity(model, TEXT, rows=rows)


def test_of_a_long_text_some_rows_are_allowed(model):
    long = "ab" * 5_500
    with pytest.raises(ValueError, match="100,000,000 are allowed"):
        rv.connectivity(model, long)
    assert rv.connectivity(model, long, rows=[9]).scores.shape == (1, 11_000)

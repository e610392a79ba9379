"""What a widget shows, written to a file: the same as the page draws, of all its models."""

import csv

import numpy as np
import pytest
from PIL import Image
from small import LETTERS, recurrent

import rnnviz_widget as rv

TEXT = "a text that two models read"


@pytest.fixture(scope="module")
def widget():
    models = {
        "GRU": rv.SequenceModel(recurrent("gru"), LETTERS),
        "LSTM": rv.SequenceModel(recurrent("lstm", seed=1), LETTERS),
    }
    widget = rv.explore(models, TEXT, position=9)
    yield widget
    widget.close()


def test_figures_are_of_the_character_shown(widget, tmp_path):
    for kind in ("png", "svg", "pdf", "tex"):
        widget.save(tmp_path / f"figure.{kind}")
        assert (tmp_path / f"figure.{kind}").stat().st_size > 1000
    widget.save(tmp_path / "wide.PNG", width=10, dpi=100, theme="dark")
    with Image.open(tmp_path / "wide.PNG") as figure:
        assert figure.width == 1000
    assert "After “a text tha”" in (tmp_path / "figure.tex").read_text(encoding="utf-8")
    assert widget.to_latex() == (tmp_path / "figure.tex").read_text(encoding="utf-8")
    assert widget.plot(width=4).get_figwidth() == 4


def test_data_are_of_all_models(widget, tmp_path):
    widget.save(tmp_path / "scores.csv")
    with (tmp_path / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["model"] for row in rows} == {"GRU", "LSTM"}
    assert len(rows) == 2 * len(TEXT) * (len(TEXT) + 1) // 2
    widget.save(tmp_path / "scores.npz")
    with np.load(tmp_path / "scores.npz") as data:
        for n, model in enumerate(widget.models.values()):
            scores = rv.connectivity(model, TEXT).scores
            np.testing.assert_array_equal(data[f"{n}/scores"], scores)


def test_a_page_too(widget, tmp_path):
    widget.save(tmp_path / "page.html", title="A page")
    assert "<h1>A page</h1>" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_other_kinds_are_refused_in_words(widget, tmp_path):
    with pytest.raises(ValueError, match=r"must end in one of .*\.png.*\.html; got .*gif"):
        widget.save(tmp_path / "figure.gif")
    with pytest.raises(ValueError, match="leave out the arguments of a picture"):
        widget.save(tmp_path / "scores.csv", theme="dark")
    assert not list(tmp_path.iterdir())


def test_what_is_drawn_is_drawn_as_the_page_does(widget):
    plain = widget.shared().standing
    with widget.hold_trait_notifications():
        widget.scale, widget.by = "published", "word"
    shared = widget.shared()
    assert shared.standing != plain
    assert "summed over words, squared, as a part of the row" in shared.words
    assert (shared.state["scale"], shared.state["by"]) == ("published", "word")
    assert "figure; " in widget.to_latex()
    widget.scale, widget.by = "share", "character"
    assert widget.shared().standing == plain

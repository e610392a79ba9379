"""The span whose share is read, bars and the walk, from Python."""

import ipywidgets
import numpy as np
import pytest
import traitlets
from small import LETTERS, recurrent
from widgets import await_fill, picture_of

import rnnviz_widget as rv
from rnnviz_widget import share
from rnnviz_widget.picture import standing_html

TEXT = "a text that two models read"


@pytest.fixture
def widget():
    models = {cell: rv.SequenceModel(recurrent(cell), LETTERS) for cell in ("gru", "lstm")}
    widget = rv.explore(models, TEXT, position=20)
    yield widget
    widget.close()
    await_fill(widget, 20)


def test_is_set_observed_and_linked(widget):
    seen = []
    widget.observe(lambda change: seen.append(change["new"]), "brush")
    other = rv.explore(rv.SequenceModel(recurrent("rnn"), LETTERS), TEXT)
    ipywidgets.link((widget, "brush"), (other, "brush"))
    widget.brush = (2, 6)
    # As the page sends it.
    widget.set_state({"brush": [7, 11]})
    widget.brush = None
    assert seen == [(2, 6), (7, 11), None]
    other.brush = (0, len(TEXT))
    assert widget.brush == (0, len(TEXT))
    other.close()


@pytest.mark.parametrize(
    "brush", [(3, 3), (5, 2), (-1, 4), (0, len(TEXT) + 1), (1,), "ab", (0.5, 2)]
)
def test_refuses_what_is_no_span_and_keeps_the_one_it_had(widget, brush):
    widget.brush = (2, 6)
    with pytest.raises(traitlets.TraitError) as refused:
        widget.brush = brush
    assert "brush" in str(refused.value)
    assert widget.brush == (2, 6)


def test_its_share_is_told_by_the_pictures(widget):
    widget.brush = (7, 11)
    picture = picture_of(widget)
    for facet, name in zip(picture.facets, ("gru", "lstm"), strict=True):
        row = np.abs(widget.connectivity(name).scores[20])
        percent = 100 * row[7:11].sum() / row.sum()
        assert f"{percent:.1f} % lies on “that”" in widget._repr_mimebundle_()[0]["text/plain"]
        assert f", {percent:.1f} % on “that”" in standing_html(picture)
        assert facet.error is None


def test_goes_along_with_a_page(widget, tmp_path):
    widget.brush, widget.bars, widget.playing = (2, 6), True, True
    widget.save_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert '"brush":[2,6],"bars":true,"playing":true' in page
    assert {"brush", "bars", "playing"} < set(share.TRAITS)

"""Regions of the maps as traits: set by Python or by the page, and the points inside."""

import numpy as np
import pytest
import torch
import traitlets
from explorer.two_models import TEXT, models
from hugging import bert, word_piece
from widgets import explorer_of, page_of

import rnnviz_widget as rv

SOURCE = "hidden of layer 0 of cell"
EVERYTHING = [(-99, -99), (99, -99), (99, 99), (-99, 99)]
EMBEDDINGS = "token embeddings"


@pytest.fixture
def widget():
    widget = rv.explore(models(), TEXT, position=20)
    yield widget
    widget.close()


def around(mapped, point, reach=1e-3):
    """A small square around a point."""
    x, y = mapped.map.coordinates[point].tolist()
    ends = [(-reach, -reach), (reach, -reach), (reach, reach), (-reach, reach)]
    return [(x + dx, y + dy) for dx, dy in ends]


def drawn(corners, facet=0, source=SOURCE):
    x, y = zip(*corners, strict=True)
    return {"facet": facet, "source": source, "method": "pca", "x": list(x), "y": list(y)}


def test_a_region_has_its_points_as_a_table(widget):
    heard = []
    widget.observe(heard.append, ["map_regions", "region_points"])
    mapped = widget.map(name="LSTM")
    widget.map_regions = {"LSTM": rv.MapRegion(around(mapped, 7))}
    assert widget.map_regions["LSTM"].source == SOURCE
    # Who hears of the region finds its points there.
    assert [change.name for change in heard] == ["region_points", "map_regions"]
    (row,) = widget.region_points
    expected = mapped.table()[7]
    assert (row["model"], row["point"], row["characters"]) == ("LSTM", 7, [7])
    assert {key: row[key] for key in expected} == expected
    assert widget.region_points.words == f"LSTM: 1 of {len(TEXT)} points ({SOURCE})"
    frame = widget.region_points.to_frame()
    assert frame["context"].tolist() == [expected["context"]]
    # Half of the map, of both models.
    half = [(0, -99), (99, -99), (99, 99), (0, 99)]
    widget.map_regions = {"GRU": rv.MapRegion(half), "LSTM": rv.MapRegion(half)}
    for name in ("GRU", "LSTM"):
        right = np.flatnonzero(widget.map(name=name).map.coordinates[:, 0] > 0).tolist()
        found = [row["point"] for row in widget.region_points if row["model"] == name]
        assert found == right
    with pytest.raises(TypeError, match="does not support item"):
        widget.map_regions["GRU"] = rv.MapRegion(half)
    widget.map_regions = None
    assert (widget.map_regions, widget.region_points) == ({}, None)
    assert page_of(widget).reply("map_regions")["regions"] == []


def test_of_token_embeddings_a_symbol_has_all_its_characters(widget):
    region = rv.MapRegion(EVERYTHING, EMBEDDINGS)
    widget.map_regions = {"GRU": region}
    for row in widget.region_points:
        expected = [n for n, letter in enumerate(TEXT) if letter == row["symbol"]]
        assert row["characters"] == expected
    assert sum(map(len, widget.region_points["characters"])) == len(TEXT)


def test_steps_of_a_corpus_are_inside_too(widget):
    widget.corpus = ["a text", "read"]
    widget.map_regions = {"GRU": rv.MapRegion(EVERYTHING)}
    table = widget.region_points
    assert len(table) == len(TEXT) + 10
    assert table[-1]["characters"] == []
    assert (table[-1]["symbol"], table[-1]["context"]) == ("d", "read")


def test_an_encoder_has_regions_by_its_words():
    tokenizer = word_piece()
    network = bert(tokenizer, torch.float32)
    widget = rv.explore(rv.SequenceModel.from_transformers(network, tokenizer), "the cat sat")
    # Of one model it need not be named.
    widget.map_regions = rv.MapRegion(EVERYTHING, "residual of all layers")
    assert len(widget.region_points) == 3 * 5
    assert widget.region_points[2 * 5 + 2]["symbol"] == "cat"
    assert widget.region_points[2 * 5 + 2]["characters"] == [4, 5, 6]
    widget.close()


def test_what_a_reader_draws_is_the_trait(widget):
    page = page_of(widget)
    mapped = widget.map(name="LSTM")
    serial = page.ask("map_regions", regions=[drawn(around(mapped, 3), facet=1)])
    assert list(widget.map_regions) == ["LSTM"]
    assert widget.region_points["characters"] == [[3]]
    told = page.reply("map_regions")
    assert told["serial"] == serial
    assert told["regions"] == [drawn(around(mapped, 3), facet=1)]
    page.ask("map_regions", regions=[])
    assert (widget.map_regions, widget.region_points) == ({}, None)


@pytest.mark.parametrize(
    ("region", "words"),
    [
        (drawn(EVERYTHING, source="hiden"), "there is no source 'hiden' of a map"),
        (drawn(EVERYTHING, facet=2), "there is no model 2: there are 2"),
        ({**drawn(EVERYTHING), "x": [1.0]}, "a region has 1 and 4 coordinates"),
        (drawn(EVERYTHING[:2]), "at least 3 corners; got 2"),
        ({**drawn(EVERYTHING), "method": "tsne"}, "method"),
    ],
)
def test_what_a_page_can_not_have_drawn_is_refused(widget, region, words):
    page = page_of(widget)
    page.ask("map_regions", regions=[region])
    assert page.refused["kind"] == "map_regions"
    assert words in page.refused["message"]
    assert widget.map_regions == {}


def test_regions_stay_with_another_target_and_end_with_other_points(widget):
    page = page_of(widget)
    widget.map_regions = {"GRU": rv.MapRegion(EVERYTHING)}
    assert page.reply("map_regions")["serial"] == 0
    points = widget.region_points
    widget.target = "e"
    assert widget.region_points is points
    assert page.reply("map_regions")["epoch"] == page.scene["epoch"] == 2
    assert page.reply("map_regions")["regions"] == [drawn(EVERYTHING)]
    widget.text = TEXT[:9]
    assert (widget.map_regions, widget.region_points) == ({}, None)
    assert page.reply("map_regions")["regions"] == []
    widget.map_regions = {"GRU": rv.MapRegion(EVERYTHING)}
    widget.refresh()
    assert (widget.map_regions, widget.region_points) == ({}, None)
    widget.map_regions = {"GRU": rv.MapRegion(EVERYTHING)}
    widget.corpus = ["a text"]
    assert (widget.map_regions, widget.region_points) == ({}, None)


def test_the_points_are_those_of_the_map_that_the_page_shows(widget, monkeypatch):
    page = page_of(widget)
    page.ask("map", wanted=True, sources=[None, EMBEDDINGS], method="pca", near=[None, None])
    assert explorer_of(widget).join(30)
    shown = explorer_of(widget).maps.shown(0, SOURCE, "pca")
    assert len(shown) == len(TEXT)
    assert explorer_of(widget).maps.shown(1, SOURCE, "pca") is None
    assert explorer_of(widget).maps.shown(0, SOURCE, "umap") is None
    page.ask("map_regions", regions=[drawn(around(shown, 5))])
    assert widget.region_points["characters"] == [[5]]
    widget.target = "e"
    assert explorer_of(widget).maps.shown(0, SOURCE, "pca") is None


def test_a_saved_page_has_the_regions_of_a_map_that_is_open(widget):
    page = page_of(widget)
    widget.map_regions = {"GRU": rv.MapRegion(EVERYTHING)}
    widget.bake()
    page.ask("modules", names=["map"])
    state = widget.shared().state
    assert state["_reply"]["map_regions"]["regions"] == [drawn(EVERYTHING)]
    page.ask("modules", names=[])
    assert "map_regions" not in widget.shared().state["_reply"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (rv.MapRegion(EVERYTHING), "by the name of a model, which is one of 'GRU', 'LSTM'; got"),
        ({"RNN": rv.MapRegion(EVERYTHING)}, "name one of the models: 'GRU', 'LSTM'; got 'RNN'"),
        ({"GRU": EVERYTHING}, "map_regions\\['GRU'\\] must be an rv.MapRegion; got"),
        ({"GRU": rv.MapRegion(EVERYTHING, "hiden")}, "there is no source 'hiden' of a map"),
    ],
)
def test_what_is_no_region_is_said(widget, value, words):
    with pytest.raises(traitlets.TraitError, match=words):
        widget.map_regions = value
    assert widget.map_regions == {}
    with pytest.raises(traitlets.TraitError, match="set those to find others"):
        widget.region_points = [1]

"""Maps of the models' states, as the page is sent them."""

import queue

import numpy as np
import pytest
from explorer.two_models import OTHER, TEXT, models

from rnnviz_widget.explorer import Explorer, ReadySource
from rnnviz_widget.inside.map_sources import EMBEDDINGS
from rnnviz_widget.inside.nearest_states import nearest_to
from rnnviz_widget.inside.principal_components import principal_components
from rnnviz_widget.inside.text_states import TextStates
from rnnviz_widget.reading import ready_readings
from rnnviz_widget.reading.formats import read_tables
from rnnviz_widget.scene.asks import AskMap
from rnnviz_widget.scene.codec import pack, unpack
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.scene.state_map import StateMaps

WAIT = 30
CORPUS = ["another text", "of several", "that the model has not read"]
HIDDEN = "hidden of layer 0 of cell"


@pytest.fixture
def heard(explorer):
    replies = queue.Queue()
    explorer.instruments["map"].on_reply = replies.put
    return replies


def asking(serial=7, *, wanted=True, sources=(None, None), near=(None, None), method="pca"):
    return AskMap(serial, wanted, list(sources), method, list(near))


def ask(explorer, heard, **asked):
    """The last reply to an ask, as the page reads it."""
    found = explorer.instruments["map"].ask(asking(**asked))
    while found is None or any(getattr(one, "waits_for", None) for one in found.facets):
        found = heard.get(timeout=WAIT)
    return unpack(StateMaps, pack(found))


def places(facet):
    whole = np.frombuffer(facet.positions, "<i2").reshape(-1, 2)
    return whole * facet.quantum + facet.center


def test_positions_are_the_projections_of_the_states(explorer, heard):
    reply = ask(explorer, heard)
    assert (reply.epoch, reply.serial, reply.method) == (1, 7, "pca")
    for name, facet in zip(models(), reply.facets, strict=True):
        states = models()[name].states(TEXT)[0, "hidden"]
        plane = principal_components(states)
        expected = plane.project(states)
        # Half of the least step of 16 bits.
        np.testing.assert_allclose(places(facet), expected, atol=0.51 * facet.quantum + 1e-6)
        assert np.ptp(expected, axis=0).max() / facet.quantum == pytest.approx(65_534, rel=1e-4)
        assert facet.sources[facet.source] == facet.layers[0] == HIDDEN
        assert (
            f"{100 * plane.explained[0]:.1f} % and {100 * plane.explained[1]:.1f} %" in facet.words
        )
        assert (facet.own, facet.of_tokens.tolist()) == (len(TEXT), list(range(len(TEXT))))
        assert [facet.names[k] for k in facet.symbol] == list(TEXT)
        assert [facet.names[k] for k in facet.truth] == [*TEXT[1:], ""]
        assert facet.after.tolist() == list(range(1, len(TEXT) + 1))


def test_a_corpus_comes_after_the_text(explorer, heard):
    maps = explorer.instruments["map"]
    maps.corpus = CORPUS
    assert maps.ask(asking(sources=(None, EMBEDDINGS))) is None
    first = heard.get(timeout=WAIT).facets[0]
    reply = ask(explorer, heard, serial=8, sources=(None, EMBEDDINGS))
    facet, embeddings = reply.facets
    assert len(first.symbol) in (len(TEXT), len(facet.symbol))
    every = [models()["GRU"].states(one)[0, "hidden"] for one in (TEXT, *CORPUS)]
    joined = np.concatenate(every)
    np.testing.assert_allclose(
        places(facet), principal_components(joined).project(joined), atol=facet.quantum + 1e-5
    )
    assert facet.corpus == "".join(CORPUS)
    assert facet.starts.tolist() == [0, 12, 22]
    steps = range(len(TEXT), len(facet.symbol))
    ends = [facet.after[n] - len(TEXT) for n in steps]
    assert [facet.corpus[end - 1] for end in ends] == [facet.names[facet.symbol[n]] for n in steps]
    assert (embeddings.own, embeddings.corpus) == (0, "")


def test_the_nearest_of_the_text_come_with_the_map_and_others_when_asked(explorer, heard):
    explorer.instruments["map"].corpus = CORPUS
    reply = ask(explorer, heard)
    facet = reply.facets[0]
    assert facet.near.of.tolist() == list(range(len(TEXT)))
    texts = TextStates.of(*(models()["GRU"].states(t)[0, "hidden"] for t in (TEXT, *CORPUS)))
    expected = nearest_to(texts, 0, 5, count=6, apart=facet.near.apart).states
    assert facet.near.points[5].tolist() == [texts.starts[s.text] + s.step for s in expected]
    np.testing.assert_allclose(
        facet.near.similarity[5], [s.similarity for s in expected], atol=1e-6
    )
    further = len(TEXT) + 13
    other = explorer.instruments["map"].ask(asking(9, near=(further, None)))
    near = other.facets[0].near
    assert (other.serial, near.of[-1], len(near.of)) == (9, further, len(TEXT) + 1)
    expected = nearest_to(texts, 2, 1, count=6, apart=near.apart).states
    assert near.points[-1].tolist() == [texts.starts[s.text] + s.step for s in expected]
    assert other.facets[0].positions == facet.positions


def test_another_text_is_mapped_anew_and_closing_drops_all(explorer, heard):
    first = ask(explorer, heard)
    explorer.changes.read(OTHER)
    reply = ask(explorer, heard)
    assert (first.epoch, reply.epoch) == (1, 2)
    assert reply.facets[0].own == len(OTHER)
    maps = explorer.instruments["map"]
    assert maps.ask(asking(8, wanted=False)) is None
    assert maps.ask(asking(9)) is None
    assert heard.get(timeout=WAIT).serial == 9


def test_an_open_view_is_sent_a_new_corpus(explorer, heard):
    reply = ask(explorer, heard)
    assert len(reply.facets[0].symbol) == len(TEXT)
    explorer.instruments["map"].use_corpus(CORPUS)
    while True:
        found = heard.get(timeout=WAIT)
        if not any(one.waits_for for one in found.facets):
            break
    assert found.serial == 7
    assert len(found.facets[0].symbol) == len(TEXT) + sum(map(len, CORPUS))
    explorer.instruments["map"].ask(asking(wanted=False))
    explorer.instruments["map"].use_corpus([])
    assert heard.empty()


def test_in_another_epoch_the_page_asks_by_itself(explorer, heard):
    ask(explorer, heard)
    explorer.changes.read(OTHER)
    explorer.instruments["map"].use_corpus(CORPUS)
    assert heard.empty()
    with pytest.raises(ValueError, match="sources must have an entry"):
        explorer.instruments["map"].ask(asking(sources=[None]))
    explorer.instruments["map"].use_corpus([])
    assert heard.empty()


def test_a_corpus_that_can_t_be_read_leaves_the_map_of_the_text(explorer, heard):
    explorer.instruments["map"].corpus = ["fine", "not \u00e9"]
    assert explorer.instruments["map"].ask(asking()) is None
    while True:
        facet = heard.get(timeout=WAIT).facets[0]
        if "which failed" in facet.waits_for:
            break
    assert len(facet.symbol) == len(TEXT)
    assert "text 1: " in facet.waits_for


def test_a_model_that_has_no_such_states_fails_alone(explorer, heard):
    reply = ask(explorer, heard, sources=("hidden of layer 7", EMBEDDINGS))
    assert isinstance(reply.facets[0], Failure)
    assert reply.facets[0].error.startswith("there is no source 'hidden of layer 7' of a map;")
    assert reply.facets[1].sources[reply.facets[1].source] == EMBEDDINGS


def test_umap_that_is_not_installed_is_named(explorer, heard):
    reply = ask(explorer, heard, method="umap")
    if "umap" in reply.methods:
        assert "trustworthiness" in reply.facets[0].words
    else:
        assert "pip install 'rnnviz-widget[umap]'" in reply.facets[0].error


def test_ready_made_rows_have_no_map():
    tables = read_tables({"A": {"text": "ab", "scores": [[1.0, 0.0], [0.5, 0.5]]}})
    explorer = Explorer(ReadySource(ready_readings(tables)))
    replies = queue.Queue()
    maps = explorer.instruments["map"]
    maps.on_reply = replies.put
    found = maps.ask(asking(sources=[None], near=[None])) or replies.get(timeout=WAIT)
    assert found.facets[0].error.startswith("its rows are ready-made")
    explorer.close()


def test_an_ask_that_does_not_fit_is_refused(explorer):
    for name, wrong in (("sources", {"sources": [None]}), ("near", {"near": [1, 2, 3]})):
        with pytest.raises(ValueError, match=f"{name} must have an entry for each of the 2 models"):
            explorer.instruments["map"].ask(asking(**wrong))

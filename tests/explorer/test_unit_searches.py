"""Searches for places where selected units are on: in the text, and in a corpus."""

import queue

import pytest
from explorer.two_models import OTHER, TEXT

import rnnviz_widget as rv
from rnnviz_widget.explorer import Explorer, ReadySource
from rnnviz_widget.explorer.turns import TURNS
from rnnviz_widget.inside.find_matches import find_matches
from rnnviz_widget.inside.lstmvis import lstmvis_matches
from rnnviz_widget.inside.on_bits import OnBits
from rnnviz_widget.inside.selection import select_units
from rnnviz_widget.inside.text_states import TextStates
from rnnviz_widget.inside.thresholds import fixed_threshold, quantile_thresholds
from rnnviz_widget.reading import ready_readings
from rnnviz_widget.reading.formats import read_tables
from rnnviz_widget.scene.rows import Failure

WAIT = 30
LAYER = "hidden of layer 0 of cell"
TEXTS = ["two models read a text", OTHER, "a text", "models that read what two models wrote", TEXT]
SPAN = rv.Selection(2, 6)


@pytest.fixture
def heard(explorer):
    found = queue.Queue()
    explorer.searches.on_found = found.put
    return found


def ended(heard):
    """The end of a search, and how far it was said to be on the way."""
    far = []
    while True:
        state = heard.get(timeout=WAIT)
        if state.progress is None:
            return state, far
        far.append(state.progress)


def states_of(explorer, name, *texts):
    model = explorer.models[name]
    return TextStates.of(*(model.states(text)[0, "hidden"] for text in texts))


def spans(facet):
    return [(one.text, one.start, one.after, one.score, one.held) for one in facet.matches]


def places(found, *, corpus):
    return [
        (one.text if corpus else None, one.start, one.stop, one.score, len(one.held))
        for one in found.places
    ]


def test_the_text_is_searched_at_once(explorer, heard):
    explorer.searches.begin(SPAN, at_once=True)
    state = heard.get_nowait()
    assert (state.epoch, state.selection, state.progress) == (1, SPAN, None)
    for name, facet in zip(("GRU", "LSTM"), state.facets, strict=True):
        texts = states_of(explorer, name, TEXT)
        on = OnBits.of(texts, quantile_thresholds(texts))
        wanted = select_units(on, 2, 6)
        found = find_matches(on, wanted, limit=12, skip_own=True) if len(wanted) else None
        assert facet.units.tolist() == list(wanted.units)
        assert spans(facet) == ([] if found is None else places(found, corpus=False))


def test_a_match_comes_with_its_context_the_prediction_and_the_truth(explorer, heard):
    text = explorer.models["GRU"]
    selection = rv.Selection(2, 4, before=0, quantile=0.7)
    explorer.searches.begin(selection, at_once=True)
    facet = heard.get_nowait().facets[0]
    rows = rv.connectivity(text, TEXT, target=rv.TRUTH)
    top = rv.connectivity(text, TEXT, target=rv.TOP)
    assert len(facet.matches) > 2
    for match in facet.matches:
        shown = match.context[match.start - match.context_start :][: match.after - match.start]
        assert shown == TEXT[match.start : match.after]
        assert match.context in TEXT
        last = match.after - 1
        if last + 1 < len(TEXT):
            assert match.truth.name == TEXT[last + 1]
            assert match.truth.probability == pytest.approx(rows.target_probabilities[last])
        else:
            assert match.truth is None
        assert match.predicted.probability == pytest.approx(top.target_probabilities[last])


def test_a_corpus_is_searched_by_its_own_quantiles_and_no_place_runs_over_a_text(explorer, heard):
    explorer.searches.take(rv.TextCorpus(TEXTS[:4]))
    selection = rv.Selection(2, 4, corpus=True, before=0, quantile=0.6)
    explorer.searches.begin(selection)
    state, far = ended(heard)
    assert all(0 <= one.share <= 1 for one in far)
    for name, facet in zip(("GRU", "LSTM"), state.facets, strict=True):
        texts = states_of(explorer, name, *TEXTS[:4])
        thresholds = quantile_thresholds(texts, 0.6)
        on = OnBits.of(texts, thresholds)
        own = OnBits.of(states_of(explorer, name, TEXT), thresholds)
        found = find_matches(on, select_units(own, 2, 4, before=0), limit=12)
        assert spans(facet) == places(found, corpus=True)
        assert len(facet.matches) == 12
        for match in facet.matches:
            assert match.after <= len(TEXTS[match.text])
            assert match.context in TEXTS[match.text]
            if match.after < len(TEXTS[match.text]):
                assert match.truth.name == TEXTS[match.text][match.after]


def test_the_text_s_own_place_in_the_corpus_is_left_out(explorer, heard):
    explorer.searches.take(rv.TextCorpus(TEXTS))
    explorer.searches.begin(rv.Selection(2, 4, corpus=True, before=0, quantile=0.6), at_once=True)
    state, _ = ended(heard)
    for facet in state.facets:
        assert facet.matches
        assert (4, 2, 4) not in [one[:3] for one in spans(facet)]


def test_lstmvis_way_is_its_published_one(explorer, heard):
    selection = rv.Selection(4, 7, threshold=0.1, before=0)
    explorer.searches.begin(selection, at_once=True)
    facet = heard.get_nowait().facets[0]
    texts = states_of(explorer, "GRU", TEXT)
    on = OnBits.of(texts, fixed_threshold(texts, 0.1))
    found = lstmvis_matches(on, select_units(on, 4, 7, before=0), limit=12)
    assert len(found) > 0
    assert spans(facet) == places(found, corpus=False)
    assert "Jaccard" in facet.scored_by


def test_the_newest_search_wins_and_what_was_read_is_kept(explorer, heard, monkeypatch):
    read = []
    states = rv.SequenceModel.states

    def counted(self, text, **more):
        read.append(text)
        return states(self, text, **more)

    monkeypatch.setattr(rv.SequenceModel, "states", counted)
    explorer.searches.take(rv.TextCorpus(TEXTS))
    with TURNS.hover():
        # The background waits while a hover is answered; of these only the last is answered.
        explorer.searches.begin(rv.Selection(0, 2, corpus=True))
        explorer.searches.begin(rv.Selection(3, 5, corpus=True))
        wanted = rv.Selection(2, 4, corpus=True)
        explorer.searches.begin(wanted)
    state, _ = ended(heard)
    assert state.selection == wanted
    assert explorer.searches.join(WAIT)
    assert heard.empty()
    there = list(read)
    # Each model reads the text that is shown, and each text of the corpus, once.
    assert sorted(there) == sorted(2 * [*TEXTS, TEXT])
    explorer.searches.begin(rv.Selection(2, 4, corpus=True, quantile=0.7))
    ended(heard)
    assert len(read) == len(there)


def test_a_stopped_search_goes_on_where_it_was(explorer):
    explorer.searches.take(rv.TextCorpus(TEXTS))
    selection = rv.Selection(2, 4, corpus=True)
    steps = explorer.searches.steps(explorer.changes.now, selection)
    before = [explorer.searches.advance(steps).share for _ in range(5)]
    assert before[-1] > 0
    steps.close()
    again = explorer.searches.steps(explorer.changes.now, selection)
    explorer.searches.advance(again)  # the text that is shown
    assert explorer.searches.advance(again).share > before[-1]


def test_a_search_that_still_reads_an_old_corpus_leaves_the_new_one_alone(explorer, heard):
    selection = rv.Selection(2, 4, corpus=True, before=0, quantile=0.6)
    explorer.searches.take(rv.TextCorpus(TEXTS[:2]))
    before = explorer.searches.steps(explorer.changes.now, selection)
    while "reads" not in explorer.searches.advance(before).words:
        pass
    # The thread that reads is within a step while another corpus is set.
    explorer.searches.take(rv.TextCorpus(TEXTS))
    now = explorer.searches.steps(explorer.changes.now, selection)
    while "reads" not in explorer.searches.advance(now).words:
        pass
    while not isinstance(explorer.searches.advance(before), list):
        pass
    explorer.searches.begin(selection, at_once=True)
    state, _ = ended(heard)
    for name, facet in zip(("GRU", "LSTM"), state.facets, strict=True):
        texts = states_of(explorer, name, *TEXTS)
        on = OnBits.of(texts, quantile_thresholds(texts, 0.6))
        wanted = select_units(on, 2, 4, text=TEXTS.index(TEXT), before=0)
        assert spans(facet) == places(
            find_matches(on, wanted, limit=12, skip_own=True), corpus=True
        )


def test_errors_are_said_of_each_model(explorer, heard):
    explorer.searches.take(rv.TextCorpus(["a text", "caf\u00e9 1"]))
    explorer.searches.begin(rv.Selection(2, 4, corpus=True), at_once=True)
    state, _ = ended(heard)
    for facet in state.facets:
        assert isinstance(facet, Failure)
        assert "the corpus, text 1: " in facet.error
        assert "'\u00e9'" in facet.error
    layers = {"GRU": "forget of layer 0 of cell"}
    explorer.searches.begin(rv.Selection(2, 4, layers=layers), at_once=True)
    gru, lstm = ended(heard)[0].facets
    assert "GRU has no states 'forget of layer 0 of cell'; expected one of" in gru.error
    assert lstm.layer == LAYER


def test_what_can_not_be_searched_is_refused(explorer):
    with pytest.raises(ValueError, match="there is no corpus to search: set the widget's corpus"):
        explorer.searches.begin(rv.Selection(2, 4, corpus=True))
    with pytest.raises(ValueError, match="98"):
        explorer.searches.begin(rv.Selection(2, 99))


def test_a_corpus_larger_than_memory_is_searched_on_disk(explorer, heard):
    whole, small = rv.TextCorpus(TEXTS), rv.TextCorpus(TEXTS, memory_limit=300)
    selection = rv.Selection(2, 4, corpus=True, before=0, quantile=0.6)
    found = []
    for corpus in (whole, small):
        explorer.searches.take(corpus)
        explorer.searches.begin(selection, at_once=True)
        found.append([spans(facet) for facet in ended(heard)[0].facets])
    assert found[0] == found[1]
    assert found[0][0]


def test_ready_made_rows_can_not_be_searched():
    tables = read_tables({"A": {"text": "ab", "scores": [[1.0, 0.0], [0.5, 0.5]]}})
    explorer = Explorer(ReadySource(ready_readings(tables)))
    try:
        heard = queue.Queue()
        explorer.searches.on_found = heard.put
        explorer.searches.begin(rv.Selection(0, 1), at_once=True)
        assert "ready-made" in heard.get_nowait().facets[0].error
    finally:
        explorer.close()
        assert explorer.join(WAIT)

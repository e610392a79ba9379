"""Selected units, their matches and the corpus, as traits and as the page is told them."""

import threading

import numpy as np
import pytest
import traitlets
from explorer.two_models import TEXT, models
from widgets import explorer_of, page_of

import rnnviz_widget as rv
from rnnviz_widget.explorer.turns import TURNS
from rnnviz_widget.widget import selecting, sharing

LAYER = "hidden of layer 0 of cell"
TEXTS = ["two models read a text", "quite another one", "models that read", "a text"]
FOUND = {"start": 2, "after": 6, "layers": ["", ""], "corpus": False, "quantile": 0.6}
FOUND |= {"threshold": None, "before": 0, "beyond": 0}
EASY = rv.Selection(2, 4, quantile=0.6, before=0)
WAIT = 30


@pytest.fixture
def widget():
    widget = rv.explore(models(), TEXT, position=20)
    yield widget
    widget.close()


def searched(widget):
    """The reply to the page once the search has ended."""
    assert explorer_of(widget).searches.join(WAIT)
    reply = page_of(widget).reply("matches")
    assert reply["progress"] is None
    return reply


def test_a_selection_has_its_units_and_matches_at_once(widget):
    changes = []
    widget.observe(changes.append, ["selection", "units", "matches", "brush"])
    widget.selection = (2, 6)
    assert widget.selection == rv.Selection(2, 6)
    assert widget.brush == (2, 6)
    assert {"model", "layer", "unit", "side"} == set(widget.units.columns)
    heard = sorted(change.name for change in changes if change.new is not None)
    assert heard == ["brush", "matches", "selection", "units"]
    widget.selection = EASY
    matches = widget.matches
    assert set(matches["model"]) == {"GRU", "LSTM"}
    for row in matches:
        assert TEXT[row["start"] : row["stop"]] == row["place"]
        assert row["text"] is None
    assert page_of(widget).reply("matches")["search"]["quantile"] == 0.6
    widget.selection = None
    assert (widget.brush, widget.units, widget.matches) == (None, None, None)
    assert page_of(widget).reply("matches")["search"] is None


def test_tables_go_to_pandas_and_to_notebooks(widget):
    widget.selection = EASY
    units = widget.units
    frame = units.to_frame()
    assert list(frame.columns) == list(units.columns)
    assert frame["unit"].tolist() == units["unit"] == units.to_dict()["unit"]
    assert units[0] == dict(zip(units.columns, frame.iloc[0], strict=True))
    assert len(units[:2]) == 2
    assert "model" in repr(units)
    html = widget.matches._repr_html_()
    assert html.count("<tr>") == len(widget.matches) + 1
    with pytest.raises(KeyError, match="there is no column 'units'; expected one of model, layer"):
        units["units"]


def test_a_layer_is_named_by_number_and_kind(widget):
    widget.selection = rv.Selection(2, 4, layer=0, kind="hidden")
    assert widget.selection.layers == {"GRU": LAYER, "LSTM": LAYER}
    with pytest.raises(traitlets.TraitError, match="'forget'; expected one of"):
        widget.selection = rv.Selection(2, 4, layer=0, kind="forget")
    widget.selection = rv.Selection(2, 4, kind="forget", layers={"GRU": LAYER})
    assert widget.selection.layers["LSTM"] == "forget of layer 0 of cell"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ((2, 99), "selection ends at character 99; the text has 27 characters"),
        ((4, 4), r"a selection needs at least one character; got \[4, 4\)"),
        ("ab", r"selection must be an rv.Selection, \(start, stop\) or None; got 'ab'"),
        ((0.5, 2), "start must be a whole number; got 0.5"),
    ],
)
def test_what_can_not_be_selected_is_refused(widget, value, words):
    with pytest.raises(traitlets.TraitError, match=words):
        widget.selection = value
    assert widget.selection is None


def test_options_out_of_range_are_refused(widget):
    for option, words in (
        ({"quantile": 0.2}, "quantile must be at least 0.5"),
        ({"threshold": np.nan}, "threshold must be a finite number"),
        ({"limit": 0}, "limit must be a whole number, at least 1"),
        ({"before": -1}, "before must be at least 0"),
    ):
        with pytest.raises(ValueError, match=words):
            rv.Selection(1, 2, **option)
    with pytest.raises(TypeError, match="layers must name a layer by the name of each model"):
        rv.Selection(1, 2, layers=[LAYER])
    with pytest.raises(traitlets.TraitError, match="units and matches are what was found"):
        widget.units = [1]
    with pytest.raises(traitlets.TraitError, match="there is no corpus to search"):
        widget.selection = rv.Selection(1, 2, corpus=True)
    with pytest.raises(traitlets.TraitError, match=r"there is no file 'none\.txt'"):
        widget.corpus = "none.txt"
    with pytest.raises(ValueError, match="nothing is selected"):
        widget.find_matches()


def test_a_corpus_is_searched_and_waited_for(tmp_path):
    file = tmp_path / "texts.txt"
    file.write_text("\n".join(TEXTS), encoding="utf-8")
    with rv_widget(corpus=file) as widget:
        reply = page_of(widget).reply("matches")
        assert reply["corpus"] == {"name": "texts.txt", "texts": 4, "characters": 61}
        selection = rv.Selection(2, 4, quantile=0.6, before=0, corpus=True)
        found = widget.find_matches(selection)
        assert found == widget.matches
        assert len(found) == 24
        for row in found:
            assert TEXTS[row["text"]][row["start"] : row["stop"]] == row["place"]
            assert TEXTS[row["text"]].find(row["before"] + row["place"] + row["after"]) >= 0
        assert widget.find_matches() == found
        widget.corpus = TEXTS[:1]
        assert set(widget.find_matches()["text"]) == {0}
        widget.corpus = None
        assert widget.selection.corpus is False


def test_an_interrupted_search_ends_and_goes_on_when_asked_again(widget, monkeypatch):
    class Interrupted:
        def __init__(self, **_):
            pass

        def __enter__(self):
            raise KeyboardInterrupt

        def __exit__(self, *_):
            pass

    widget.corpus = TEXTS
    with monkeypatch.context() as patched:
        patched.setattr(selecting, "tqdm", Interrupted)
        # Meanwhile it can't end, so that there is a bar.
        with TURNS.hover(), pytest.raises(KeyboardInterrupt):
            widget.find_matches(rv.Selection(2, 4, quantile=0.6, before=0, corpus=True))
    assert page_of(widget).reply("matches")["progress"] is None
    assert len(widget.find_matches()) == 24


class rv_widget:  # noqa: N801
    """A widget of two models, closed at the end."""

    def __init__(self, **options):
        self.options = options

    def __enter__(self):
        self.widget = rv.explore(models(), TEXT, position=20, **self.options)
        return self.widget

    def __exit__(self, *_):
        self.widget.close()


def test_the_page_selects_and_python_hears_it(widget):
    page, heard = page_of(widget), threading.Event()
    widget.observe(lambda change: change.new is not None and heard.set(), "matches")
    serial = page.ask("matches", search={**FOUND, "layers": [LAYER, ""]})
    assert heard.wait(WAIT)
    reply = searched(widget)
    assert (reply["serial"], reply["selected"]) == (serial, TEXT[2:6])
    assert widget.selection == rv.Selection(2, 6, quantile=0.6, before=0, layers={"GRU": LAYER})
    assert [len(one["matches"]) for one in reply["facets"]] == [
        widget.matches["model"].count(name) for name in ("GRU", "LSTM")
    ]
    page.ask("matches", search=None)
    assert widget.selection is None
    page.ask("matches", search={**FOUND, "after": 99})
    assert "the text has 27 characters" in page.refused["message"]
    page.ask("matches", search={**FOUND, "layers": []})
    assert "layers must have an entry for each of the 2 models" in page.refused["message"]


def test_going_to_a_match_and_back(widget):
    page = page_of(widget)
    widget.corpus = TEXTS
    selection = rv.Selection(2, 4, quantile=0.6, before=0, corpus=True)
    found = widget.find_matches(selection)
    widget.pinned = 5
    page.ask("corpus_text", text=2, start=3, after=5)
    assert (widget.text, widget.pinned, widget.brush) == (TEXTS[2], 4, (3, 5))
    # What was found stays, so that the next match can be gone to.
    assert (widget.selection, widget.matches) == (selection, found)
    reply = page.reply("matches")
    assert reply["visited"] == {"text": 2, "start": 3, "after": 5, "left": TEXT}
    assert reply["epoch"] == page.scene["epoch"]
    assert len(reply["facets"]) == 2
    assert reply["selected"] == TEXT[2:4]
    page.ask("corpus_text", text=1, start=0, after=2)
    assert (widget.text, widget.brush) == (TEXTS[1], (0, 2))
    # Another selection there is of the text there.
    widget.selection = (1, 3)
    assert widget.matches is not None
    page.ask("corpus_text", text=None, start=0, after=0)
    assert (widget.text, widget.pinned, widget.brush) == (TEXT, 5, (2, 4))
    assert widget.selection == selection
    searched(widget)
    assert widget.matches == found
    assert page.reply("matches")["visited"] is None


def test_what_can_not_be_visited_is_refused(widget):
    page = page_of(widget)
    page.ask("corpus_text", text=0, start=0, after=1)
    assert page.refused["message"] == "the corpus has no text 0"
    page.ask("corpus_text", text=None, start=0, after=0)
    assert page.refused["message"] == "there is no text to come back to"
    widget.corpus = [*TEXTS, "caf\u00e9"]
    page.ask("corpus_text", text=0, start=4, after=99)
    assert page.refused["message"] == "text 0 has no characters [4, 99)"
    page.ask("corpus_text", text=4, start=0, after=1)
    assert "\u00e9" in page.refused["message"]
    assert widget.text == TEXT
    assert page.reply("corpus_text")["refused"]


def test_another_text_drops_the_selection_and_another_target_does_not(widget):
    widget.selection = EASY
    found = widget.matches
    widget.target = rv.TOP
    assert searched(widget)["epoch"] == page_of(widget).scene["epoch"]
    assert widget.matches == found
    widget.text = "something else"
    assert (widget.selection, widget.matches) == (None, None)
    # As a page selects by it again.
    assert widget.brush == (2, 4)
    widget.selection = (8, 14)
    widget.text = "shorter"
    assert widget.brush is None


def test_a_saved_page_has_what_is_open_and_its_size_is_said_before(
    widget, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(sharing, "_WORTH_TELLING", 1_000)
    page = page_of(widget)
    widget.selection = EASY
    asked = {"models": [0, 1], "layers": [None, None], "curves": [None, None], "order": "number"}
    asked |= {"carried": None, "route": None, "memory": "none", "lens": None}
    page.ask("states", around=0, values=True, **asked)
    widget.bake()
    widget.set_state({"_opened": ["states"]})
    reply = widget.shared().state["_reply"]
    assert set(reply) == {"states", "matches"}
    matches = [len(one["matches"]) for one in reply["matches"]["facets"]]
    assert matches == [widget.matches["model"].count(name) for name in widget.models]
    assert len(reply["states"]["facets"][0]["values"]) == 2 * 12 * len(TEXT)
    widget.save_html(tmp_path / "page.html")
    assert " KB of it are what is open in the views" in capsys.readouterr().out
    widget.set_state({"_opened": []})
    assert widget.shared().state["_reply"] == {}


def test_lstmvis_way_is_one_option(widget):
    widget.selection = rv.Selection(4, 7, threshold=0.1, before=0)
    assert "Jaccard" in widget.matches.words
    assert "at least 0.1" in widget.units.words
    assert set(widget.units["side"]) == {"high"}

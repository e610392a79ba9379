"""Strips: how likely all classes are at the character shown, in cells."""

import itertools
import json
import sys
import threading

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from received import read_names
from small import LETTERS, recurrent
from widgets import await_fill, explorer_of, filled, page_of

import rnnviz_widget as rv
from rnnviz_widget.explorer import Explorer
from rnnviz_widget.explorer.turns import Turns
from rnnviz_widget.reading import CELLS, Reading, strip_of
from rnnviz_widget.scene.bytes_as_text import as_bytes, as_text
from rnnviz_widget.scene.rows import Failure

TEXT = "a text that two models read"
WORDS = [f"w{n * 7919 % 1000:03d}" for n in range(500)]


@given(st.integers(1, 400), st.integers(1, 200), st.integers(0, 5))
def test_cells_hold_every_class_once_in_the_order_of_names(classes, cells, seed):
    rng = np.random.default_rng(seed)
    names = [f"{n:03d}" for n in rng.permutation(classes)]
    odds = rng.dirichlet(np.full(classes, 0.2)).astype(np.float32)
    strip = strip_of(odds, names, cells)
    count = min(classes, cells)
    pairs = sorted(zip(names, odds, strict=True))
    groups = [pairs[n * classes // count : (n + 1) * classes // count] for n in range(count)]
    assert {len(group) for group in groups} <= {classes // count, classes // count + 1}
    assert strip.classes == classes
    assert strip.p.dtype == strip.best_p.dtype == np.float32
    sums = [sum(float(p) for _, p in group) for group in groups]
    np.testing.assert_allclose(strip.p, sums, rtol=1e-6)
    best = [max(group, key=lambda pair: pair[1]) for group in groups]
    assert strip.best == [name for name, _ in best]
    assert strip.best_p.tolist() == [p for _, p in best]
    assert strip.p.sum() == pytest.approx(1, abs=1e-5)


def test_of_equally_likely_classes_the_first_by_name_stands_for_the_cell():
    odds = np.array([0.125, 0.25, 0.25, 0.125, 0.25], np.float32)
    strip = strip_of(odds, ["e", "d", "b", "a", "c"], 2)
    assert strip.best == ["b", "c"]
    np.testing.assert_array_equal(strip.p, np.float32([0.375, 0.625]))


@pytest.fixture
def model():
    return rv.SequenceModel(recurrent("gru", classes=500), LETTERS, WORDS, name="GRU")


@pytest.fixture
def widget(model):
    widget = rv.explore(model, TEXT, position=9, target=WORDS[0])
    yield widget
    widget.close()
    await_fill(widget, 20)


def from_torch(model, text, position):
    """What the module itself says of the character, by name."""
    ids = torch.tensor([[LETTERS.index(letter) for letter in text]])
    with torch.no_grad():
        odds = model.network.module(ids)[0][0, position].softmax(0).numpy()
    return dict(sorted(zip(model.outputs, odds, strict=True)))


def is_of(strips, model, text, position, facet=0):
    """Whether the strip is what torch itself gives."""
    strip = strips["facets"][facet]
    odds = from_torch(model, text, position)
    p = np.frombuffer(strip["p"], "<f4")
    assert (strip["classes"], strip["cells"], len(p)) == (len(odds), min(CELLS, len(odds)), len(p))
    assert p.sum() == pytest.approx(1, abs=1e-5)
    names = read_names(strip["best"])
    best_p = np.frombuffer(strip["best_p"], "<f4")
    assert len(names) == len(best_p) == len(p)
    np.testing.assert_allclose(best_p, [odds[name] for name in names], rtol=1e-5)
    top = max(odds, key=odds.get)
    assert names[int(best_p.argmax())] == top
    assert (best_p <= p + 1e-7).all()
    edges = np.arange(len(p) + 1) * len(odds) // len(p)
    sums = [sum(list(odds.values())[a:b]) for a, b in itertools.pairwise(edges)]
    np.testing.assert_allclose(p, sums, rtol=1e-4)
    return strips["position"] == position


@pytest.mark.parametrize("engine", ["sweep", "autograd"])
def test_odds_are_torchs_and_nothing_is_read_again(model, engine):
    reading = Reading(model, TEXT, engine=engine)
    calls = []
    model.network.module.cell.register_forward_hook(lambda *_: calls.append(1))
    for row in (0, 9, 26):
        odds = reading.predictions.all_odds(row)
        assert odds.dtype == np.float32
        assert not calls
        truth = from_torch(model, TEXT, row)
        np.testing.assert_allclose(odds, [truth[name] for name in model.outputs], rtol=1e-5)
        calls.clear()


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_odds_of_other_precisions_are_single(dtype):
    module = recurrent("gru", dtype=dtype)
    reading = Reading(rv.SequenceModel(module, LETTERS), TEXT)
    assert reading.predictions.all_odds(5).dtype == np.float32
    assert reading.predictions.all_odds(5).sum() == pytest.approx(1, abs=1e-5)


def test_nothing_is_told_until_the_page_shows_strips(widget, monkeypatch):
    page = page_of(widget)

    def never(*_):
        raise AssertionError

    monkeypatch.setattr(Explorer, "strips", never)
    widget.set_state({"position": 3})
    widget.target = WORDS[1]
    widget.text = "another text"
    page.ask("strips", wanted=False)
    assert page.strips == {}


def test_strips_follow_what_is_shown(widget, model):
    page = page_of(widget)
    seen = []
    page.on_reply("strips", seen.append)
    page.ask("strips", wanted=True)
    assert is_of(page.strips, model, TEXT, 9)
    assert json.loads(json.dumps(as_text(page.strips))) == as_text(page.strips)
    widget.set_state({"position": 3})
    assert is_of(page.strips, model, TEXT, 3)
    widget.pinned = 12
    assert is_of(page.strips, model, TEXT, 12)
    widget.position = 5
    assert is_of(page.strips, model, TEXT, 12)
    widget.set_state({"pinned": None})
    assert is_of(page.strips, model, TEXT, 5)
    assert len(seen) == 4
    widget.target = WORDS[1]
    assert page.strips["epoch"] == page.scene["epoch"] == 2
    assert is_of(page.strips, model, TEXT, 5)
    page.ask("text", text="another text", position=11)
    assert page.strips["epoch"] == page.scene["epoch"] == 3
    assert is_of(page.strips, model, "another text", 11)
    widget.refresh()
    assert page.strips["epoch"] == 4
    assert len(seen) == 7
    page.ask("strips", wanted=False)
    widget.set_state({"position": 2})
    assert len(seen) == 7


def test_rows_that_the_page_has_need_no_answer_but_have_strips(widget, model):
    page = page_of(widget)
    page.ask("strips", wanted=True)
    filled(widget)
    serial = page.answer["serial"]
    widget.set_state({"position": 2})
    assert page.answer["serial"] == serial
    assert is_of(page.strips, model, TEXT, 2)


def test_an_answer_goes_first(widget):
    page_of(widget).ask("strips", wanted=True, fills=False)
    names = []
    widget.send_state = lambda key: names.extend([key] if isinstance(key, str) else key)
    widget.target = WORDS[1]
    widget.position = 4
    widget.text = "another text"
    assert [name for name in names if name[0] == "_"] == [
        *("_answer", "_scene", "_rows", "_status", "_reply"),
        *("_answer", "_reply"),
        *("_answer", "_scene", "_rows", "_status", "_reply"),
    ]


def test_the_page_draws_another_text_before_its_strips_are_made(widget, monkeypatch):
    page_of(widget).ask("strips", wanted=True, fills=False)
    filled(widget)
    happened = []
    for name in ("page_draws", "await_drawn"):
        monkeypatch.setattr(Turns, name, lambda _, name=name: happened.append(name))
    widget.send_state = lambda key: happened.extend({"_scene", "_reply"} & {*key})
    widget.text = "another text"
    assert happened == ["_scene", "page_draws", "await_drawn", "_reply"]


def test_a_pointer_that_has_moved_on_gets_its_own_strip_only(widget, model, monkeypatch):
    page = page_of(widget)
    page.ask("strips", wanted=True)
    seen = []
    page.on_reply("strips", lambda strips: seen.append(strips["position"]))
    strips = Explorer.strips

    def while_it_moves_on(explorer, position):
        found = strips(explorer, position)
        if position == 3:
            other = threading.Thread(target=lambda: setattr(widget, "position", 20))
            other.start()
            other.join(20)
            assert not other.is_alive()
        return found

    monkeypatch.setattr(Explorer, "strips", while_it_moves_on)
    widget.position = 3
    assert seen == [20]
    assert is_of(page.strips, model, TEXT, 20)
    asked = []
    monkeypatch.setattr(Explorer, "strips", lambda _, position: asked.append(position) or [])
    rows_at = explorer_of(widget).rows_at

    def slowly(position, **options):
        if position == 5:
            widget.position = 6
        return rows_at(position, **options)

    monkeypatch.setattr(explorer_of(widget), "rows_at", slowly)
    widget.position = 5
    assert asked == [6]


def test_an_epoch_that_has_passed_has_no_strip(widget, model, monkeypatch):
    page = page_of(widget)
    page.ask("strips", wanted=True)
    strips = Explorer.strips

    def meanwhile(explorer, position):
        found = strips(explorer, position)
        if explorer.epoch == 1:
            widget.text = "another text"
        return found

    monkeypatch.setattr(Explorer, "strips", meanwhile)
    widget.position = 5
    assert page.strips["epoch"] == 2
    assert is_of(page.strips, model, "another text", 5)


def test_what_fails_is_said_beside_the_others(model, monkeypatch):
    small = rv.SequenceModel(recurrent("lstm"), LETTERS, name="LSTM")
    widget = rv.explore([model, small], TEXT, position=9)
    page = page_of(widget)
    page.ask("strips", wanted=True)
    strip = page.strips["facets"][1]
    assert (strip["cells"], strip["classes"]) == (27, 27)
    assert read_names(strip["best"]) == sorted(LETTERS)
    assert is_of(page.strips, small, TEXT, 9, facet=1)

    def fails(_):
        raise ArithmeticError("<b>no</b>")

    monkeypatch.setattr(explorer_of(widget).caches[0].reading.predictions, "all_odds", fails)
    widget.position = 4
    assert page.strips["facets"][0] == {"error": "ArithmeticError: <b>no</b>"}
    assert is_of(page.strips, small, TEXT, 4, facet=1)
    widget.close()
    before = page.strips
    widget.position = 6
    assert page.strips is before


def test_ready_made_rows_have_none():
    widget = rv.from_rows({"A": ("abc", [[1], [2, 3], [4, 5, 6]])})
    page = page_of(widget)
    (failure,) = explorer_of(widget).strips(1)
    assert isinstance(failure, Failure)
    page.ask("strips", wanted=True)
    assert page.strips["position"] == 2
    assert page.strips["facets"] == [{"error": failure.error}]
    assert failure.error.startswith("its rows are ready-made: there is no model")
    widget.close()


def test_where_bytes_get_lost_strips_are_sent_as_text(widget, model, monkeypatch):
    page = page_of(widget)
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    page.ask("strips", wanted=True)
    assert set(page.strips["facets"][0]["p"]) == {"b64"}
    assert is_of(as_bytes(page.strips), model, TEXT, 9)

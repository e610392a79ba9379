"""A model that takes long to read a text: text and predictions are shown before the first rows."""

import threading

import pytest
import traitlets
from browser import toys
from explorer.watched_fill import watch
from torch.nn.modules.module import register_module_forward_pre_hook
from widget.toy_answers import LAST, NOT_COMPUTED, has_true_rows
from widgets import (
    await_fill,
    display_in_notebook,
    explorer_of,
    fill_thread,
    page_of,
    shown_html,
)

import rnnviz_widget as rv
from rnnviz_widget.engines.autograd import reads_search
from rnnviz_widget.explorer import first_rows
from rnnviz_widget.models import UnknownSymbolError

WORDS = "GRU: explaining the character shown"


class Gate:
    """Stops backward passes while it is closed, and says when one has come to it."""

    def __init__(self):
        self.reached, self.opened = threading.Event(), threading.Event()
        self.failing = ()
        self.opened.set()

    def __deepcopy__(self, _):
        return self

    def close(self):
        self.reached.clear()
        self.opened.clear()

    def __call__(self, row):
        self.reached.set()
        assert self.opened.wait(20)
        if row in self.failing:
            raise RuntimeError("no gradient today")


@pytest.fixture
def slow(monkeypatch):
    """All models count as slow and large."""
    monkeypatch.setattr(first_rows, "PUT_OFF_FROM", 0.0)
    monkeypatch.setattr(reads_search, "PUT_OFF_FROM", 1)


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.opened.set()


@pytest.fixture
def opened(slow, gate):
    """Opens a widget of two models whose backward passes wait; `sent` is what its page gets."""
    made = []

    def explore(**options):
        models = toys.both(gate)
        gate.close()
        widget = rv.explore(models, toys.TEXT, engine="autograd", **options)
        widget.sent = []
        heard = ["_scene", "_answer", "_status"]
        widget.observe(lambda change: widget.sent.append((change.name, change.new)), heard)
        made.append(widget)
        return widget

    yield explore
    gate.opened.set()
    for widget in made:
        widget.close()
        await_fill(widget, 20)


def answers_of(widget):
    return [message for name, message in widget.sent if name == "_answer"]


def test_text_and_predictions_are_there_before_any_backward_pass(opened, gate):
    widget = opened()
    page = page_of(widget)
    assert page.scene["text"] == toys.TEXT
    assert len(page.scene["facets"]) == 2
    assert page.answer == {}
    assert (page.status["state"], page.status["message"]) == ("filling", WORDS)
    # Nothing is computed for a widget that nobody looks at.
    assert fill_thread(widget) is None
    assert not gate.reached.is_set()


def test_the_rows_come_once_it_is_displayed_and_it_is_said_which_model_is_at_work(
    opened, gate, displayed
):
    widget = opened()
    display_in_notebook(widget)
    assert gate.reached.wait(20)
    assert page_of(widget).answer == {}
    gate.opened.set()
    await_fill(widget)
    (answer,) = answers_of(widget)
    assert has_true_rows(answer, LAST)
    first = [name for name, _ in widget.sent].index("_answer")
    before = [message["message"] for name, message in widget.sent[:first] if name == "_status"]
    assert all("explaining the character shown" in words for words in before)
    said = [message.get("message") or "" for name, message in widget.sent if name == "_status"]
    assert "checking which characters" in " ".join(said)
    assert page_of(widget).status["state"] == "done"


def test_every_second_it_is_said_for_how_long(opened, gate, displayed, monkeypatch):
    monkeypatch.setattr(first_rows, "_A_SECOND", 0.001)
    widget, said = opened(), threading.Event()
    widget.observe(
        lambda change: change.new.get("message") == f"{WORDS}, 2 s" and said.set(), "_status"
    )
    display_in_notebook(widget)
    assert said.wait(20)


def test_a_hover_that_comes_before_is_answered_first(opened, gate, displayed, monkeypatch):
    widget = opened()
    background, counts = explorer_of(widget).background, watch(explorer_of(widget))
    display_in_notebook(widget)
    assert gate.reached.wait(20)
    noticed, hover = threading.Event(), background.hover

    def hovered(position):
        hover(position)
        noticed.set()

    monkeypatch.setattr(background, "hover", hovered)
    reader = threading.Thread(target=lambda: page_of(widget).send(position=3))
    reader.start()
    assert noticed.wait(20)
    gate.opened.set()
    reader.join(20)
    await_fill(widget)
    # The row that was under way, of one model, and then those that are wanted now.
    assert counts["GRU"][:2] == [LAST, 3]
    assert counts["LSTM"][0] == 3
    assert has_true_rows(answers_of(widget)[0], 3)


def test_a_position_set_before_it_is_displayed_is_computed_at_once(opened, gate):
    widget = opened()
    gate.opened.set()
    widget.position = 5
    assert has_true_rows(page_of(widget).answer, 5)
    # And nothing is said to be under way.
    assert page_of(widget).status["state"] == "idle"


def test_a_row_that_fails_is_told_in_words_and_raised_where_python_asks(opened, gate, displayed):
    gate.failing = (LAST,)
    widget = opened()
    display_in_notebook(widget)
    gate.opened.set()
    await_fill(widget)
    error = "RuntimeError: no gradient today"
    assert [each.get("error") for each in answers_of(widget)[0]["facets"]] == [error, error]
    widget.position = 3
    assert not any("error" in each for each in page_of(widget).answer["facets"])
    with pytest.raises(RuntimeError, match="no gradient today"):
        widget.connectivity("GRU")


def test_what_is_known_without_a_row_is_raised_by_the_call(slow, gate):
    with pytest.raises(UnknownSymbolError):
        rv.explore(toys.gru(), "\u00fc")
    with pytest.raises(traitlets.TraitError, match="position"):
        rv.explore(toys.gru(), toys.TEXT, position=1000, engine="autograd")


def test_an_interrupt_while_the_text_is_read_ends_the_call(slow):
    def interrupt(*_):
        raise KeyboardInterrupt

    model = toys.gru()
    handle = register_module_forward_pre_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        rv.explore(model, toys.TEXT, engine="autograd")
    handle.remove()


def test_an_early_picture_has_no_row_and_is_replaced_where_no_page_has_come(
    opened, gate, displayed
):
    widget = opened()
    display_in_notebook(widget)
    assert NOT_COMPUTED in displayed["first"][0]["text/plain"]
    assert displayed["then"] == []
    gate.opened.set()
    await_fill(widget)
    (then,) = displayed["then"]
    assert NOT_COMPUTED not in then["text/plain"]
    assert then["text/html"] == shown_html(widget)


def test_the_view_of_a_page_is_left_as_it_is(opened, gate, displayed):
    widget = opened()
    display_in_notebook(widget)
    page_of(widget).send(_page=1.0)
    gate.opened.set()
    await_fill(widget)
    assert has_true_rows(page_of(widget).answer, LAST)
    assert displayed["then"] == []


def test_where_no_page_is_expected_the_picture_waits_for_the_row(
    opened, gate, displayed, monkeypatch
):
    monkeypatch.delenv("JPY_SESSION_NAME")
    widget = opened()
    gate.opened.set()
    display_in_notebook(widget)
    assert NOT_COMPUTED not in displayed["first"][0]["text/plain"]
    await_fill(widget)
    assert displayed["then"] == []


LEAVING = {
    "picture": shown_html,
    "latex": lambda widget: widget.to_latex(),
    "page": lambda widget: widget.bake() and widget.shared().standing,
}


@pytest.mark.parametrize("way", LEAVING)
def test_what_leaves_the_page_has_the_true_row(opened, gate, monkeypatch, way):
    later = opened()
    gate.opened.set()
    monkeypatch.setattr(first_rows, "PUT_OFF_FROM", float("inf"))
    at_once = rv.explore(toys.both(), toys.TEXT, engine="autograd")
    assert page_of(at_once).answer["position"] == LAST
    assert LEAVING[way](later) == LEAVING[way](at_once)
    at_once.close()


def test_a_saved_page_has_the_true_row(opened, gate):
    widget = opened()
    gate.opened.set()
    widget.bake()
    state = widget.shared().state
    assert all(known for one in state["_rows"]["facets"] for known in [one["known"]])
    assert state["_status"]["state"] == "done"


def test_where_the_text_is_read_fast_the_rows_come_with_it(gate):
    widget = rv.explore(toys.both(gate), toys.TEXT, engine="autograd")
    assert has_true_rows(page_of(widget).answer, LAST)
    widget.close()

"""Checks that the page asks for when the pointer rests, and those that Python asks for."""

import json
import re
import threading

import pytest
from small import LETTERS, recurrent
from widget.texts import OTHER, TEXT
from widgets import LEFT_OUT, await_fill, explorer_of, filled, page_of, show

import rnnviz_widget as rv
from rnnviz_widget.scene.bytes_as_text import as_text
from rnnviz_widget.scene.codec import unpack
from rnnviz_widget.scene.output_check import OutputCheck, OutputChecks
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.share.modules import module_code

SAVED = re.compile(r'<script type="application/json"[^>]*>(.*?)</script>', re.DOTALL)


@pytest.fixture
def pair(model):
    module = recurrent("lstm", layers=2)
    widget = rv.explore([model, rv.SequenceModel(module, LETTERS, name="LSTM")], TEXT, position=9)
    filled(widget)
    yield widget
    widget.close()
    await_fill(widget, 20)


def replies(widget):
    """What the page is told about checks from now on, and an event for the first whole one."""
    heard, whole = [], threading.Event()

    def hear(reply):
        heard.append(reply)
        if len(reply["facets"]) == len(widget.models):
            whole.set()

    page_of(widget).on_reply("check", hear)
    return heard, whole


def asked(widget, position, **serial):
    heard, whole = replies(widget)
    page_of(widget).ask("check", position=position, **serial)
    assert whole.wait(20)
    await_fill(widget, 20)
    return heard[-1]


def test_a_check_is_answered_for_all_models_without_a_new_epoch(pair):
    page = page_of(pair)
    before = [page.scene, page.answer, page.rows]
    reply = asked(pair, 21, serial=5)
    assert (reply["epoch"], reply["position"], reply["serial"]) == (1, 21, 5)
    assert json.dumps(as_text(reply))
    found = unpack(OutputChecks, reply).facets
    assert [*pair.check(21).outputs.values()] == found
    assert all(isinstance(each, OutputCheck) and each.row == 21 for each in found)
    assert found[0].strongest != found[1].strongest
    assert all(
        one is two for one, two in zip(before, (page.scene, page.answer, page.rows), strict=True)
    )


def test_what_was_checked_is_answered_at_once(pair):
    first = asked(pair, 21, serial=5)
    page = page_of(pair)
    # Nothing computes now.
    page.ask("check", position=21, serial=6, fills=False)
    again = page.reply("check")
    assert again["serial"] == 6
    assert again["facets"] == first["facets"]


def test_only_the_newest_is_answered(pair):
    """Nothing is told of the one before, and nothing is finished that is not needed any more."""
    heard, whole = replies(pair)
    page = page_of(pair)
    explorer_of(pair).background.pause()
    checks = explorer_of(pair).checks
    for position in (20, 22, 24):
        page.ask("check", position=position, serial=position, fills=False)
    assert whole.wait(20)
    await_fill(pair, 20)
    assert heard[-1]["serial"] == 24
    assert {each["position"] for each in heard if each["serial"] == 24} == {24}
    page.ask("check", position=None, serial=30)
    assert explorer_of(pair).background.asked == {}
    assert checks.kept(1, 24) is not None


@pytest.mark.parametrize("change", ["refresh", "text", "target"])
def test_another_epoch_drops_it(pair, change):
    asked(pair, 21)
    page = page_of(pair)
    assert page.reply("check")["facets"]
    if change == "refresh":
        pair.refresh()
    elif change == "text":
        pair.text = OTHER
    else:
        pair.target = rv.TOP
    await_fill(pair, 20)
    assert explorer_of(pair).checks.kept(2, 21) is None
    assert asked(pair, 21)["epoch"] == 2
    assert explorer_of(pair).checks.kept(1, 21) is None


def test_a_hover_elsewhere_ends_it(pair):
    background = explorer_of(pair).background
    background.pause()
    background.asked = {"check": type("Pending", (), {"position": 5, "in_part": True})()}
    background.hover(5)
    assert background.asked != {}
    background.hover(6)
    assert background.asked == {}


def test_hovered_rows_and_previews_are_finished_before_it(pair):
    """What waits is computed in this order, step by step: a check never holds a hover up."""
    background, order = explorer_of(pair).background, []

    class Steps:
        def __init__(self, name):
            self.name, self.position, self.left = name, 5, 3
            self.done = threading.Event()

        @property
        def in_part(self):
            return self.left > 0

        def advance(self):
            order.append(self.name)
            self.left -= 1

        def tell(self):
            if not self.in_part:
                self.done.set()

    background.pause()
    hovered, previewed, checked = map(Steps, ("hovered", "previewed", "checked"))
    background.hovered, background.previewed = hovered, previewed
    background.finish("check", checked)
    assert checked.done.wait(20)
    assert hovered.done.is_set()
    assert previewed.done.is_set()
    assert order == [*["hovered"] * 3, *["previewed"] * 3, *["checked"] * 3]


@pytest.mark.parametrize("message", [{"position": 99}, {"position": -1}, {"position": "3"}, {}])
def test_bad_asks_are_refused_in_words(pair, message):
    page = page_of(pair)
    page.ask("check", **message)
    assert page.refused["kind"] == "check"
    assert page.refused["message"]
    page.ask("check", position=3, serial=LEFT_OUT)
    assert page.refused["serial"] is None


def test_ready_made_rows_have_nothing_to_run(model):
    widget = rv.from_rows({"ready": (TEXT, rv.connectivity(model, TEXT).scores)})
    heard, whole = [], threading.Event()
    page_of(widget).on_reply("check", lambda reply: (heard.append(reply), whole.set()))
    page_of(widget).ask("check", position=3)
    assert whole.wait(20)
    assert "there is no model that could be run again" in heard[-1]["facets"][0]["error"]
    assert "ready-made" in repr(widget.check(3))
    widget.close()


def test_one_model_that_fails_leaves_the_others(model):
    module = recurrent("gru", symbols=27)
    alone = rv.SequenceModel(module, LETTERS, tokenize=lambda text: [("a", 0, len(text))])
    widget = rv.explore({"one": alone, "whole": model}, TEXT, position=9)
    show(widget)
    found = widget.check(8).outputs
    assert isinstance(found["whole"], OutputCheck)
    assert found["one"] == Failure(
        "it reads 1 input here that can be exchanged: there is none to compare it with"
    )
    assert "one: it reads 1 input here" in repr(widget.check(8))
    widget.close()


def test_python_checks_the_character_shown_in_words_and_in_numbers(pair):
    pair.pinned = 12
    check = pair.check()
    assert check.position == 12
    first, second = [line for line in repr(check).split("\n") if line.startswith("Without")]
    found = check.outputs["GRU"]
    assert first.startswith(f"Without its 4 strongest characters GRU gives “{found.name}” ")
    assert " LSTM gives “" in second
    assert repr(check).endswith(" becomes a symbol drawn as often as it stands in the text.")
    frame = check.to_frame()
    assert len(frame) == sum(3 * len(each.counts) for each in check.outputs.values())
    line = frame[(frame.model == "GRU") & (frame.order == "nearest") & (frame.exchanged == 4)]
    assert line.left.item() == found.nearest.mean[2]
    assert line.error.item() == found.nearest.error[2]
    assert line.before.item() == found.before
    assert pair.check(12).outputs == check.outputs
    with pytest.raises(ValueError, match="position must be"):
        pair.check(99)


def test_a_closed_widget_checks_nothing(model):
    widget = rv.explore(model, TEXT)
    widget.close()
    with pytest.raises(RuntimeError, match="closed"):
        widget.check(3)


def test_a_saved_page_carries_the_check_of_the_pinned_character(pair, tmp_path):
    page = page_of(pair)
    path = tmp_path / "page.html"
    pair.pinned = 21
    reply = asked(pair, 21)
    pair.save_html(path)
    without = path.read_text(encoding="utf-8")
    assert json.loads(SAVED.search(without)[1])["_reply"] == {}
    assert module_code("check") not in without
    page.ask("modules", names=["check"])
    pair.save_html(path)
    text = path.read_text(encoding="utf-8")
    assert json.loads(SAVED.search(text)[1])["_reply"] == {"check": reply}
    assert module_code("check") in text
    assert len(json.dumps(reply)) < 2500 * len(pair.models)
    pair.pinned = 20
    pair.save_html(path)
    assert json.loads(SAVED.search(path.read_text(encoding="utf-8"))[1])["_reply"] == {}

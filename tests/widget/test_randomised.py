"""Rows with random weights and of random classes, as a page asks for them."""

import json
import threading

import pytest
from widget.texts import TEXT
from widgets import await_fill, filled, page_of

import rnnviz_widget as rv
from rnnviz_widget.scene.bytes_as_text import as_text
from rnnviz_widget.scene.codec import unpack
from rnnviz_widget.scene.replies import Randomised


@pytest.fixture
def widget(model):
    widget = rv.explore(model, TEXT, position=9)
    filled(widget)
    yield widget
    widget.close()
    await_fill(widget, 20)


def test_a_page_gets_the_rows_and_then_what_is_expected(widget, model):
    page, there, seen = page_of(widget), threading.Event(), []
    page.on_reply("randomised", seen.append)
    page.on_reply(
        "randomised", lambda one: one["weights"][0]["over_expected"] is None or there.set()
    )
    serial = page.ask("randomised", position=12)
    assert there.wait(30)
    assert {one["serial"] for one in seen} == {serial}
    reply = unpack(Randomised, seen[-1])
    found = rv.randomised(model, TEXT)
    assert reply.weights[0].correlation == pytest.approx(found.correlations()[12])
    assert reply.classes[0].target.name == found.classes.targets[12]
    assert json.dumps(as_text(seen[-1]), allow_nan=False)
    page.ask("randomised", position=None)
    assert page.refused == {}


@pytest.mark.parametrize("asked", [{"position": 99}, {"position": -1}, {"position": "3"}, {}])
def test_bad_asks_are_refused_in_words(widget, asked):
    page = page_of(widget)
    serial = page.ask("randomised", **asked)
    assert page.refused["kind"] == "randomised"
    assert page.refused["serial"] == serial
    assert page.refused["message"]

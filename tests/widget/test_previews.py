"""Another target at one position, while the page shows it, and classes found by name."""

import json
import threading

import pytest
from small import LETTERS, recurrent
from widget.texts import PAIR, TEXT, near, unpacked
from widgets import LEFT_OUT, await_fill, filled, page_of, rows_of

import rnnviz_widget as rv
from rnnviz_widget.scene.bytes_as_text import as_text


@pytest.fixture
def other():
    """A model that lacks "z"."""
    return rv.SequenceModel(recurrent("lstm", classes=26), LETTERS, LETTERS[:26], name="LSTM")


@pytest.fixture
def widget(model):
    widget = rv.explore(model, TEXT, position=9, pinned=4)
    yield widget
    widget.close()
    await_fill(widget, 20)


def preview(widget, position, target, **serial):
    page = page_of(widget)
    page.ask("preview", position=position, target=target, **serial)
    return page.preview


@pytest.mark.parametrize(
    ("message", "target"),
    [(["e"], "e"), (["e", "o"], PAIR), ("top", rv.TOP), ("truth", rv.TRUTH)],
)
def test_a_preview_is_answered_without_a_new_epoch(widget, model, message, target):
    page = page_of(widget)
    filled(widget)
    before = page.scene, page.answer, page.rows, dict(rows_of(widget))
    reply = preview(widget, 12, message, serial=3)
    c = rv.connectivity(model, TEXT, target=target)
    assert (reply["epoch"], reply["position"], reply["serial"]) == (1, 12, 3)
    assert reply["measure"] == {"name": c.measure, "signed": c.signed, "label": c.label}
    (entry,) = reply["facets"]
    assert entry["row"] == 12
    assert near(unpacked(entry, reply["measure"]), c.scores[12, :13])
    target_at = entry["target"]
    assert (target_at["name"], target_at["rank"], target_at["reason"]) == (
        c.targets[12],
        c.target_ranks[12],
        c.reasons[12],
    )
    assert target_at["p"] == pytest.approx(c.target_probabilities[12], rel=1e-5)
    rival = c.rivals and {"name": c.rivals[12], "rank": c.rival_ranks[12]}
    assert (target_at["rival"] and {k: target_at["rival"][k] for k in ("name", "rank")}) == rival
    now = page.scene, page.answer, page.rows
    assert all(one is two for one, two in zip(now, before, strict=False))
    assert rows_of(widget).keys() == before[3].keys()
    assert json.dumps(as_text(reply))


def test_a_preview_of_nothing_ends_it(widget):
    page = page_of(widget)
    reply = preview(widget, 12, ["e"])
    page.end_preview()
    assert page.preview is reply


def test_a_class_that_one_model_lacks_is_previewed_in_the_others(model, other):
    widget = rv.explore([model, other], TEXT)
    reply = preview(widget, 12, ["z"])
    assert reply["facets"][0]["target"]["name"] == "z"
    assert reply["facets"][1]["target"] is None
    assert "'z' is not among the model's 26" in reply["facets"][1]["error"]
    widget.close()


@pytest.mark.parametrize(
    "asked",
    [
        {"position": 99, "target": ["e"]},
        {"position": -1, "target": ["e"]},
        {"position": 3, "target": "e"},
        {"target": ["e"]},
        {"position": 3, "target": ["e"], "serial": LEFT_OUT},
    ],
)
def test_bad_previews_are_refused_in_words(widget, asked):
    page = page_of(widget)
    serial = page.ask("preview", **asked)
    assert page.refused["kind"] == "preview"
    assert page.refused["serial"] == (None if serial is LEFT_OUT else serial)
    assert page.refused["message"]
    assert page.preview == {}


def test_a_long_preview_is_finished_behind_and_the_fill_goes_on(model, monkeypatch):
    from rnnviz_widget.explorer import explorer as rooms

    monkeypatch.setattr(rooms, "_ANSWER_WITHIN", 0.0)
    text = TEXT * 9
    widget = rv.explore(model, text, position=0)
    filled(widget)
    whole, seen = threading.Event(), []
    page_of(widget).on_reply("preview", seen.append)
    page_of(widget).on_reply("preview", lambda one: "from" in one["facets"][0] or whole.set())
    preview(widget, 240, ["e", "o"], serial=4)
    assert whole.wait(20)
    c = rv.connectivity(model, text, target=PAIR, tolerance=0)
    assert seen[0]["facets"][0]["from"] == 209
    assert near(unpacked(seen[-1]["facets"][0], seen[-1]["measure"]), c.scores[240, :241])
    assert {each["serial"] for each in seen} == {4}
    widget.close()
    await_fill(widget, 20)


def test_names_are_found_by_how_they_begin(model):
    names = ["the", "then", "that", "cat", *map(str, range(40))]
    words = rv.SequenceModel(recurrent("gru", classes=44), LETTERS, names)
    widget = rv.explore(words, TEXT, position=7)
    page = page_of(widget)
    serial = page.ask("classes", prefix="th")
    found = page.found
    assert (found["serial"], found["prefix"], found["position"]) == (serial, "th", 7)
    c = rv.connectivity(words, TEXT, target="then")
    p = {each["name"]: each["p"] for each in found["names"]}
    assert p.keys() == {"the", "then", "that"}
    assert p["then"] == [pytest.approx(c.target_probabilities[7], rel=1e-5)]
    page.ask("classes", prefix="")
    assert len(page.found["names"]) == 20
    page.ask("classes", prefix=3)
    assert page.refused["kind"] == "classes"
    widget.close()

"""A text that is typed in the page: read and shown where the page says, or refused in words."""

import json

import pytest
import traitlets
from small import LETTERS, recurrent
from widget.texts import OTHER, SHORT, TEXT, shows, typed
from widgets import (
    LEFT_OUT,
    await_fill,
    filled,
    page_of,
)

import rnnviz_widget as rv


def sent(widget):
    """What goes to the page from now on, message by message: names, with their values."""
    messages = []

    def send_state(key):
        names = [key] if isinstance(key, str) else key
        messages.append({name: getattr(widget, name) for name in names})

    widget.send_state = send_state
    return messages


@pytest.mark.parametrize(
    ("text", "position", "place"),
    [(OTHER, 50, 50), (OTHER, 3, 3), (SHORT, 5, 5), (SHORT, 6, 5), (SHORT, 999, 5), ("e", 0, 0)],
)
def test_what_is_typed_is_read_and_shown_where_the_page_says(widget, text, position, place):
    widget.pinned = 4
    seen = []
    widget.observe(lambda change: seen.append(change.new), "text")
    typed(widget, text, position)
    assert seen == [text]
    assert (widget.position, widget.pinned) == (place, None)
    assert shows(widget, text, place)
    assert page_of(widget).scene["epoch"] == 2
    assert page_of(widget).refused == {}
    await_fill(widget)  # as after anything that the page sends
    assert page_of(widget).rows["complete"] is True


def test_the_same_text_typed_again_moves_the_pointer_only(widget):
    page = page_of(widget)
    widget.pinned = 4
    scene = page.scene
    typed(widget, TEXT, 12)
    assert (widget.position, widget.pinned) == (12, None)
    assert shows(widget, TEXT, 12)
    typed(widget, TEXT, 99)
    assert widget.position == len(TEXT) - 1
    assert page.scene is scene
    await_fill(widget)


def test_an_epoch_comes_as_one_message_the_answer_before_the_scene(widget):
    filled(widget)
    messages = sent(widget)
    typed(widget, OTHER, 50)
    await_fill(widget)
    epoch, *later = messages
    assert list(epoch) == ["position", "_answer", "_scene", "_rows", "_status"]
    assert epoch.pop("position") == 50
    assert not any("_scene" in message for message in later)
    assert [value["epoch"] for value in epoch.values()] == [2] * 4
    assert epoch["_answer"]["position"] == 50
    assert not any(facet["peak"] for facet in epoch["_rows"]["facets"])
    assert epoch["_status"]["state"] == "idle"
    messages.clear()
    widget.target = "a"
    await_fill(widget)
    names = [list(message) for message in messages if list(message) != ["target"]]
    assert names[0] == ["_answer", "_scene", "_rows", "_status"]


def test_a_page_that_has_set_the_position_itself_is_not_told(widget):
    messages = sent(widget)
    typed(widget, OTHER, 9)
    assert not any("position" in message for message in messages)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"text": 3, "position": 0}, "text is no text"),
        ({"position": 0}, "text is missing"),
        ({"text": OTHER, "position": -1}, "position must be a natural number; got -1"),
        ({"text": OTHER, "position": 1.5}, "position must be a natural number; got 1.5"),
        ({"text": OTHER}, "position is missing"),
        ({"text": OTHER, "position": 0, "serial": LEFT_OUT}, "serial is missing"),
        ({"text": "", "position": 0}, "^GRU: text is empty"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(widget, asked, words):
    page = page_of(widget)
    scene = page.scene
    widget.pinned = 4
    numbers = set()
    for _ in range(2):
        serial = page.ask("text", **asked)
        refused = page.refused
        assert refused["kind"] == "text"
        assert refused["serial"] == (None if serial is LEFT_OUT else serial)
        numbers.add(refused["number"])
        assert "unknown" not in refused
        with pytest.raises(ValueError, match=words):
            raise ValueError(refused["message"])
    assert page.scene is scene
    assert (widget.text, widget.position, widget.pinned) == (TEXT, 9, 4)
    assert len(numbers) == 2


def test_characters_that_a_model_does_not_know_are_told_to_the_page(model, other):
    widget = rv.explore({"one": model, "two": other, "three": other}, TEXT, position=9, target="e")
    page = page_of(widget)
    scene = page.scene
    serial = typed(widget, "aQ\U0001f600 quiz\n", 3)
    refused = page.refused
    assert refused["unknown"] == [1, 2, 4, 7, 8]
    assert (refused["kind"], refused["serial"]) == ("text", serial)
    assert refused["message"].startswith("one: the model does not know 'Q' at 1, '\U0001f600' at 2")
    assert "two, three: the model does not know 'Q' at 1" in refused["message"]
    assert json.loads(json.dumps(refused)) == refused
    assert page.scene is scene
    assert (widget.text, widget.position) == (TEXT, 9)
    typed(widget, "fine", 3)
    assert widget.text == "fine"
    assert page.refused == refused
    widget.close()


def test_ready_made_rows_are_not_for_typing():
    widget = rv.from_rows({"A": ("abc", [[1], [2, 3], [4, 5, 6]])})
    page = page_of(widget)
    assert page.scene["editable"] is False
    assert page.scene["facets"][0]["truth"] is None
    assert widget.text == "abc"
    scene = page.scene
    with pytest.raises(traitlets.TraitError, match=r"^these rows are ready-made"):
        widget.text = "abd"
    typed(widget, "abd")
    assert page.refused["message"].startswith("these rows are ready-made")
    assert page.scene is scene
    typed(widget, "abc", 1)
    assert widget.position == 1
    widget.close()


def test_the_scene_says_whether_one_may_type(widget):
    page = page_of(widget)
    assert page.scene["editable"] is True
    widget.target = [rv.TOP] * len(TEXT)
    assert page.scene["editable"] is False
    with pytest.raises(traitlets.TraitError, match="targets are a list"):
        widget.text = OTHER
    typed(widget, OTHER)
    assert "targets are a list" in page.refused["message"]
    widget.target = rv.TRUTH
    assert page.scene["editable"] is True
    widget.text = OTHER
    assert page.scene["text"] == OTHER


@pytest.mark.parametrize(
    ("truth", "expected"), [("next", "next"), ("word", "word"), ("none", None), (list, None)]
)
def test_the_scene_tells_a_kind_of_truth_that_a_page_can_say(truth, expected):
    model = rv.SequenceModel(recurrent("gru"), LETTERS, truth=truth)
    widget = rv.explore(model, TEXT)
    assert page_of(widget).scene["facets"][0]["truth"] == expected
    widget.close()


def test_a_page_that_is_behind_does_not_point_past_the_text(widget):
    widget.set_state({"position": 26})
    widget.text = SHORT
    messages = sent(widget)
    widget.set_state({"position": 20, "pinned": 21, "target": ["a"]})
    assert (widget.position, widget.pinned) == (5, 5)
    # Or the page would go on pointing there.
    last = {name: value for message in messages for name, value in message.items()}
    assert last["pinned"] == last["position"] == 5
    assert widget.target == "a"
    widget.set_state({"pinned": None, "position": -3})
    assert (widget.position, widget.pinned) == (0, None)


def test_what_comes_along_with_what_is_typed_does_not_undo_it(widget):
    asked = {"text": OTHER, "position": 50, "serial": 1}
    widget.set_state({"position": 99, "pinned": 98, "_ask": {"text": asked}, "by": "word"})
    assert (widget.position, widget.pinned, widget.by) == (50, None, "word")
    assert shows(widget, OTHER, 50)


def test_where_a_refused_text_was_typed_is_forgotten(widget):
    typed(widget, "A", 0)
    assert page_of(widget).refused["unknown"] == [0]
    widget.text = OTHER
    assert shows(widget, OTHER, 9)
    typed(widget, TEXT, 2)
    widget.position = 11
    widget.text = OTHER
    assert shows(widget, OTHER, 11)

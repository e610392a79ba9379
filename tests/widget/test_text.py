"""Another text while the widget runs: set from Python, typed in the page, and what is refused."""

import json
import threading

import numpy as np
import pytest
import traitlets
from received import read_ints, read_names, read_scores
from small import LETTERS, oracle, recurrent
from widgets import (
    LEFT_OUT,
    await_fill,
    begin_fill,
    explorer_of,
    fill_thread,
    filled,
    holds_traits_lock,
    page_of,
    rows_of,
)

import rnnviz_widget as rv
from rnnviz_widget.scene.bytes_as_text import as_bytes
from rnnviz_widget.share.state import check

TEXT = "a text that two models read"
OTHER = "quite another text that is longer than the one before"
SHORT = "a text"


def unpacked(entry, measure):
    return read_scores(entry, signed=measure["signed"])


@pytest.fixture
def model():
    return rv.SequenceModel(recurrent("gru"), LETTERS, name="GRU")


@pytest.fixture
def other():
    """A model that does not know "z", or "q"."""
    letters = LETTERS.replace("z", "").replace("q", "")
    module = recurrent("lstm", symbols=25, classes=25)
    return rv.SequenceModel(module, letters, name="LSTM")


@pytest.fixture
def widget(model):
    widget = rv.explore(model, TEXT, position=9, target="e")
    yield widget
    widget.close()
    await_fill(widget, 20)


def typed(widget, text, position=0):
    return page_of(widget).ask("text", text=text, position=position)


def shows(widget, text, position):
    """The page has the text, and at the position the row that torch itself gives."""
    page = page_of(widget)
    scene, answer = page.scene, page.answer
    assert widget.text == explorer_of(widget).text == scene["text"] == text
    assert (widget.shown, answer["position"]) == (position, position)
    assert scene["epoch"] == answer["epoch"] == page.rows["epoch"] == page.status["epoch"]
    ids = [LETTERS.index(letter) for letter in text]
    module = widget.models["GRU"].network.module
    truth = oracle(module, ids, [LETTERS.index("e")] * len(ids), "norm")[position, : position + 1]
    row = unpacked(answer["facets"][0], scene["measure"])
    np.testing.assert_allclose(row, truth, atol=1.1e-3 * truth.max())
    return True


def sent(widget):
    """What goes to the page from now on, in order: names, with their values."""
    names = []
    widget.send_state = lambda key: names.append((key, getattr(widget, key)))
    return names


@pytest.mark.parametrize(
    ("text", "position"), [(OTHER, 9), (SHORT, 5), ("z", 0), (TEXT[:-1] + "s", 9)]
)
def test_a_text_that_is_set_is_read(widget, text, position):
    page = page_of(widget)
    seen = []
    widget.observe(lambda change: seen.append((change.old, change.new, widget.position)), "text")
    widget.text = text
    assert seen == [(TEXT, text, position)]
    assert shows(widget, text, position)
    assert page.scene["epoch"] == 2
    assert page.status["state"] == "idle"
    assert len(rows_of(widget)) == 1
    assert "text" not in widget.get_state()


def test_a_widget_that_is_shown_goes_on_filling(widget):
    page = page_of(widget)
    filled(widget)
    assert page.status["state"] == "done"
    for text in (OTHER, SHORT):
        widget.text = text
        await_fill(widget)
        assert (page.rows["complete"], page.status["state"]) == (True, "done")
        assert page.status["done"] == len(text)
    typed(widget, TEXT, 3)
    await_fill(widget)
    assert page.status["done"] == len(TEXT)
    state = as_bytes({name: getattr(widget, name) for name in ("_scene", "position")})
    check(state)


@pytest.mark.parametrize(
    ("text", "pinned", "after", "shown"),
    [(OTHER, 4, 4, 4), (SHORT, 4, 4, 4), (SHORT, 5, 5, 5), (SHORT, 6, None, 5), ("z", 4, None, 0)],
)
def test_a_pin_stays_where_the_text_has_it(widget, text, pinned, after, shown):
    widget.pinned = pinned
    widget.text = text
    assert widget.pinned == after
    assert shows(widget, text, shown)


def test_the_same_text_changes_nothing(widget):
    page = page_of(widget)
    scene, answer = page.scene, page.answer
    widget.text = TEXT
    assert page.scene is scene
    assert page.answer is answer


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a quiz", "^LSTM: the model does not know 'q' at 2, 'z' at 5; it knows"),
        ("A", "^GRU: the model does not know 'A' at 0"),
        ("", "^GRU: text is empty; pass at least one character"),
        (7, "expected a unicode string"),
        (None, "expected a unicode string"),
    ],
)
def test_what_not_all_can_read_is_refused_and_nothing_changes(model, other, text, words):
    widget = rv.explore([model, other], TEXT, position=20, pinned=4)
    page = page_of(widget)
    scene, answer, facets = page.scene, page.answer, explorer_of(widget).facets
    with pytest.raises(traitlets.TraitError, match=words):
        widget.text = text
    assert (widget.text, widget.position, widget.pinned) == (TEXT, 20, 4)
    assert page.scene is scene
    assert page.answer is answer
    assert explorer_of(widget).facets is facets
    widget.text = "read"
    assert page.scene["epoch"] == 2
    widget.close()


def test_a_model_that_fails_on_a_text_is_refused_in_words(model, widget, monkeypatch):
    page = page_of(widget)

    def fails(_):
        raise RuntimeError("index <b> out of range")

    monkeypatch.setattr(model.network.module, "forward", fails)
    with pytest.raises(traitlets.TraitError, match=r"^GRU: the module failed on ids of shape"):
        widget.text = OTHER
    serial = typed(widget, OTHER)
    assert (page.refused["kind"], page.refused["serial"]) == ("text", serial)
    assert "index <b> out of range" in page.refused["message"]
    assert "unknown" not in page.refused
    assert widget.text == page.scene["text"] == TEXT


def test_texts_can_be_linked(widget, model):
    second = rv.explore(model, TEXT)
    link = traitlets.link((widget, "text"), (second, "text"))
    widget.text = OTHER
    assert second.text == page_of(second).scene["text"] == OTHER
    second.text = SHORT
    assert shows(widget, SHORT, 5)
    link.unlink()
    second.close()


def test_other_traits_that_are_held_back_with_a_text_go_together(widget):
    page = page_of(widget)
    with widget.hold_trait_notifications():
        widget.text = OTHER
        widget.target = "a"
    assert page.scene["target"] == ["a"]
    assert page.scene["text"] == OTHER
    names = read_names(page.scene["facets"][0]["classes"])
    targets = read_ints(page.scene["facets"][0]["target"], len(OTHER))
    assert {names[k] for k in targets} == {"a"}


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


def test_the_answer_comes_before_the_scene_and_nothing_else_between(widget):
    filled(widget)
    names = sent(widget)
    typed(widget, OTHER, 50)
    await_fill(widget)
    order = [name for name, _ in names]
    assert order[:5] == ["position", "_answer", "_scene", "_rows", "_status"]
    assert order.count("_scene") == 1
    values = [value for _, value in names[:5]]
    assert values[0] == 50
    assert [value["epoch"] for value in values[1:]] == [2] * 4
    assert values[1]["position"] == 50
    assert not any(facet["peak"] for facet in values[3]["facets"])
    assert values[4]["state"] == "idle"
    names.clear()
    widget.target = "a"
    await_fill(widget)
    told = [name for name, _ in names if name != "target"]
    assert told[:4] == ["_answer", "_scene", "_rows", "_status"]


def test_a_page_that_has_set_the_position_itself_is_not_told(widget):
    names = sent(widget)
    typed(widget, OTHER, 9)
    assert "position" not in [name for name, _ in names]


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
    ("truth", "told"), [("next", "next"), ("word", "word"), ("none", None), (list, None)]
)
def test_the_scene_tells_a_kind_of_truth_that_a_page_can_say(truth, told):
    model = rv.SequenceModel(recurrent("gru"), LETTERS, truth=truth)
    widget = rv.explore(model, TEXT)
    assert page_of(widget).scene["facets"][0]["truth"] == told
    widget.close()


def test_a_page_that_is_behind_does_not_point_past_the_text(widget):
    widget.set_state({"position": 26})
    widget.text = SHORT
    names = sent(widget)
    widget.set_state({"position": 20, "pinned": 21, "target": ["a"]})
    assert (widget.position, widget.pinned) == (5, 5)
    # Or the page would go on pointing there.
    assert dict(names)["pinned"] == dict(names)["position"] == 5
    assert widget.target == "a"
    widget.set_state({"pinned": None, "position": -3})
    assert (widget.position, widget.pinned) == (0, None)


def test_what_comes_along_with_what_is_typed_does_not_undo_it(widget):
    asked = {"text": OTHER, "position": 50, "serial": 1}
    widget.set_state({"position": 99, "pinned": 98, "_ask": {"text": asked}, "by": "word"})
    assert (widget.position, widget.pinned, widget.by) == (50, None, "word")
    assert shows(widget, OTHER, 50)


def test_of_ten_texts_typed_in_a_row_the_last_stays(model, other):
    widget = rv.explore([model, other], TEXT * 6)
    page = page_of(widget)
    filled(widget)
    workers = []
    last = TEXT * 6 + " and some x"
    for n in range(10):
        text = last[: len(last) - 9 + n]
        typed(widget, text, len(text) - 1)
        workers.append(fill_thread(widget))
        assert page.scene["text"] == text
    assert len(set(workers)) == 10
    for worker in workers:
        worker.join(60)
        assert not worker.is_alive()
    assert page.scene["epoch"] == page.rows["epoch"] == page.answer["epoch"] == 11
    assert (page.rows["complete"], page.status["state"]) == (True, "done")
    assert page.scene["text"] == widget.text == last
    assert page.answer["position"] == len(last) - 1
    widget.close()


def test_a_fill_that_was_stopped_by_a_text_tells_nothing_more(model):
    widget = rv.explore(model, TEXT * 8)
    told = []
    widget.observe(
        lambda change: told.append((change.new["epoch"], page_of(widget).scene["epoch"])), "_rows"
    )
    begin_fill(widget)
    for n in range(6):
        typed(widget, TEXT * 2 + LETTERS[n + 1], 0)
    await_fill(widget)
    assert len(told) >= 7
    assert all(rows == scene for rows, scene in told)
    widget.close()


def test_a_text_is_checked_set_and_shown_under_one_lock(widget, monkeypatch):
    owned = []
    prepare = explorer_of(widget).changes.prepare_text

    def watched(text):
        owned.append(holds_traits_lock(widget))
        return prepare(text)

    monkeypatch.setattr(explorer_of(widget).changes, "prepare_text", watched)
    widget.observe(lambda _: owned.append(holds_traits_lock(widget)), "text")
    widget.text = OTHER
    assert owned == [True, True]
    assert not holds_traits_lock(widget)


def test_between_two_texts_nothing_is_shown_past_the_shorter_one(widget, monkeypatch):
    widget.position = 26
    shown = []
    changes = explorer_of(widget).changes
    prepare = changes.prepare_text

    def watched(text):
        begin = prepare(text)
        return lambda: (begin(), shown.append(widget.shown))

    monkeypatch.setattr(changes, "prepare_text", watched)
    widget.text = SHORT
    assert shown == [5]
    assert shows(widget, SHORT, 5)


def test_where_a_refused_text_was_typed_is_forgotten(widget):
    typed(widget, "A", 0)
    assert page_of(widget).refused["unknown"] == [0]
    widget.text = OTHER
    assert shows(widget, OTHER, 9)
    typed(widget, TEXT, 2)
    widget.position = 11
    widget.text = OTHER
    assert shows(widget, OTHER, 11)


def test_an_observer_that_fails_leaves_a_whole_picture(widget):
    page = page_of(widget)

    def fails(_):
        raise ZeroDivisionError("<b>mine</b>")

    widget.observe(fails, "position")
    with pytest.raises(ZeroDivisionError, match="mine"):
        typed(widget, SHORT, 2)
    assert shows(widget, SHORT, 2)
    assert page.refused == {}
    widget.unobserve(fails, "position")

    def refuses(_):
        raise traitlets.TraitError("<b>mine</b>")

    widget.observe(refuses, "text")
    with pytest.raises(traitlets.TraitError, match="mine"):
        typed(widget, TEXT, 2)
    # It was read: that somebody else does not like it is no refusal of the models.
    assert shows(widget, TEXT, 2)
    assert page.refused == {}
    widget.unobserve(refuses, "text")
    widget.observe(fails, "text")
    with pytest.raises(ZeroDivisionError, match="mine"):
        widget.text = OTHER
    assert shows(widget, OTHER, 2)


def test_texts_positions_and_targets_from_several_threads_end_in_one_picture(model, other):
    widget = rv.explore([model, other], TEXT * 3, target="e")
    page = page_of(widget)
    begin_fill(widget)
    failed, stop = [], threading.Event()

    def guarded(act):
        def run():
            try:
                act()
            except Exception as error:  # noqa: BLE001 - what went wrong is what is asked
                failed.append(error)

        return threading.Thread(target=run)

    def hover():
        position = 0
        while not stop.is_set():
            position = (position + 7) % 90
            widget.set_state({"position": position})

    def type_texts():
        for n in range(12):
            typed(widget, (TEXT * 3)[: 20 + 5 * (n % 4)], n)

    def set_texts():
        for n in range(12):
            widget.text = OTHER[6 : 16 + 7 * (n % 5)]

    def set_targets():
        for target in ("e", "o", rv.TOP, "e") * 3:
            widget.target = target

    hovering = guarded(hover)
    threads = [guarded(act) for act in (type_texts, set_texts, set_targets)]
    for thread in (hovering, *threads):
        thread.start()
    for thread in threads:
        thread.join(60)
    stop.set()
    hovering.join(60)
    assert not any(thread.is_alive() for thread in (hovering, *threads))
    assert not failed
    await_fill(widget)
    assert widget.target == "e"
    assert widget.text == explorer_of(widget).text == page.scene["text"]
    epoch = explorer_of(widget).epoch
    assert page.answer["epoch"] == page.scene["epoch"] == page.rows["epoch"] == epoch
    assert page.rows["complete"] is True
    assert page.answer["position"] < len(widget.text)
    for facet in explorer_of(widget).facets:
        assert facet.facet.text == widget.text
        assert set(facet.connectivity().targets) == {"e"}
    widget.close()


def test_pictures_and_pages_are_of_the_text_that_is_read(widget, tmp_path):
    typed(widget, OTHER, 12)
    widget.bake()
    assert widget.connectivity().text == OTHER
    page = tmp_path / "page.html"
    widget.save_html(page)
    assert OTHER in page.read_text(encoding="utf-8")
    widget.refresh()
    assert (widget.text, page_of(widget).scene["text"], widget.position) == (OTHER, OTHER, 12)


def test_a_closed_widget_reads_nothing(widget):
    widget.close()
    with pytest.raises(traitlets.TraitError, match="closed"):
        widget.text = OTHER
    assert widget.text == TEXT

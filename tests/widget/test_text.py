"""Another text while the widget runs: set from Python, typed in the page, and what is refused."""

import pytest
import traitlets
from received import read_ints, read_names
from widget.texts import OTHER, SHORT, TEXT, shows, typed
from widgets import (
    await_fill,
    explorer_of,
    filled,
    page_of,
    rows_of,
)

import rnnviz_widget as rv
from rnnviz_widget.scene.bytes_as_text import as_bytes
from rnnviz_widget.share.state import check


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


def test_a_text_that_is_changed_before_its_fill_was_told_of_is_filled(widget):
    page = page_of(widget)
    filled(widget)
    for _ in range(2):
        for text in (OTHER, SHORT, OTHER):
            widget.text = text
        await_fill(widget)
        assert (page.rows["complete"], page.status["done"]) == (True, len(OTHER))
        widget.text = TEXT
        await_fill(widget)


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
    scene, answer, facets = page.scene, page.answer, explorer_of(widget).caches
    with pytest.raises(traitlets.TraitError, match=words):
        widget.text = text
    assert (widget.text, widget.position, widget.pinned) == (TEXT, 20, 4)
    assert page.scene is scene
    assert page.answer is answer
    assert explorer_of(widget).caches is facets
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

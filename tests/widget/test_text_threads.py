"""Texts, positions and targets that change at once, from several threads."""

import threading

import pytest
import traitlets
from small import LETTERS
from widget.texts import OTHER, SHORT, TEXT, shows, typed
from widgets import (
    await_fill,
    begin_fill,
    explorer_of,
    fill_thread,
    filled,
    holds_traits_lock,
    page_of,
)

import rnnviz_widget as rv


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
    seen = []
    widget.observe(
        lambda change: seen.append((change.new["epoch"], page_of(widget).scene["epoch"])),
        "_rows",
    )
    begin_fill(widget)
    for n in range(6):
        typed(widget, TEXT * 2 + LETTERS[n + 1], 0)
    await_fill(widget)
    assert len(seen) >= 7
    assert all(rows == scene for rows, scene in seen)
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
    for cache in explorer_of(widget).caches:
        assert cache.facet.text == widget.text
        assert set(cache.connectivity().targets) == {"e"}
    widget.close()

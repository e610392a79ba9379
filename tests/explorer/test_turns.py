"""Turns of fills and hovers: a fill pauses after a hover, but not if somebody waits for it."""

import time

import pytest

from rnnviz_widget.explorer.turns import Turns


@pytest.fixture
def turns(monkeypatch):
    """Turns whose clock stands still: a pause never ends by itself."""
    now = time.monotonic()
    monkeypatch.setattr("rnnviz_widget.explorer.turns.time.monotonic", lambda: now)
    return Turns()


def next_turn(turns):
    """What a fill may do, if it is stopped when it has waited once."""
    stopped = iter([False, True])
    with turns.fill() as me:
        return turns.wait(me, lambda: next(stopped), lambda: False)


def test_a_fill_pauses_after_a_hover(turns):
    assert next_turn(turns) == "fill"
    with turns.hover():
        pass
    assert next_turn(turns) == "stop"


def test_a_fill_that_somebody_waits_for_does_not_pause(turns):
    turns.answered(3.0)
    assert next_turn(turns) == "stop"
    turns.end_pause()
    assert next_turn(turns) == "fill"


def test_a_fill_that_waits_ends_the_threads_it_computed_with(turns, monkeypatch):
    """They would take the hover twice as long."""
    released = []
    monkeypatch.setattr(
        "rnnviz_widget.explorer.turns.release_threads", lambda: released.append("released")
    )
    assert next_turn(turns) == "fill"
    assert not released
    turns.answered(3.0)
    assert next_turn(turns) == "stop"
    assert released == ["released"]


def test_a_fill_pauses_while_one_text_follows_another(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("rnnviz_widget.explorer.turns.time.monotonic", lambda: now[0])
    turns = Turns()
    for _ in range(3):
        turns.page_draws()
        for _ in range(4):
            now[0] += 0.1
            assert next_turn(turns) == "stop"
    now[0] += 0.11
    assert next_turn(turns) == "fill"
    turns.page_draws()
    turns.end_pause()
    assert next_turn(turns) == "fill"


def test_rows_are_finished_when_the_page_has_drawn_another_text(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("rnnviz_widget.explorer.turns.time.monotonic", lambda: now[0])
    slept = []
    monkeypatch.setattr("rnnviz_widget.explorer.turns.time.sleep", slept.append)
    turns = Turns()

    def next_step():
        stopped = iter([False, True])
        with turns.fill() as me:
            return turns.wait(me, lambda: next(stopped), lambda: True)

    turns.await_drawn()
    assert (slept, next_step()) == ([], "finish")
    turns.page_draws()
    assert next_step() == "stop"
    turns.await_drawn()
    assert 0 < slept[0] < 0.1
    now[0] += slept[0]
    assert next_step() == "finish"
    turns.page_draws()
    turns.end_pause()
    assert next_step() == "finish"

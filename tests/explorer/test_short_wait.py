"""Waiting for a fill that will soon have ended, and not for one that will not."""

import pytest

from rnnviz_widget.explorer import short_wait
from rnnviz_widget.explorer.short_wait import join_if_soon
from rnnviz_widget.scene.replies import Progress


class Filling:
    """A fill that has so many of 100 rows at each look; the clock goes on by what is waited."""

    def __init__(self, *rows):
        self.rows, self.looks, self.now = list(rows), 0, 0.0

    def join(self, timeout):
        self.now += timeout
        return bool(self.rows) and self.rows[0] >= 100

    def under_way(self):
        return self if self.rows else None

    def progress(self):
        self.looks += 1
        return Progress(self.rows.pop(0) if len(self.rows) > 1 else self.rows[0], 100, "filling")

    def monotonic(self):
        return self.now


def waited(monkeypatch, *rows):
    filling = Filling(*rows)
    monkeypatch.setattr(short_wait, "time", filling)
    return join_if_soon(filling, 0.3), filling.now


def test_a_fill_that_ends_is_waited_for(monkeypatch):
    ended, seconds = waited(monkeypatch, 3, 20, 40, 60, 80, 100)
    assert ended
    assert seconds == pytest.approx(0.12)


def test_one_that_would_take_far_longer_is_not(monkeypatch):
    ended, seconds = waited(monkeypatch, 3, 4, 5, 6)
    assert not ended
    assert seconds == pytest.approx(0.04)


@pytest.mark.parametrize("rows", [(), (3,), (3, 10, 17, 24, 31, 38, 45, 52, 59, 66, 70)])
def test_where_it_is_not_clear_it_is_waited_for_as_long_as_is_allowed(monkeypatch, rows):
    ended, seconds = waited(monkeypatch, *rows)
    assert not ended
    assert seconds == pytest.approx(0.3)

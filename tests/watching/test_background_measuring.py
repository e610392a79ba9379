"""The background thread: one copy after the other, the newest first, and no longer than it may."""

import threading
import time

import pytest

from rnnviz_widget.watching.background_measuring import BackgroundMeasuring
from rnnviz_widget.watching.time_budget import TimeBudget


class Work:
    """Notes what it works on; the first step waits until the test lets it go."""

    def __init__(self):
        self.done, self.begun, self.go = [], threading.Event(), threading.Event()

    def __call__(self, copied):
        self.begun.set()
        assert self.go.wait(20)
        self.done.append(copied)
        yield
        yield


@pytest.fixture
def work():
    return Work()


@pytest.fixture
def measuring(work):
    one = BackgroundMeasuring(work, lambda: None, TimeBudget(0.02))
    yield one
    work.go.set()
    one.stop()
    assert one.join(20)


def test_the_newest_copy_takes_the_place_of_a_waiting_one(measuring, work):
    measuring.offer("first")
    assert work.begun.wait(20)
    measuring.offer("second")
    measuring.offer("third")
    assert measuring.busy
    work.go.set()
    assert measuring.join(20)
    assert not measuring.busy
    assert work.done == ["first", "third"]
    measuring.offer("fourth")
    assert measuring.join(20)
    assert work.done[-1] == "fourth"


def test_in_debt_it_waits_until_the_loop_ends(work):
    budget = TimeBudget(0.02)
    budget.begin()
    budget.end_step(time.perf_counter() - 1000)
    measuring = BackgroundMeasuring(work, lambda: None, budget)
    work.go.set()
    measuring.offer("one")
    assert not measuring.join(0.3)
    assert work.done == []
    budget.end()
    measuring.wake()
    assert measuring.join(20)
    assert work.done == ["one"]


def test_stopped_it_takes_no_more(work):
    budget = TimeBudget(0.02)
    budget.begin()
    budget.end_step(time.perf_counter() - 1000)
    measuring = BackgroundMeasuring(work, lambda: None, budget)
    measuring.offer("one")
    measuring.stop()
    assert measuring.join(20)
    measuring.offer("two")
    assert (work.done, measuring.busy) == ([], False)

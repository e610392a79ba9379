"""Full garbage collections wait for a pause, and nothing else about them changes."""

import gc
import os
import threading

import pytest
from small import LETTERS, recurrent
from widget.texts import TEXT, typed

import rnnviz_widget as rv
from rnnviz_widget.widget.full_collections import FULL_COLLECTIONS, FullCollections

SET = (600, 9, 8)


@pytest.fixture(autouse=True)
def thresholds():
    # An earlier test's thread would put back what was set before it.
    if FULL_COLLECTIONS.thread is not None:
        paused(FULL_COLLECTIONS)
    before = gc.get_threshold()
    gc.set_threshold(*SET)
    yield
    gc.set_threshold(*before)


class Ring:
    """Garbage that only a collection frees."""

    def __init__(self):
        self.ring = self


def collections(generation):
    return gc.get_stats()[generation]["collections"]


def grow():
    """Make so many objects that last, that a full collection is due; returns them."""
    gc.collect()
    full = collections(2)
    return full, [Ring() for _ in range(len(gc.get_objects()))]


def paused(own):
    """The pause after which there are full collections again."""
    own.thread.join(20)
    assert not own.thread.is_alive()


def test_only_full_collections_wait_and_then_come_if_they_are_due():
    gc.set_threshold(50, 2, 1)
    full, kept = grow()
    assert collections(2) > full
    del kept
    own = FullCollections(pause=0.01)
    with own.deferred():
        younger = collections(0)
        full, kept = grow()
        assert collections(2) == full
        assert gc.isenabled()
        assert collections(0) > younger
    paused(own)
    assert gc.get_threshold() == (50, 2, 1)
    assert collections(2) > full
    del kept


def test_thresholds_are_put_back_after_a_pause_also_after_an_error():
    own = FullCollections(pause=0.01)

    def fails():
        with own.deferred():
            with own.deferred():
                pass
            assert gc.get_threshold() != SET
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    paused(own)
    assert gc.get_threshold() == SET


def test_they_come_without_a_pause_in_the_end():
    own = FullCollections(pause=60, at_most=0.05)
    with own.deferred():
        paused(own)
        assert gc.get_threshold() == SET
    with own.deferred():
        assert gc.get_threshold() != SET
    paused(own)
    assert gc.get_threshold() == SET


def test_what_others_set_meanwhile_stays():
    own = FullCollections(pause=0.01)
    with own.deferred():
        gc.set_threshold(300, 3, 3)
    paused(own)
    assert gc.get_threshold() == (300, 3, 3)


def test_two_threads_one_after_the_other_leaves():
    own = FullCollections(pause=0.01)
    entered, leave = threading.Event(), threading.Event()

    def other():
        with own.deferred():
            entered.set()
            leave.wait(20)

    thread = threading.Thread(target=other)
    with own.deferred():
        thread.start()
        assert entered.wait(20)
    own.thread.join(0.1)
    assert own.thread.is_alive()
    assert gc.get_threshold() != SET
    leave.set()
    thread.join(20)
    paused(own)
    assert gc.get_threshold() == SET


def test_a_forked_process_collects_as_ever():
    own = FullCollections(pause=0.01)
    with own.deferred():
        child = os.fork()
        if not child:
            found = gc.get_threshold()
            with own.deferred():
                deferred = gc.get_threshold()
            own.thread.join(20)
            os._exit(0 if (found, gc.get_threshold()) == (SET, SET) and deferred != SET else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    paused(own)
    assert gc.get_threshold() == SET


def test_a_page_that_asks_has_them_wait_until_it_is_answered():
    widget = rv.explore(rv.SequenceModel(recurrent(), LETTERS, LETTERS), TEXT)
    found = []
    widget.observe(lambda _: found.append(gc.get_threshold()), "text")
    typed(widget, TEXT + "s")
    assert widget.text == TEXT + "s"
    assert found[0][:2] == SET[:2]
    assert found[0][2] > 10**6
    paused(FULL_COLLECTIONS)
    assert gc.get_threshold() == SET
    widget.close()

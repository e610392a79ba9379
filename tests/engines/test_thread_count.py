"""How many threads compute: found by timing, set for the computing thread alone, and put back."""

import math
import threading

import numpy as np
import pytest
import torch
from small import LETTERS, recurrent

import rnnviz_widget as rv
from rnnviz_widget.engines.thread_count import (
    THREADS,
    ThreadCount,
)

EVERY = 4


class Machine:
    """A machine of which a test says how long one thread and all take, and what time it is.

    And how many cores are free.
    """

    def __init__(self, one=2.0, every=1.0):
        self.one, self.every = one, every
        self.free = -math.inf
        self.now, self.timed, self.set = 0.0, [], []
        self.threads = ThreadCount(
            self.seconds, self.set_threads, lambda: self.free, lambda: self.now
        )

    def seconds(self, count):
        self.set_threads(count)
        self.timed.append(count)
        taken = self.one if count == 1 else self.every
        return taken.pop(0) if isinstance(taken, list) else taken

    def set_threads(self, count):
        self.set.append(count)
        torch.set_num_threads(count)

    def chosen(self):
        with self.threads.chosen():
            return torch.get_num_threads()


@pytest.fixture
def machine():
    before = torch.get_num_threads()
    torch.set_num_threads(EVERY)
    yield Machine()
    torch.set_num_threads(before)


def test_the_faster_way_is_taken_and_the_callers_number_put_back(machine):
    assert machine.chosen() == EVERY
    assert torch.get_num_threads() == EVERY
    machine.every, machine.now = 50.0, 0.6
    assert machine.chosen() == 1
    assert torch.get_num_threads() == EVERY
    with pytest.raises(KeyError), machine.threads.chosen():
        raise KeyError
    assert torch.get_num_threads() == EVERY


def test_one_thread_for_what_disturbs_no_other_work(machine):
    with machine.threads.one():
        assert torch.get_num_threads() == 1
        assert machine.chosen() == 1
    assert torch.get_num_threads() == EVERY
    assert machine.timed == []


def test_one_thread_holds_whatever_is_asked_for_around_and_inside(machine):
    with machine.threads.chosen():
        timed = len(machine.timed)
        machine.now = 100.0
        with machine.threads.one():
            assert machine.chosen() == 1
        assert torch.get_num_threads() == EVERY
        assert len(machine.timed) == timed
        assert machine.chosen() == EVERY
        assert len(machine.timed) > timed


def test_a_finding_holds_for_a_while_and_longer_while_one_thread_goes_on_being_faster(machine):
    machine.chosen()
    timed = len(machine.timed)
    machine.now = 0.49
    machine.chosen()
    assert len(machine.timed) == timed
    machine.every, machine.now = 50.0, 0.51
    for held in (0.5, 1.0, 2.0, 4.0, 4.0):
        timed = len(machine.timed)
        assert machine.chosen() == 1
        # Trying all threads once is enough where they take that long.
        assert len(machine.timed) == timed + 2
        machine.now += held - 0.01
        machine.chosen()
        assert len(machine.timed) == timed + 2
        machine.now += 0.02
    machine.every = 1.0
    assert machine.chosen() == EVERY


def hurried(machine):
    with machine.threads.in_a_hurry():
        return machine.chosen()


def test_whoever_is_waited_for_times_little_and_computes_with_one_thread_if_all_are_stuck(machine):
    # There is no finding yet.
    assert hurried(machine) == EVERY
    assert len(machine.timed) > 2
    machine.timed.clear()
    machine.now = 1.0
    assert [hurried(machine), hurried(machine)] == [EVERY, EVERY]
    assert machine.timed == [1, EVERY]
    # A bit slower is no reason yet.
    machine.every, machine.now = 4.0, 2.0
    assert hurried(machine) == EVERY
    # Nor is a single slow turn.
    machine.every, machine.now = [50.0, 4.0], 3.0
    assert hurried(machine) == EVERY
    machine.every, machine.now = 50.0, 4.0
    assert hurried(machine) == 1
    machine.timed.clear()
    machine.every, machine.now = 1.0, 4.09
    assert hurried(machine) == 1
    assert machine.timed == []
    # Whoever is not waited for finds out all.
    assert machine.chosen() == EVERY
    assert hurried(machine) == EVERY
    # Where nobody does, the finding becomes old.
    machine.every, machine.now = 3.0, 20.0
    assert hurried(machine) == 1


def test_whoever_is_waited_for_soon_looks_again_where_one_thread_was_faster(machine):
    machine.chosen()
    machine.every, machine.now = 50.0, 1.0
    assert hurried(machine) == 1
    machine.every, machine.now = [1.0, 1.9], 1.11
    assert hurried(machine) == 1
    machine.every, machine.now = 1.0, 1.22
    assert hurried(machine) == EVERY


def test_one_slow_turn_decides_nothing(machine):
    machine.every = 1.0
    machine.one = [2.0, 2.0, 40.0, 2.0, 2.0]
    assert machine.chosen() == EVERY
    machine.now, machine.every = 9.0, [20.0, 4.0, 2.9, 4.0, 3.0]
    machine.one = [30.0, 1.5, 1.5, 1.5, 1.5]
    assert machine.chosen() == 1


def test_where_cores_are_free_a_thread_that_wakes_slowly_decides_nothing(machine):
    machine.free = EVERY - 1
    machine.every = [50.0, 1.0, 1.0, 1.0, 1.0]
    assert machine.chosen() == EVERY
    # The processor's share of a container is not seen by whether cores are free.
    machine.now, machine.every = 9.0, 50.0
    assert machine.chosen() == 1


def test_where_cores_are_few_all_threads_are_timed_for_longer(machine):
    machine.free, machine.every = -1, [1.0] * 6 + [50.0]
    assert machine.chosen() == 1
    machine.now, machine.every = 9.0, [1.0] * 12
    assert machine.chosen() == EVERY
    machine.timed.clear()
    machine.free, machine.now, machine.every = 0, 99.0, 1.0
    assert machine.chosen() == EVERY
    assert machine.timed == [1, EVERY] * 2


def test_where_cores_are_free_all_threads_go_on_without_being_timed_for_some_seconds(machine):
    machine.free = EVERY - 1
    machine.chosen()
    timed = len(machine.timed)
    for machine.now in (0.6, 2.0, 3.9):
        assert machine.chosen() == EVERY
        assert hurried(machine) == EVERY
        assert len(machine.timed) == timed
    machine.now = 4.1
    machine.chosen()
    assert len(machine.timed) > timed
    timed = len(machine.timed)
    machine.free, machine.now = EVERY - 2, 4.7
    machine.chosen()
    assert len(machine.timed) > timed


def test_one_thread_is_looked_at_again_once_cores_are_free(machine):
    machine.every = 50.0
    assert machine.chosen() == 1
    machine.every, machine.free, machine.now = 1.0, EVERY - 1, 0.09
    assert machine.chosen() == 1
    machine.now = 0.11
    assert machine.chosen() == EVERY
    # If it was faster although cores were free, there is no reason to.
    machine.every, machine.now = 50.0, 9.0
    assert machine.chosen() == 1
    machine.every, machine.now = 1.0, 9.4
    assert machine.chosen() == 1


def test_nearly_the_same_changes_nothing(machine):
    machine.one, machine.every = 1.0, 1.1
    assert machine.chosen() == EVERY
    machine.now, machine.every = 9.0, 1.2
    assert machine.chosen() == 1
    machine.now, machine.every = 99.0, 0.95
    assert machine.chosen() == 1
    machine.now, machine.every = 999.0, 0.8
    assert machine.chosen() == EVERY


def test_a_part_of_a_long_computation_finds_out_anew(machine):
    machine.every = 50.0
    with machine.threads.chosen():
        assert torch.get_num_threads() == 1
        with machine.threads.chosen():
            assert torch.get_num_threads() == 1
        machine.every, machine.now = 1.0, 9.0
        with machine.threads.chosen():
            assert torch.get_num_threads() == EVERY
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == EVERY


def test_with_one_thread_or_no_way_to_set_them_nothing_is_done(machine):
    torch.set_num_threads(1)
    assert machine.chosen() == 1
    torch.set_num_threads(EVERY)
    machine.threads.enabled = False
    assert machine.chosen() == EVERY
    assert machine.set == []
    with ThreadCount(machine.seconds, None).chosen():
        assert torch.get_num_threads() == EVERY
    assert machine.timed == []


def test_only_the_thread_that_computes_has_another_number(monkeypatch):
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    monkeypatch.setattr(THREADS, "_seconds", float)
    monkeypatch.setattr(THREADS, "_until", -1.0)
    try:
        with THREADS.chosen():
            mine = torch.get_num_threads()
            theirs = []
            other = threading.Thread(target=lambda: theirs.append(torch.get_num_threads()))
            other.start()
            other.join()
        if THREADS._set is None:
            assert mine == 3
        else:
            assert (mine, theirs) == (1, [3])
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
        monkeypatch.setattr(THREADS, "_until", -1.0)


@pytest.mark.parametrize("engine", ["sweep", "autograd"])
def test_numbers_and_the_users_threads_are_the_same_either_way(monkeypatch, engine):
    model = rv.SequenceModel(recurrent("gru"), LETTERS, name="GRU")
    found, before = [], torch.get_num_threads()
    for slower in (1, -1):
        monkeypatch.setattr(THREADS, "_until", -1.0)
        monkeypatch.setattr(
            THREADS,
            "_seconds",
            lambda count, slower=slower: 9.0 if (count > 1) == (slower > 1) else 1.0,
        )
        found.append(rv.connectivity(model, "a text that is read", engine=engine).scores)
        assert torch.get_num_threads() == before
    monkeypatch.setattr(THREADS, "_until", -1.0)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5, atol=1e-9)

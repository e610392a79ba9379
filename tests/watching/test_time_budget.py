"""The share of a loop's time that may be spent."""

import pytest

from rnnviz_widget.watching.time_budget import TimeBudget


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def in_step(budget, clock, seconds):
    """A step is kept waiting for so long."""
    start = budget.begin_step()
    clock.now += seconds
    budget.end_step(start)


def in_background(budget, clock, seconds):
    """A piece is computed, while the loop goes on as if it were not."""
    with budget.piece():
        clock.now += seconds


def test_what_is_spent_must_be_earned(clock):
    budget = TimeBudget(0.02, clock)
    budget.begin()
    assert budget.debt == 0
    in_step(budget, clock, 0.1)
    assert budget.debt == pytest.approx(4.9)
    in_step(budget, clock, 0.02)
    clock.now += 4
    assert budget.debt == pytest.approx(1.88)
    clock.now += 1.88
    assert budget.debt == pytest.approx(0)
    assert budget.spent_share == pytest.approx(0.02)


def test_there_must_be_room_for_another_piece_as_long_as_the_last_ones(clock):
    budget = TimeBudget(0.02, clock)
    budget.begin()
    assert budget.debt == 0
    in_background(budget, clock, 0.1)
    # Until steps tell what a second costs, it counts for a little more.
    assert budget.debt == pytest.approx(1.25 * 0.2 / 0.02 - 0.1)
    for _ in range(20):
        clock.now += budget.debt
        in_background(budget, clock, 0.1)
        assert budget.spent_share <= 0.02 + 1e-9
    for _ in range(20):
        clock.now += budget.debt
        in_background(budget, clock, 0.001)
    assert budget.debt < 0.2


def test_nothing_counts_while_the_loop_does_not_run(clock):
    budget = TimeBudget(0.02, clock)
    in_background(budget, clock, 5)
    assert (budget.debt, budget.spent_share) == (0, 0)
    budget.begin()
    in_step(budget, clock, 0.02)
    clock.now += 0.48
    budget.end()
    assert budget.debt == 0
    clock.now += 1000
    in_background(budget, clock, 5)
    budget.begin()
    assert budget.elapsed == pytest.approx(0.5)
    assert budget.debt == pytest.approx(0.5)


def test_beginning_twice_changes_nothing(clock):
    budget = TimeBudget(0.5, clock)
    budget.begin()
    clock.now += 2
    budget.begin()
    assert budget.elapsed == pytest.approx(2)


def test_a_piece_within_a_piece_counts_once(clock):
    budget = TimeBudget(0.5, clock)
    budget.begin()
    with budget.piece():
        clock.now += 1
        in_background(budget, clock, 2)
    assert budget.spent == pytest.approx(1.25 * 3)


@pytest.mark.parametrize(("slower", "factor"), [(0.0, 1.0), (0.05, 1.0), (0.1, 2.0), (0.5, 4.0)])
def test_a_second_in_the_background_counts_for_what_steps_lose(clock, slower, factor):
    budget = TimeBudget(0.5, clock)
    for number in range(3000):
        in_step(budget, clock, 0)
        if number % 3:
            clock.now += 0.3
        else:
            in_background(budget, clock, 0.05)
            clock.now += 0.25 + slower
    assert budget.spent == pytest.approx(factor * 1000 * 0.05, rel=0.02)


def test_a_pause_of_the_loop_is_no_step(clock):
    budget = TimeBudget(0.5, clock)
    for number in range(3000):
        in_step(budget, clock, 0)
        clock.now += 0.1
        with budget.piece():
            clock.now += 0.01 if number % 2 else 0
        if number % 10 == 9:
            clock.now += 30
    assert budget.spent == pytest.approx(1500 * 0.01, rel=0.02)


def test_between_two_cells_is_no_step(clock):
    budget = TimeBudget(0.5, clock)
    for number in range(2000):
        in_step(budget, clock, 0)
        clock.now += 0.1
        with budget.piece():
            clock.now += 0.01 if number % 2 else 0
        if number % 4 == 3:
            budget.end()
            clock.now += 0.2
            budget.begin()
    assert budget.spent == pytest.approx(1000 * 0.01, rel=0.02)

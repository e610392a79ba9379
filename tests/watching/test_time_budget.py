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


def test_what_is_spent_must_be_earned(clock):
    budget = TimeBudget(0.02, clock)
    budget.begin()
    assert budget.debt == 0
    budget.spend_in_step(0.1)
    assert budget.debt == pytest.approx(5)
    budget.spend_in_step(0.02)
    clock.now += 4
    assert budget.debt == pytest.approx(2)
    clock.now += 2
    assert budget.debt == pytest.approx(0)
    assert budget.spent_share == pytest.approx(0.02)


def test_there_must_be_room_for_another_piece_as_long_as_the_last_ones(clock):
    budget = TimeBudget(0.02, clock)
    budget.begin()
    assert budget.debt == 0
    budget.spend_in_background(0.1)
    assert budget.debt == pytest.approx(10)
    for _ in range(20):
        clock.now += budget.debt
        budget.spend_in_background(0.1)
        assert budget.spent_share <= 0.02 + 1e-9
    for _ in range(20):
        clock.now += budget.debt
        budget.spend_in_background(0.001)
    assert budget.debt < 0.2


def test_nothing_counts_while_the_loop_does_not_run(clock):
    budget = TimeBudget(0.02, clock)
    budget.spend_in_background(5)
    assert (budget.debt, budget.spent_share) == (0, 0)
    budget.begin()
    budget.spend_in_step(0.02)
    clock.now += 0.5
    budget.end()
    assert budget.debt == 0
    clock.now += 1000
    budget.spend_in_background(5)
    budget.begin()
    assert budget.elapsed == pytest.approx(0.5)
    assert budget.debt == pytest.approx(0.5)


def test_beginning_twice_changes_nothing(clock):
    budget = TimeBudget(0.5, clock)
    budget.begin()
    clock.now += 2
    budget.begin()
    assert budget.elapsed == pytest.approx(2)

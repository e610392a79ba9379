"""Ratios and their intervals."""

import json
import math

import numpy as np
import pytest

from rnnviz_widget.evaluation import estimate as module
from rnnviz_widget.evaluation.estimate import Estimate, estimate, estimates


def test_a_ratio_over_all_positions():
    found = estimate(np.array([1, 5, 0]), np.array([2, 8, 10]))
    assert found.value == pytest.approx(6 / 20)
    assert found.positions == 20
    assert 0 <= found.low < found.value < found.high <= 0.625


def test_the_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered, widths = 0, []
    for trial in range(200):
        numbers = rng.integers(80, 120, size=60)
        found = estimate(rng.binomial(numbers, 0.3), numbers, seed=trial)
        covered += found.low <= 0.3 <= found.high
        widths.append(found.high - found.low)
    assert 0.89 <= covered / 200 <= 0.99
    # Positions that are drawn each for itself have this standard error.
    assert np.mean(widths) == pytest.approx(2 * 1.96 * math.sqrt(0.3 * 0.7 / 6000), rel=0.1)


def test_it_covers_too_where_the_positions_of_a_text_go_together():
    """An interval from positions would be far too narrow here: each text has a rate of its own."""
    rng = np.random.default_rng(1)
    covered = 0
    for trial in range(200):
        numbers = np.full(60, 100)
        found = estimate(rng.binomial(numbers, rng.beta(3, 7, size=60)), numbers, seed=trial)
        covered += found.low <= 0.3 <= found.high
        assert found.high - found.low > 2 * 1.96 * math.sqrt(0.3 * 0.7 / 6000)
    assert 0.88 <= covered / 200 <= 0.99


def test_the_ends_are_points_of_the_drawn_ratios():
    sums, numbers = np.array([3.0, 1.0, 4.0, 1.0]), np.array([5, 9, 6, 5])
    rng = np.random.default_rng(7)
    ratios = []
    for drawn in rng.multinomial(4, [0.25] * 4, size=2000):
        texts = np.repeat(np.arange(4), drawn)
        ratios.append(sums[texts].sum() / numbers[texts].sum())
    found = estimate(sums, numbers, seed=7)
    assert [found.low, found.high] == pytest.approx(np.percentile(ratios, [2.5, 97.5]).tolist())


def test_equal_seeds_draw_the_same_texts_so_that_differences_are_paired():
    """Two scores that differ by a tenth in every text: the difference has no spread."""
    numbers = np.full(30, 10)
    sums = np.random.default_rng(3).integers(1, 9, size=30)
    gain = estimate((sums + 1) - sums, numbers)
    assert (gain.value, gain.low, gain.high) == pytest.approx((0.1, 0.1, 0.1))
    one, other = estimate(sums, numbers), estimate(sums + 1, numbers)
    assert other.low - one.low == pytest.approx(0.1)
    assert estimate(sums, numbers, seed=1) != one


def test_many_ratios_are_each_their_own():
    rng = np.random.default_rng(4)
    numbers = rng.integers(1, 20, size=(12, 3))
    sums = rng.binomial(numbers, 0.5)
    together = estimates(sums, numbers)
    assert together == [estimate(sums[:, k], numbers[:, k]) for k in range(3)]


@pytest.mark.parametrize("at_once", [1, 12 * 7, 10**9])
def test_drawn_in_parts_they_are_the_same(monkeypatch, at_once):
    rng = np.random.default_rng(5)
    numbers = rng.integers(1, 20, size=(12, 3))
    sums = rng.binomial(numbers, 0.5)
    expected = estimates(sums, numbers)
    monkeypatch.setattr(module, "_NUMBERS_AT_ONCE", at_once)
    assert estimates(sums, numbers) == expected


def test_one_text_has_no_interval_and_no_position_no_value():
    one = estimate(np.array([3]), np.array([4]))
    assert (one.value, one.positions) == (0.75, 4)
    assert math.isnan(one.low)
    assert math.isnan(one.high)
    # Of two texts with only one that counts, neither.
    alone = estimate(np.array([3, 0]), np.array([4, 0]))
    assert alone.value == 0.75
    assert math.isnan(alone.low)
    none = estimate(np.zeros(5), np.zeros(5, dtype=int))
    assert none.positions == 0
    assert all(map(math.isnan, (none.value, none.low, none.high)))


def test_draws_without_any_position_are_left_out():
    found = estimate(np.array([1, 0, 0, 2]), np.array([2, 0, 0, 2]))
    assert (found.value, found.low, found.high) == pytest.approx((0.75, 0.5, 1.0))


def test_sums_that_are_unknown_give_unknown_figures():
    found = estimate(np.full(4, np.nan), np.full(4, 2))
    assert all(map(math.isnan, (found.value, found.low, found.high)))
    assert found.positions == 8


def test_as_dict_is_json():
    found = Estimate(1 / 3, math.nan, 0.5, 12).as_dict()
    text = json.dumps(found, allow_nan=False)
    assert json.loads(text) == {"value": 0.333333, "low": None, "high": 0.5, "positions": 12}
    of_numpy = estimate(np.array([1, 2], dtype=np.int32), np.array([3, 4], dtype=np.int32))
    json.dumps(of_numpy.as_dict(), allow_nan=False)

"""Means over seeds and paired differences, against published tables and a worked example."""

import math

import numpy as np
import pytest
import torch

from rnnviz_widget.evaluation.over_seeds import holm, mean_over_seeds, paired_difference

# The 97.5th percentile of Student's t, as statistical tables print it.
PERCENTILES = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 9: 2.262, 29: 2.045, 30: 2.042}


@pytest.mark.parametrize(("degrees", "t"), PERCENTILES.items())
def test_the_interval_is_that_of_the_tables(degrees, t):
    values = np.arange(degrees + 1.0)
    found = mean_over_seeds(list(values))
    half = t * values.std(ddof=1) / math.sqrt(degrees + 1)
    assert found.value == pytest.approx(values.mean())
    assert found.high - found.value == pytest.approx(half, rel=3e-4)
    assert found.value - found.low == pytest.approx(half, rel=3e-4)
    assert found.positions == degrees + 1


def test_students_own_example():
    """Ten patients' additional sleep with two drugs (Student, 1908): t = 4.062, p = 0.0028."""
    one = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    other = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    found = paired_difference(other, one)
    assert found.estimate.value == pytest.approx(1.58)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((0.7001, 2.4599), abs=1e-4)
    assert found.p == pytest.approx(0.002833, abs=1e-6)


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 7, 12])
def test_p_is_the_integral_of_students_density(degrees):
    count = degrees + 1
    differences = np.linspace(-1, 1, count) + 0.6
    t = differences.mean() / (differences.std(ddof=1) / math.sqrt(count))
    grid = torch.linspace(-t, t, 200_001, dtype=torch.float64)
    density = torch.distributions.StudentT(torch.tensor(float(degrees), dtype=torch.float64))
    within = torch.trapezoid(density.log_prob(grid).exp(), grid)
    found = paired_difference(differences, np.zeros(count))
    assert found.p == pytest.approx(1 - float(within), abs=1e-9)


def test_one_run_has_no_interval_and_equal_runs_no_difference():
    alone = mean_over_seeds([3.0])
    assert alone.value == 3
    assert math.isnan(alone.low)
    assert math.isnan(alone.high)
    assert math.isnan(paired_difference([3.0], [1.0]).p)
    assert math.isnan(mean_over_seeds([]).value)
    assert paired_difference([1.0, 2.0], [1.0, 2.0]).p == 1
    assert paired_difference([2.0, 3.0], [1.0, 2.0]).p == 0


def test_as_many_runs_of_both_are_needed():
    with pytest.raises(ValueError, match="as many runs of both; got 2 and 1"):
        paired_difference([1.0, 2.0], [1.0])


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    corrected = holm([0.02, math.nan, 0.01])
    assert corrected[::2] == pytest.approx([0.02, 0.02])
    assert math.isnan(corrected[1])

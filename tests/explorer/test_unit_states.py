"""States in decimal steps, and the orders of units."""

import numpy as np
import pytest
from draws import Draws

from rnnviz_widget.explorer import unit_states
from rnnviz_widget.explorer.unit_states import UnitStates, decimal_step
from rnnviz_widget.scene.unit_states import UNKNOWN


@pytest.mark.parametrize(
    ("peak", "step"),
    [
        (1.0, 1e-4),
        (3.2767, 1e-4),
        (3.2768, 1e-3),
        (0.5, 1e-4),
        (0.0327, 1e-6),
        (40000.0, 10.0),
        (0.0, 1e-4),
        (float("nan"), 1e-4),
    ],
)
def test_a_step_is_the_least_power_of_ten_that_fits(peak, step):
    assert decimal_step(peak) == step


def test_digits_are_those_of_the_states():
    states = (Draws(3).numbers(600).reshape(60, 10) - 0.5) * 10.0 ** np.arange(-4, 6)
    found = UnitStates(states)
    for unit, quantum in enumerate(found.quantum):
        exact = [round(value / quantum) for value in states[:, unit].tolist()]
        assert found.values[:, unit].tolist() == exact
        # So that there are four digits of the largest.
        assert 3276 <= abs(found.values[:, unit]).max() <= 32767


def test_states_that_are_not_finite_are_marked_and_left_out_of_the_range():
    states = np.asarray([[0.5, np.nan], [np.inf, np.nan], [-0.25, np.nan]])
    found = UnitStates(states)
    assert found.values.tolist() == [[5000, UNKNOWN], [UNKNOWN] * 2, [-2500, UNKNOWN]]
    assert (found.low[0], found.high[0], found.mean[0]) == (-0.25, 0.5, 0.125)
    assert np.isnan([found.low[1], found.high[1], found.mean[1]]).all()
    assert sorted(found.order("similar")) == [0, 1]


def test_of_very_many_units_those_that_change_most_are_kept(monkeypatch):
    monkeypatch.setattr(unit_states, "MOST_UNITS", 2)
    found = UnitStates(np.asarray([[0.0, 1.0, 5.0, 0.0], [0.0, 2.0, 5.0, 4.0]]))
    assert (found.of, found.index.tolist()) == (4, [1, 3])
    assert (found.values[1] * found.quantum).tolist() == [2.0, 4.0]
    assert found.order("change").tolist() == [1, 0]

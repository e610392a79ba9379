"""States in decimal steps, and the orders of units."""

import itertools

import numpy as np
import pytest
from draws import Draws

from rnnviz_widget.explorer import unit_states
from rnnviz_widget.explorer.unit_states import UnitStates, decimal_step, similar_first
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


def test_units_with_similar_curves_are_neighbours():
    steps = np.linspace(0, 6 * np.pi, 400)[:, None]
    phases = np.asarray([0.0, 2.0, 4.0])
    # Twelve units of three kinds, mixed, and one that never changes.
    curves = np.sin(steps + phases[np.arange(12) % 3] + 0.1 * Draws(5).numbers(12))
    states = np.concatenate([curves[:, :6], np.ones((400, 1)), curves[:, 6:]], axis=1)
    order = similar_first(states)
    assert sorted(order) == list(range(13))
    assert order[-1] == 6
    kinds = [(unit if unit < 6 else unit - 1) % 3 for unit in order[:-1]]
    assert sum(a != b for a, b in itertools.pairwise(kinds)) == 2


def test_the_order_of_the_same_states_is_the_same():
    states = Draws(8).numbers(2000).reshape(100, 20)
    assert similar_first(states).tolist() == similar_first(states.copy()).tolist()
    assert similar_first(states[:, :2]).tolist() == [0, 1]

"""The order of units in which those with similar curves are neighbours."""

import itertools

import numpy as np
from draws import Draws

from rnnviz_widget.explorer.unit_order import similar_neighbours


def test_units_of_one_kind_stand_together_and_constant_ones_last():
    steps = np.linspace(0, 6 * np.pi, 400)[:, None]
    phases = np.asarray([0.0, 2.0, 4.0])
    # Twelve units of three kinds, mixed, and one that never changes.
    curves = np.sin(steps + phases[np.arange(12) % 3] + 0.1 * Draws(5).numbers(12))
    states = np.concatenate([curves[:, :6], np.ones((400, 1)), curves[:, 6:]], axis=1)
    order = similar_neighbours(states)
    assert sorted(order) == list(range(13))
    assert order[-1] == 6
    kinds = [(unit if unit < 6 else unit - 1) % 3 for unit in order[:-1]]
    assert sum(a != b for a, b in itertools.pairwise(kinds)) == 2


def test_the_clusters_are_those_of_average_linkage():
    """Each merge of the plain algorithm, the most alike first, stands together in the order."""
    states = Draws(8).numbers(80 * 24).reshape(80, 24)
    alike = np.corrcoef(states.T)
    place = np.argsort(similar_neighbours(states))
    clusters = [[n] for n in range(24)]
    while len(clusters) > 1:
        pairs = itertools.combinations(range(len(clusters)), 2)
        a, b = max(pairs, key=lambda ab: alike[np.ix_(*(clusters[n] for n in ab))].mean())
        merged = clusters[a] + clusters[b]
        assert np.ptp(place[merged]) == len(merged) - 1
        clusters = [c for n, c in enumerate(clusters) if n not in (a, b)] + [merged]


def test_few_units_and_a_single_step():
    assert similar_neighbours(np.zeros((1, 3))).tolist() == [0, 1, 2]
    assert sorted(similar_neighbours(np.asarray([[0.0, 1.0], [1.0, 0.0]]))) == [0, 1]
    assert similar_neighbours(np.zeros((4, 0))).tolist() == []

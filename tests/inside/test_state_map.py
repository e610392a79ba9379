"""Maps of states against SVD, scikit-learn's numbers, and going over all pairs."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from draws import Draws
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness as sklearn_trustworthiness
from small import LETTERS, Recurrent, seeded

import rnnviz_widget as rv
from rnnviz_widget.inside.principal_components import principal_components
from rnnviz_widget.inside.state_map import MOST_POINTS, state_map
from rnnviz_widget.inside.trustworthiness import ALL_ASKED, SAMPLE, trustworthiness


def drawn():
    """Made-up states of 60 points and 7 units, and places that have nothing to do with them."""
    draws = Draws(18)
    states = draws.numbers(60, 7) - 0.5
    states[:, 0] *= 4
    states[:, 1] *= 2
    return states, draws.numbers(60, 2)


def by_svd(states, count=2):
    """Coordinates up to signs, and explained shares."""
    centred = states.astype(np.float64) - states.mean(axis=0, dtype=np.float64)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    return u[:, :count] * s[:count], s[:count] ** 2 / (s**2).sum()


def counted_trust(states, places, k):
    """The definition, by going over all pairs; equally near points share the best rank."""
    n, over = len(states), 0
    for i in range(n):
        apart = ((states - states[i]) ** 2).sum(axis=1)
        on_map = ((places - places[i]) ** 2).sum(axis=1)
        others = [j for j in range(n) if j != i]
        for j in sorted(others, key=lambda m: on_map[m])[:k]:
            rank = 1 + sum(apart[m] < apart[j] for m in others)
            over += max(0, rank - k)
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * over


def test_numbers_are_those_of_scikit_learn():
    """Version 1.9.1: `PCA(2)`, and `trustworthiness(..., n_neighbors=k)`."""
    states, places = drawn()
    found = principal_components(states)
    explained = [0.6665167182389072, 0.14500258244754427]
    np.testing.assert_allclose(found.explained, explained, rtol=1e-12)
    first = [
        [-1.263097319017418, 0.40412556806362065],
        [-0.24574578508324754, -0.5553498228238575],
    ]
    np.testing.assert_allclose(found.project(states[:2]), first, rtol=1e-11)
    for k, random, two_units in (
        (1, 0.4600574712643678, 0.9206896551724137),
        (5, 0.5394871794871795, 0.9532051282051281),
        (12, 0.5383534136546184, 0.9775435073627845),
        (29, 0.48958333333333337, 0.9900862068965517),
    ):
        assert trustworthiness(states, places, k).value == pytest.approx(random, abs=1e-14)
        assert trustworthiness(states, states[:, :2], k).value == pytest.approx(
            two_units, abs=1e-14
        )


@pytest.mark.parametrize("source", [None, "cell of all layers", "token embeddings"])
def test_the_map_of_an_lstm_is_that_of_scikit_learn(source):
    """300 points a layer; its signs are the same, too."""
    text = "".join(LETTERS[n] for n in Draws(21).integers(0, len(LETTERS), 300))
    model = rv.SequenceModel(seeded(Recurrent, "lstm", layers=2), LETTERS)
    widget = rv.explore(model, text)
    found = widget.map(source)
    widget.close()
    points = {None: 300, "cell of all layers": 600, "token embeddings": len(LETTERS)}[source]
    assert len(found) == points
    # In float32 scikit-learn computes in float32.
    states = found.states.astype(np.float64)
    expected = PCA(2, svd_solver="full").fit(states)
    plane, coordinates = found.map.plane, found.map.coordinates
    np.testing.assert_allclose(plane.explained, expected.explained_variance_ratio_, rtol=1e-10)
    np.testing.assert_allclose(plane.directions, expected.components_, atol=1e-10)
    np.testing.assert_allclose(coordinates, expected.transform(states), atol=1e-10)
    trust = found.map.trust
    by_sklearn = sklearn_trustworthiness(states, coordinates, n_neighbors=trust.neighbours)
    assert trust.asked == points
    assert trust.value == pytest.approx(by_sklearn, abs=1e-14)


@pytest.mark.parametrize("k", [5, 10])
def test_of_equally_near_points_scikit_learn_ranks_one_after_the_other(k):
    """Every point twice: nothing else differs, as states show that are all told apart."""
    draws = Draws(22)
    states = np.tile(draws.numbers(150, 12) * np.linspace(3, 1, 12), (2, 1))
    plane = state_map(states).coordinates
    ours = trustworthiness(states, plane, k).value
    assert ours == pytest.approx(counted_trust(states, plane, k), abs=1e-12)
    by_sklearn = sklearn_trustworthiness(states, plane, n_neighbors=k)
    assert 1e-4 < ours - by_sklearn < 0.01
    states += 1e-3 * draws.numbers(300, 12)
    plane = state_map(states).coordinates
    by_sklearn = sklearn_trustworthiness(states, plane, n_neighbors=k)
    assert trustworthiness(states, plane, k).value == pytest.approx(by_sklearn, abs=1e-14)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(("points", "units"), [(300, 20), (15, 40), (9_000, 1_000)])
def test_components_are_those_of_svd(kind, points, units):
    rng = np.random.default_rng(0)
    states = (rng.standard_normal((points, units)) * np.linspace(3, 1, units)).astype(kind)
    states[:, -1] += 100  # not centred
    if points > 1_000:
        states = states[:, ::4]
    found = principal_components(states)
    coordinates, explained = by_svd(states)
    np.testing.assert_allclose(found.explained, explained, rtol=1e-9)
    mine = found.project(states)
    signs = np.sign((mine * coordinates).sum(axis=0))
    np.testing.assert_allclose(mine, coordinates * signs, atol=1e-7)
    np.testing.assert_allclose(found.directions @ found.directions.T, np.eye(2), atol=1e-10)
    largest = np.abs(found.directions).argmax(axis=1)
    assert (found.directions[[0, 1], largest] > 0).all()


@pytest.mark.parametrize("points", [1, 5])
def test_states_that_do_not_vary_are_one_point(points):
    states = np.full((points, 3), 2.5, np.float16)
    found = principal_components(states)
    assert np.isnan(found.explained).all()
    assert np.array_equal(found.project(states), np.zeros((points, 2)))
    assert np.isfinite(found.directions).all()


@pytest.mark.parametrize(("points", "units"), [(2_100, 2_060), (600, 65_536)])
def test_many_units(points, units):
    """More of both than are decomposed exactly, and the most units there may be."""
    rng = np.random.default_rng(1)
    states = rng.standard_normal((points, units), np.float32)
    for strength, unit in ((40, 3), (25, 5)):
        states[:, unit] *= strength
        states[:, unit + 10] = states[:, unit]
    found = principal_components(states)
    centred = states - states.mean(axis=0, dtype=np.float64)
    values = np.linalg.eigvalsh(centred @ centred.T)[::-1]
    np.testing.assert_allclose(found.explained, values[:2] / values.sum(), rtol=1e-7)
    assert np.abs(found.directions[0, [3, 13]]).min() > 0.6
    assert np.abs(found.directions[1, [5, 15]]).min() > 0.6


def test_equal_places_and_states():
    """An embedding has one point for each symbol, many times over."""
    symbols = Draws(3).integers(0, 5, 80)
    states = Draws(4).numbers(5, 30)[symbols]
    plane = principal_components(states).project(states)
    # All copies of a symbol are equally near, in truth and on the map.
    assert trustworthiness(states, plane, 3).value == 1
    places = np.round(Draws(5).numbers(80, 2), 1)
    for k in (1, 4, 11):
        found = trustworthiness(states.astype(np.float32), places, k).value
        assert found == pytest.approx(counted_trust(states.astype(np.float32), places, k))
        assert found < 0.9


def test_of_many_points_some_are_asked():
    rng = np.random.default_rng(2)
    points = ALL_ASKED + 600
    states = rng.standard_normal((points, 5))
    states[:, :2] *= 3
    found = trustworthiness(states, states[:, :2], 10)
    assert (found.asked, found.points) == (SAMPLE, points)
    exact = trustworthiness(states[:ALL_ASKED], states[:ALL_ASKED, :2], 10)
    assert (exact.asked, exact.error) == (ALL_ASKED, 0)
    assert exact.value == pytest.approx(counted_trust(states[:300], states[:300, :2], 10), abs=0.03)
    assert 0.0005 < found.error < 0.01
    assert abs(found.value - exact.value) < 5 * found.error + 0.002
    again = trustworthiness(states, states[:, :2], 10)
    assert again == found
    assert trustworthiness(states, states[:, :2], 10, seed=1) != found


def test_a_map_says_what_it_leaves_out():
    states, _ = drawn()
    found = state_map(states)
    assert found.coordinates.shape == (60, 2)
    words = "66.7 % and 14.5 % of the variance along the two axes; trustworthiness 0.9"
    assert found.words().startswith(words)
    assert found.words().endswith("of 10 neighbours")
    assert repr(found).startswith("StateMap(60 points; 66.7 %")
    assert found.table()[3] == {
        "point": 3,
        "x": found.coordinates[3, 0],
        "y": found.coordinates[3, 1],
    }
    # The hovered position moves through the same plane.
    np.testing.assert_allclose(found.plane.project(states[7:8])[0], found.coordinates[7])


@pytest.mark.parametrize("points", [1, 2, 3])
def test_a_map_of_few_points_and_of_one_unit(points):
    found = state_map(np.arange(points, dtype=float)[:, None])
    assert found.coordinates.shape == (points, 2)
    assert np.array_equal(found.coordinates[:, 1], np.zeros(points))
    assert (found.trust is None) == (points < 3)
    if points == 3:
        assert found.plane.explained.tolist() == pytest.approx([1, 0])


def test_umap_is_asked_with_a_seed(monkeypatch):
    asked = []

    class Mapper:
        def __init__(self, **settings):
            asked.append(settings)

        def fit_transform(self, states):
            assert states.dtype == np.float32
            return states[:, :2]

    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=Mapper))
    states, _ = drawn()
    found = state_map(states, "umap", seed=5)
    assert asked == [{"n_components": 2, "n_neighbors": 15, "random_state": 5, "n_jobs": 1}]
    np.testing.assert_allclose(found.coordinates, states[:, :2], rtol=1e-6)
    assert found.plane is None
    assert found.words().startswith("trustworthiness 0.9")
    with pytest.raises(ValueError, match="UMAP needs at least 4 points; got 3"):
        state_map(states[:3], "umap")


def test_umap_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(ImportError, match=r"pip install 'rnnviz-widget\[umap\]'; or take method"):
        state_map(np.eye(9), "umap")


def test_what_is_no_map_is_refused():
    states, places = drawn()
    bad = states.copy()
    bad[3, 2] = np.inf
    with pytest.raises(ValueError, match="states must be finite; got inf at step 3, unit 2"):
        state_map(bad)
    with pytest.raises(ValueError, match="method must be 'pca' or 'umap'; got 'tsne'"):
        state_map(states, "tsne")
    many = np.broadcast_to(np.float32(1), (2 * MOST_POINTS + 1, 1))
    with pytest.raises(ValueError, match=r"at most 100,000 points; got 200,001. Take every 3th"):
        state_map(many)
    with pytest.raises(ValueError, match="60 states need 60 places on the map; got 59"):
        trustworthiness(states, places[1:])
    for k in (0, 30):
        with pytest.raises(ValueError, match=f"less than half of the 60 points; got {k}"):
            trustworthiness(states, places, k)
    with pytest.raises(ValueError, match="count must be at least 1 direction; got 0"):
        principal_components(states, 0)
    with pytest.raises(ValueError, match=r"expected states of 7 units, .*; got 6"):
        principal_components(states).project(states[:, :6])

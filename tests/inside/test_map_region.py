"""Regions of maps: which points are inside a polygon, against matplotlib's paths."""

import numpy as np
import pytest
from draws import Draws
from matplotlib.path import Path

import rnnviz_widget as rv
from rnnviz_widget.inside.map_region import in_whole_numbers, places_on_page, points_inside


@pytest.mark.parametrize("corners", [3, 4, 9, 60])
def test_the_points_inside_are_those_of_matplotlib(corners):
    draws = Draws(corners)
    places = draws.numbers(500, 2)
    # A star around the middle: its sides do not cross.
    angles = np.sort(draws.numbers(corners)) * 2 * np.pi
    reach = 0.1 + 0.4 * draws.numbers(corners)
    polygon = 0.5 + np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach[:, None]
    inside = points_inside(places, rv.MapRegion(polygon).corners)
    expected = np.flatnonzero(Path(polygon, closed=False).contains_points(places))
    assert 0 < len(expected) < 500
    assert inside.tolist() == expected.tolist()
    # Where it begins and which way it goes changes nothing.
    other = rv.MapRegion(np.roll(polygon, 2, axis=0)[::-1])
    assert points_inside(places, other.corners).tolist() == expected.tolist()


def test_what_is_crossed_twice_is_outside():
    ring = [(0, 0), (4, 0), (4, 4), (0, 4), (0, 0), (1, 1), (1, 3), (3, 3), (3, 1), (1, 1)]
    places = np.asarray([[0.5, 2], [2, 2], [3.5, 3.5], [5, 2]])
    assert points_inside(places, rv.MapRegion(ring).corners).tolist() == [0, 2]


@pytest.mark.parametrize(
    ("corners", "error", "words"),
    [
        ([(0, 0), (1, 1)], ValueError, "at least 3 corners; got 2"),
        ([(0, 0), (1, 1), (np.nan, 0)], ValueError, "must be finite numbers"),
        ([0, 1, 2], TypeError, r"corners must be pairs of numbers, .*; got \[0, 1, 2\]"),
        (7, TypeError, "corners must be pairs of numbers"),
    ],
)
def test_what_is_no_polygon_is_said(corners, error, words):
    with pytest.raises(error, match=words):
        rv.MapRegion(corners)


def test_what_is_no_method_is_said():
    with pytest.raises(ValueError, match="method must be 'pca' or 'umap'; got 'tsne'"):
        rv.MapRegion([(0, 0), (1, 1), (0, 1)], method="tsne")


def test_points_are_where_a_page_has_them():
    """A page has them as float32, of whole numbers times what 1 stands for."""
    coordinates = Draws(4).numbers(200, 2) * [5, 3] - 1
    quantum, center, whole = in_whole_numbers(coordinates)
    assert (whole.dtype, np.abs(whole).max()) == (np.dtype("<i2"), 32_767)
    found = places_on_page(coordinates)
    np.testing.assert_allclose(found, coordinates, atol=quantum)
    assert not np.array_equal(found, coordinates)
    first = [
        np.float32(float(np.float32(c)) + quantum * int(n))
        for c, n in zip(center, whole[0], strict=True)
    ]
    assert found[0].tolist() == first
    # Many points of one place.
    assert places_on_page(np.full((3, 2), 0.5)).tolist() == [[0.5, 0.5]] * 3

"""How far a map of states may be trusted: whether points that are near on it are near in truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .text_states import Integers, Numbers, States, blocks, checked_states

ALL_ASKED = 2_000
"""Up to so many points each is asked for its neighbours."""
SAMPLE = 300
"""Of more points so many are drawn and asked, each of which is compared with all."""

# Squared distances that differ by less than this share of the largest square are equal.
_EQUAL = 1e-12


@dataclass(frozen=True)
class Trustworthiness:
    """The trustworthiness of a map.

    Attributes:
        value: 1: every point's nearest on the map are its nearest in truth; about 0.5 for points
            that are placed at random.
        error: The standard error of the value, since not all points were asked; 0 if they were.
        neighbours: How many neighbours of each point, k.
        asked: How many points were asked for their neighbours.
        points: How many points there are, n.
    """

    value: float
    error: float
    neighbours: int
    asked: int
    points: int


def trustworthiness(
    states: States, coordinates: npt.NDArray[np.floating], neighbours: int = 10, *, seed: int = 0
) -> Trustworthiness:
    """Measure the trustworthiness of a map of states.

    With U_k(i) the k nearest points of i on the map, and r(i, j) the rank of j by its distance from
    i between the states (1: the nearest):

        T(k) = 1 - 2 / (n k (2 n - 3 k - 1)) sum over i, j in U_k(i) of max(0, r(i, j) - k).

    Distances are Euclidean. Of more than 2,000 points, 300 are drawn and asked. Their neighbours
    are found and ranked among all n, so that the value is an estimate of that of all.

    Ties: of equally near states all have the best rank of them, one more than the number of states
    that are nearer (squared distances are equal up to 1e-12 of the squares of the two states); of
    equally near places on the map those that come first are the neighbours. Without ties the value
    is scikit-learn's. With ties, as where a text repeats a state, scikit-learn ranks equally near
    states one after the other as its sort leaves them, and finds less: 0.001 to 0.002 less where
    every one of 300 states is there twice.

    Source: Venna and Kaski, "Neighborhood preservation in nonlinear projection methods", 2001.

    Args:
        states: Shape (n, H).
        coordinates: Where they are on the map, (n, 2).
        neighbours: k, below n / 2.
        seed: Draws the points.

    Raises:
        ValueError: If there is not one place for each state, they are not finite, or there are not
            enough points for k neighbours.
    """
    truth, places = checked_states(states), checked_states(coordinates, "coordinates")
    n = len(truth)
    if len(places) != n:
        raise ValueError(f"{n:,} states need {n:,} places on the map; got {len(places):,}")
    if not 1 <= neighbours < n / 2:
        raise ValueError(
            f"neighbours must be at least 1 and less than half of the {n:,} points; got "
            f"{neighbours}"
        )
    asked = np.arange(n)
    if n > ALL_ASKED:
        asked = np.sort(np.random.default_rng(seed).choice(n, SAMPLE, replace=False))
    near = _nearest(places.astype(np.float64), asked, neighbours)
    over = np.maximum(_ranks(truth, asked, near) - neighbours, 0).sum(axis=1)
    scale = 2 / (neighbours * (2 * n - 3 * neighbours - 1))
    error = 0.0
    if len(asked) < n:
        error = scale * float(over.std(ddof=1)) * np.sqrt((1 - len(asked) / n) / len(asked))
    value = 1 - scale * float(over.mean())
    return Trustworthiness(value, float(error), neighbours, len(asked), n)


def _nearest(places: Numbers, asked: Integers, count: int) -> Integers:
    """The nearest other points of some, (M, k); of equally near ones those that come first."""
    found = np.empty((len(asked), count), np.int64)
    for some in blocks(len(asked), len(places)):
        points = asked[some]
        apart = np.zeros((len(points), len(places)))
        for axis in places.T:
            apart += (axis[points, None] - axis) ** 2
        apart[np.arange(len(points)), points] = np.inf
        least = np.partition(apart, count - 1, axis=1)[:, count - 1]
        for row, (distances, most) in enumerate(zip(apart, least, strict=True), some.start):
            near = np.flatnonzero(distances <= most)
            found[row] = near[np.argsort(distances[near], kind="stable")[:count]]
    return found


def _ranks(states: States, asked: Integers, near: Integers) -> Integers:
    """The ranks of points by their true distance from those that were asked, (M, k)."""
    mean = states.mean(axis=0, dtype=np.float64)
    own = states[asked] - mean
    squares = (own**2).sum(axis=1)
    distances = np.stack(
        [((states[column] - mean - own) ** 2).sum(axis=1) for column in near.T], axis=1
    )
    nearer = np.zeros(near.shape, np.int64)
    for part in blocks(states.shape[0], max(states.shape[1], len(asked))):
        others = states[part] - mean
        sizes = (others**2).sum(axis=1)
        apart = squares[:, None] - 2 * own @ others.T + sizes
        inside = (asked >= part.start) & (asked < part.stop)
        apart[inside, asked[inside] - part.start] = np.inf
        apart += _EQUAL * (squares[:, None] + sizes)
        for k, distance in enumerate(distances.T):
            nearer[:, k] += np.count_nonzero(apart < distance[:, None], axis=1)
    return nearer + 1

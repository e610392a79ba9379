"""An order of units in which those with similar curves are neighbours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Indexes = npt.NDArray[np.intp]

# How many steps of a text, evenly spaced, are compared.
_COMPARED = 512


def similar_neighbours(states: npt.NDArray[np.floating]) -> Indexes:
    """An order in which units with similar curves are neighbours.

    The units are clustered by average linkage of their correlation, and two clusters are joined by
    those of their ends that are most alike (Gruvaeus and Wainer 1972). Units that never change come
    last.

    Args:
        states: (T, H).

    Returns:
        Indices, (H,).
    """
    picked = np.unique(np.linspace(0, len(states) - 1, _COMPARED).round().astype(int))
    centred = (states[picked] - states[picked].mean(0)).astype(np.float32)
    scale = np.linalg.norm(centred, axis=0)
    moves = np.flatnonzero(scale > 1e-6 * max(1.0, float(scale.max(initial=0.0))))
    still = np.setdiff1d(np.arange(states.shape[1]), moves)
    if len(moves) < 2:
        return np.concatenate([moves, still])
    shapes = centred[:, moves] / scale[moves]
    return np.concatenate([moves[_leaves(shapes.T @ shapes)], still])


def _leaves(alike: npt.NDArray[np.float32]) -> Indexes:
    """The leaves of the tree of average linkage, from how alike each two are, (N, N).

    Nearest neighbours are followed until two are each other's (the chain of Benzecri 1982, Murtagh
    1983), which finds the same tree as merging the most alike each time, in N^2 steps.
    """
    between = alike.copy()
    np.fill_diagonal(between, -np.inf)
    ordered = [[n] for n in range(len(alike))]
    sizes = np.ones(len(alike), np.float32)
    chain: list[int] = []
    for _ in range(len(alike) - 1):
        if not chain:
            chain.append(int(np.argmax(sizes > 0)))
        while True:
            here = chain[-1]
            nearest = int(np.argmax(between[here]))
            # Of equally near ones the one before, so that the chain ends.
            if len(chain) > 1 and between[here, chain[-2]] >= between[here, nearest]:
                break
            chain.append(nearest)
        one, other = chain.pop(), chain.pop()
        ordered[one] = _joined(ordered[one], ordered[other], alike)
        total = sizes[one] + sizes[other]
        merged = (sizes[one] * between[one] + sizes[other] * between[other]) / total
        merged[one] = -np.inf
        between[one], between[:, one] = merged, merged
        between[other], between[:, other] = -np.inf, -np.inf
        sizes[one], sizes[other] = total, 0
    return np.asarray(ordered[int(np.argmax(sizes))])


def _joined(one: list[int], other: list[int], alike: npt.NDArray[np.float32]) -> list[int]:
    """Two clusters side by side, each turned so that the ends that meet are most alike."""
    turned = [(a, b) for a in (one, one[::-1]) for b in (other, other[::-1])]
    first, second = max(turned, key=lambda pair: alike[pair[0][-1], pair[1][0]])
    return first + second

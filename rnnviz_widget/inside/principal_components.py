"""A plane through states: the two directions in which they vary most, and how much that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .text_states import Numbers, States, blocks, checked_states

# Up to so many rows or columns all products of two are taken, and decomposed exactly.
_EXACT = 2_048
# Beyond that, so many directions more than are wanted are followed, until nothing moves any more.
_MORE = 30
_SAME = 1e-10
_ROUNDS = 300


@dataclass(frozen=True, eq=False)
class PrincipalComponents:
    """The K directions in which states vary most.

    Attributes:
        mean: The mean state, (H,).
        directions: Unit vectors, (K, H), each with its largest entry above 0.
        explained: The share of the variance along each, (K,); NaN where nothing varies.
    """

    mean: Numbers
    directions: Numbers
    explained: Numbers

    def project(self, states: States) -> Numbers:
        """The coordinates of states, (N, H) to (N, K), in the units of the states.

        Raises:
            ValueError: If they have another number of units, or are not finite.
        """
        checked = checked_states(states)
        if checked.shape[1] != len(self.mean):
            raise ValueError(
                f"expected states of {len(self.mean):,} units, as the map is made of; got "
                f"{checked.shape[1]:,}"
            )
        found = np.empty((len(checked), len(self.directions)))
        for part in blocks(*checked.shape):
            found[part] = (checked[part] - self.mean) @ self.directions.T
        return found


def principal_components(states: States, count: int = 2) -> PrincipalComponents:
    """Find the directions in which states vary most.

    With X the states minus their mean, X = U S V': the directions are the first rows of V', the
    explained variance is s_k^2 / sum s^2. Up to 2,048 units (or states) they are the eigenvectors
    of X'X (or XX'), which is exact. Beyond that they are followed by subspace iteration from seeded
    random directions until the variances change by less than 1e-10, for at most 300 rounds: what
    is not told apart by then varies by almost the same. Each direction has its largest entry, the
    first of equal ones, above 0. Directions beyond the number of units or states are 0.

    Source: Halko, Martinsson and Tropp, "Finding structure with randomness", 2011, for the latter.

    Args:
        states: Shape (N, H).
        count: How many directions, K.

    Raises:
        ValueError: If the states are not finite, or `count` is below 1.
    """
    checked = checked_states(states)
    steps, units = checked.shape
    if count < 1:
        raise ValueError(f"count must be at least 1 direction; got {count}")
    mean = checked.mean(axis=0, dtype=np.float64)
    centred = _Centred(checked, mean)
    if units <= _EXACT:
        values, vectors = np.linalg.eigh(centred.between_units())
        variances, directions = values[::-1][:count], vectors.T[::-1][:count]
    elif steps <= _EXACT:
        variances, directions = _from_states(centred, count)
    else:
        variances, directions = _followed(centred, count)
    largest = np.abs(directions).argmax(axis=1)
    signs = np.where(directions[np.arange(len(directions)), largest] < 0, -1.0, 1.0)
    whole = centred.squares()
    with np.errstate(invalid="ignore", divide="ignore"):
        explained = np.maximum(variances, 0) / np.float64(whole)
    missing = count - len(directions)  # there are no more units or states
    return PrincipalComponents(
        mean,
        np.pad(directions * signs[:, None], ((0, missing), (0, 0))),
        np.pad(explained, (0, missing)),
    )


@dataclass(frozen=True, eq=False)
class _Centred:
    """States minus their mean, X, (N, H), of which some rows are in memory at a time."""

    states: States
    mean: Numbers

    def _parts(self) -> list[slice]:
        return blocks(self.states.shape[0], self.states.shape[1])

    def between_units(self) -> Numbers:
        """X'X, (H, H)."""
        found = np.zeros((len(self.mean),) * 2)
        for part in self._parts():
            rows = self.states[part] - self.mean
            found += rows.T @ rows
        return found

    def times(self, columns: Numbers) -> Numbers:
        """X'(X columns), (H, K) to (H, K)."""
        found = np.zeros_like(columns)
        for part in self._parts():
            rows = self.states[part] - self.mean
            found += rows.T @ (rows @ columns)
        return found

    def squares(self) -> float:
        """The sum of all squares of X."""
        return float(sum(((self.states[p] - self.mean) ** 2).sum() for p in self._parts()))


def _from_states(centred: _Centred, count: int) -> tuple[Numbers, Numbers]:
    """By the products of all pairs of states, which are fewer than the units."""
    rows = centred.states - centred.mean
    values, vectors = np.linalg.eigh(rows @ rows.T)
    values, vectors = values[::-1][:count], vectors[:, ::-1][:, :count]
    return values, np.linalg.qr(rows.T @ vectors)[0].T


def _followed(centred: _Centred, count: int) -> tuple[Numbers, Numbers]:
    """By subspace iteration."""
    width = min(count + _MORE, len(centred.mean))
    start = np.random.default_rng(0).standard_normal((len(centred.mean), width))
    basis = np.linalg.qr(centred.times(start))[0]
    before = np.zeros(count)
    for _ in range(_ROUNDS):
        image = centred.times(basis)
        values, turns = np.linalg.eigh(basis.T @ image)
        values, turns = values[::-1][:count], turns[:, ::-1][:, :count]
        found = (basis @ turns).T
        if np.all(np.abs(values - before) <= _SAME * values[0]):
            break
        before = values
        basis = np.linalg.qr(image)[0]
    return values, found

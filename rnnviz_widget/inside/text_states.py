"""States of one or more texts as one array, with where each text begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

States = npt.NDArray[np.floating]
Numbers = npt.NDArray[np.floating]
Integers = npt.NDArray[np.int64]
Table = list[dict[str, Any]]
"""A table: a dict a row, with the same names in each, such as `pandas.DataFrame` takes."""

# So many bytes of states are looked at in one go.
_AT_ONCE = 1 << 25


def checked_states(states: npt.NDArray[Any], name: str = "states") -> States:
    """States as an array of floating point numbers, all of them finite.

    Args:
        states: Shape (T, H), of any kind of real numbers; floating point is kept as it is.
        name: What they are called in errors.

    Raises:
        ValueError: If they have another shape or kind, or there is NaN or infinity among them.
    """
    found = np.asanyarray(states)
    if found.ndim != 2 or 0 in found.shape:
        raise ValueError(
            f"{name} must have the shape (T, H), at least one step and one unit; got {found.shape}"
        )
    if found.dtype.kind in "iub":
        found = found.astype(np.float64)
    if found.dtype.kind != "f":
        raise ValueError(f"{name} must be real numbers; got the dtype {found.dtype}")
    for part in blocks(found.shape[0], found.shape[1], found.itemsize):
        finite = np.isfinite(found[part])
        if not finite.all():
            step, unit = np.argwhere(~finite)[0]
            at = part.start + int(step)
            raise ValueError(
                f"{name} must be finite; got {found[at, unit]} at step {at:,}, unit {unit:,}. A "
                "model that gives such numbers has weights that grew without bound, or inputs it "
                "can't read"
            )
    return found


def blocks(steps: int, units: int, bytes_each: int = 8, multiple: int = 1) -> list[slice]:
    """Slices of the steps, each of about 32 MB of numbers.

    Args:
        steps: The number of steps.
        units: How many numbers there are at each.
        bytes_each: The size of a number.
        multiple: Each slice but the last has a multiple of this length.
    """
    length = max(1, _AT_ONCE // max(1, units * bytes_each * multiple)) * multiple
    return [slice(start, min(start + length, steps)) for start in range(0, steps, length)]


def checked_index(value: int, count: int, what: str) -> int:
    """An index from 0 on, that is there.

    Raises:
        TypeError: If it is no whole number.
        ValueError: If it is out of range.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{what} must be a whole number; got {value!r}")
    if not 0 <= value < count:
        raise ValueError(f"there is no {what} {value:,}: they go from 0 to {count - 1:,}")
    return int(value)


@dataclass(frozen=True, eq=False)
class TextStates:
    """What the H units of one layer are at each step of N texts, one text after the other.

    Attributes:
        states: Shape (T, H), all texts; may be an array that is mapped from a file.
        starts: The first step of each text, then T, shape (N + 1,).
    """

    states: States
    starts: Integers

    @classmethod
    def of(cls, *texts: npt.NDArray[Any]) -> Self:
        """Join the states of texts.

        Args:
            texts: The states of each, (T_n, H).

        Raises:
            ValueError: If there are none, they are not finite or not of one number of units.
        """
        if not texts:
            raise ValueError("there are no states; pass those of at least one text")
        several = len(texts) > 1
        found = [
            checked_states(each, f"states of text {n}" if several else "states")
            for n, each in enumerate(texts)
        ]
        sizes = [each.shape[1] for each in found]
        if len(set(sizes)) > 1:
            other = next(n for n, size in enumerate(sizes) if size != sizes[0])
            raise ValueError(
                f"all texts need states of the same units: text 0 has {sizes[0]:,} units, text "
                f"{other} has {sizes[other]:,}"
            )
        lengths = [len(each) for each in found]
        return cls(np.concatenate(found) if several else found[0], starts_of(lengths))

    def __len__(self) -> int:
        """The number of texts, N."""
        return len(self.starts) - 1

    @property
    def steps(self) -> int:
        """The number of steps of all texts, T."""
        return len(self.states)

    @property
    def units(self) -> int:
        """The number of units, H."""
        return int(self.states.shape[1])

    def text(self, number: int) -> States:
        """The states of one text.

        Raises:
            TypeError, ValueError: If there is no such text.
        """
        n = checked_index(number, len(self), "text")
        return self.states[self.starts[n] : self.starts[n + 1]]


def starts_of(lengths: Sequence[int]) -> Integers:
    """Where texts of these lengths begin one after the other, and where the last ends."""
    return np.concatenate([[0], np.cumsum(np.asarray(lengths, np.int64))]).astype(np.int64)


def text_at(starts: Integers, steps: Integers) -> Integers:
    """The number of the text that has each step."""
    found: Integers = np.searchsorted(starts, steps, side="right") - 1
    return found

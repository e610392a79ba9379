"""The states that are most like one state, and where in which text they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .text_states import (
    Integers,
    Numbers,
    States,
    Table,
    TextStates,
    blocks,
    checked_index,
    checked_states,
    text_at,
)


@dataclass(frozen=True)
class NearState:
    """A state, and how like another it is.

    Attributes:
        text: The number of its text.
        step: Its step in that text.
        similarity: The cosine of the angle between the two, -1 to 1.
    """

    text: int
    step: int
    similarity: float


@dataclass(frozen=True)
class NearestStates:
    """The states that are most like one, the most similar first."""

    states: tuple[NearState, ...]

    def __len__(self) -> int:
        return len(self.states)

    def table(self) -> Table:
        """A row for each."""
        return [
            {"text": each.text, "step": each.step, "similarity": each.similarity}
            for each in self.states
        ]


def nearest_to(
    texts: TextStates, text: int, step: int, *, count: int = 10, apart: int = 1
) -> NearestStates:
    """The states most like that at a step of one of the texts.

    Args:
        texts: The states.
        text: The number of the text.
        step: The step in it.
        count: How many at most.
        apart: Steps of the same text that are nearer than so many are left out; at least 1, which
            leaves out the step itself.

    Raises:
        TypeError, ValueError: If there is no such text or step, its state is 0, or `count` or
            `apart` is below 1.
    """
    number = checked_index(text, len(texts), "text")
    own = texts.text(number)
    at = checked_index(step, len(own), "step")
    if apart < 1:
        raise ValueError(f"apart must be at least 1 step; got {apart}")
    first = int(texts.starts[number])
    left_out = slice(first + max(0, at - apart + 1), first + min(len(own), at + apart))
    return nearest_states(texts, own[at], count=count, left_out=left_out)


def nearest_states(
    texts: TextStates,
    state: npt.NDArray[np.floating],
    *,
    count: int = 10,
    left_out: slice | None = None,
) -> NearestStates:
    """The states with the largest cosine to a state, found by comparing it with all.

    Args:
        texts: The states.
        state: Shape (H,).
        count: How many at most.
        left_out: Steps, counted over all texts, that are not compared.

    Returns:
        The most similar first, of equal ones the one that stands first. A state of zeros has no
        direction and is never among them.

    Raises:
        ValueError: If the state has another number of units, is not finite or all 0, or `count` is
            below 1.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1; got {count}")
    one = checked_states(np.asarray(state)[None], "a state")[0].astype(np.float64)
    if one.shape != (texts.units,):
        raise ValueError(f"expected a state of {texts.units:,} units; got {len(one):,}")
    size = float(np.linalg.norm(one))
    if not size:
        raise ValueError("this state is 0 in all units, so it is like no other; take another step")
    found = _cosines(texts, one / size)
    if left_out is not None:
        found[left_out] = -np.inf
    rank = max(0, len(found) - count)
    least = np.partition(found, rank)[rank]
    best = np.flatnonzero(found >= least)
    best = best[np.argsort(-found[best], kind="stable")][:count]
    best = best[np.isfinite(found[best])]
    numbers = text_at(texts.starts, best)
    return NearestStates(
        tuple(
            NearState(int(n), int(at - texts.starts[n]), float(found[at]))
            for n, at in zip(numbers, best, strict=True)
        )
    )


@dataclass(frozen=True, eq=False)
class NearestOfMany:
    """The states that are most like each of some.

    Attributes:
        indices: The most similar first, (M, K).
        similarity: The cosines, (M, K); NaN where there is none, as of a state of zeros.
    """

    indices: Integers
    similarity: Numbers


def nearest_of_many(
    texts: TextStates, asked: Integers, *, count: int = 6, apart: int = 1
) -> NearestOfMany:
    """For some of N states the others with the largest cosine, found by comparing with all.

    Args:
        texts: The states.
        asked: Which are asked for theirs, counted over all texts, (M,).
        count: K; fewer if there are not so many others.
        apart: As in `nearest_to`.

    Raises:
        ValueError: If `count` or `apart` is below 1.
    """
    for name, value in (("count", count), ("apart", apart)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1; got {value}")
    states = texts.states
    count = min(count, len(states) - 1)
    kind = np.result_type(states.dtype, np.float32)
    directions = _directions(states[asked].astype(kind, copy=False))
    products = np.empty((len(asked), len(states)), kind)
    for part in blocks(*states.shape):
        others = _directions(states[part].astype(kind, copy=False))
        products[:, part] = directions @ others.T
    products[np.isnan(products)] = -np.inf  # a state of zeros has no direction
    numbers = text_at(texts.starts, asked)
    firsts = np.maximum(texts.starts[numbers], asked - apart + 1)
    afters = np.minimum(texts.starts[numbers + 1], asked + apart)
    for row, (first, after) in enumerate(zip(firsts, afters, strict=True)):
        products[row, first:after] = -np.inf
    rank = len(states) - count
    found = np.sort(np.argpartition(products, rank - 1, axis=1)[:, rank:], axis=1)
    cosines = np.take_along_axis(products, found, axis=1)
    order = np.argsort(-cosines, axis=1, kind="stable")
    cosines = np.take_along_axis(cosines, order, axis=1).astype(np.float64)
    similarity = np.where(np.isfinite(cosines), np.clip(cosines, -1, 1), np.nan)
    return NearestOfMany(np.take_along_axis(found, order, axis=1), similarity)


def _directions(states: States) -> States:
    """States divided by their length; NaN for those of zeros."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found: States = states / np.sqrt((states * states).sum(axis=1, keepdims=True))
    return found


def _cosines(texts: TextStates, direction: Numbers) -> Numbers:
    """The cosine of each state to a direction, (T,); -infinity for a state of zeros."""
    found = np.empty(texts.steps)
    kind = np.result_type(texts.states.dtype, np.float32)
    for part in blocks(texts.steps, texts.units):
        states = texts.states[part].astype(kind, copy=False)
        with np.errstate(divide="ignore", invalid="ignore"):
            cosines = states @ direction.astype(kind) / np.sqrt((states * states).sum(axis=1))
        found[part] = np.where(states.any(axis=1), np.clip(cosines, -1, 1), -np.inf)
    return found

"""Rows of scores: whole or in part, and as they travel, in steps of their largest magnitude."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt

from .arrays import (
    Bits,
    Bytes,
    ExactFloats,
    Steps,
)
from .facet import Facet
from .packing import (
    INLINE,
    Wire,
    expect,
)

Floats = npt.NDArray[np.floating]

STEPS = 500
"""A row is cut into so many steps up to its peak: values are true to half a step, a thousandth."""

MOST_NUMBERS = 16_000_000
"""So many numbers a message may have: 32 MB. The kernel keeps a quarter of that."""


@dataclass(frozen=True)
class Part:
    """What there is of a row that is being computed: C[s, start], ..., C[s, s].

    Attributes:
        start: The first input that is known, at least 1.
        scores: Shape (s + 1 - start,).
    """

    start: int
    scores: Floats


@dataclass(frozen=True)
class Failure:
    """What went wrong instead of a result.

    Attributes:
        error: What, in words.
    """

    error: str


Outcome = Floats | Part | Failure


@dataclass(frozen=True, eq=False)
class Quantised:
    """Scores in steps of their peak.

    Attributes:
        peak: The largest magnitude, in the measure's unit; 0 of a row of zeros.
        total: The sum of magnitudes, in the measure's unit.
        values: round(500 C / peak), of a signed measure zigzag-coded: 2q for q >= 0, else -2q - 1.
    """

    peak: float
    total: float
    values: Annotated[npt.NDArray[np.uint16], Wire(Steps(), key="data")]


def quantise(scores: Floats, *, signed: bool) -> Quantised:
    """Cut scores, shape (n,), into steps, true to 1/1000 of their largest magnitude."""
    magnitudes = np.abs(scores.astype(np.float64))
    peak = float(magnitudes.max(initial=0.0))
    total = float(magnitudes.sum())
    if peak == 0.0:
        return Quantised(0.0, 0.0, np.zeros(len(scores), np.uint16))
    steps = np.rint(scores.astype(np.float64) / peak * STEPS).astype(np.int32)
    if signed:
        steps = np.where(steps >= 0, 2 * steps, -2 * steps - 1)
    return Quantised(peak, total, steps.astype(np.uint16))


def steps_of(row: Quantised, *, signed: bool) -> npt.NDArray[np.int32]:
    """The steps with their signs, (n,)."""
    steps = row.values.astype(np.int32)
    return np.where(steps % 2 == 0, steps // 2, -(steps + 1) // 2) if signed else steps


def scores_of(row: Quantised, *, signed: bool) -> Floats:
    """Undo `quantise`: scores in the measure's unit, shape (n,)."""
    return steps_of(row, signed=signed) * (row.peak / STEPS)


@dataclass(frozen=True, eq=False)
class PackedRow:
    """A row, or the nearest inputs of a causal model's row while the others are being computed.

    Attributes:
        row: Its output, s.
        scores: Its scores; of a part peak and total are of that only, so that there is no share.
        start: The first input that is there. Left out of a whole row, where it is 0.

    Raises:
        ValueError: If a part does not reach from an input after the first to its row's own.
    """

    row: int
    scores: Annotated[Quantised, INLINE]
    start: Annotated[int, Wire(key="from", omit=True)] = 0

    def __post_init__(self) -> None:
        s, start, count = self.row, self.start, len(self.scores.values)
        if start != 0 and not (1 <= start <= s and count == s + 1 - start):
            raise ValueError(
                f"a part of row {s} must start at an input from 1 to {s} and reach to {s}; "
                f"got {count} values from {start}"
            )


@dataclass(frozen=True)
class FailedRow:
    """What went wrong instead of a row.

    Attributes:
        row: Its output, s.
        error: What, in words.
    """

    row: int
    error: str


def pack_outcome(s: int, outcome: Outcome, *, signed: bool) -> PackedRow | FailedRow:
    """A row, a part of one, or what went wrong, as it travels."""
    if isinstance(outcome, Failure):
        return FailedRow(s, outcome.error)
    if isinstance(outcome, Part):
        return PackedRow(s, quantise(outcome.scores, signed=signed), outcome.start)
    return PackedRow(s, quantise(outcome, signed=signed))


@dataclass(frozen=True, eq=False)
class Answer:
    """The rows of one position: what a hover waits for. It is set again when more of them is there.

    Attributes:
        epoch: That of the scene.
        position: The character.
        facets: For each model its output there, and that output's row or what went wrong.
    """

    epoch: int
    position: int
    facets: Sequence[PackedRow | FailedRow]


@dataclass(frozen=True, eq=False)
class KnownRows:
    """The rows of one model that are known, N of them.

    Attributes:
        known: Which outputs' they are, (S,).
        peak: Of each the largest magnitude, (N,).
        total: Of each the sum of magnitudes, (N,).
        data: The values of all, deflated: the low bytes of all, then the high bytes of all.
    """

    known: Annotated[npt.NDArray[np.bool_], Wire(Bits())]
    peak: Annotated[Floats, Wire(ExactFloats("known"))]
    total: Annotated[Floats, Wire(ExactFloats("known"))]
    data: Annotated[bytes, Wire(Bytes())]


@dataclass(frozen=True, eq=False)
class Rows:
    """Every row computed so far, set in a few large steps and when the background fill ends.

    Attributes:
        epoch: That of the scene.
        complete: Whether all rows are there that will be filled.
        facets: Those of each model.
    """

    epoch: int
    complete: bool
    facets: Sequence[KnownRows]


def pack_rows(outputs: int, rows: Mapping[int, Floats], *, signed: bool) -> KnownRows:
    """Rows of a model of S outputs by their output."""
    known = np.zeros(outputs, bool)
    known[list(rows)] = True
    ordered = [quantise(rows[s], signed=signed) for s in sorted(rows)]
    values = np.concatenate([row.values for row in ordered] or [np.zeros(0, np.uint16)])
    # Low and high bytes apart deflate better: the high ones are nearly all zero.
    planes = (values & 255).astype(np.uint8).tobytes() + (values >> 8).astype(np.uint8).tobytes()
    return KnownRows(
        known,
        np.array([row.peak for row in ordered], np.float64),
        np.array([row.total for row in ordered], np.float64),
        zlib.compress(planes, 9),
    )


def length_of(facet: Facet, s: int) -> int:
    """How many scores row s has: of a causal model one for each input up to its own."""
    return s + 1 if facet.reads.causal else len(facet)


def check_answer(answer: Answer, facets: Sequence[Facet]) -> None:
    """Refuse rows that do not fit a scene.

    Raises:
        ValueError: If they are of other models, of outputs or characters that are not there, or of
            another length.
    """
    expect(answer.position < len(facets[0].text), "its position is not in its text")
    expect(len(answer.facets) == len(facets), "it is of other models")
    for one, facet in zip(answer.facets, facets, strict=True):
        expect(one.row < len(facet), f"a row's number is {one.row}")
        if isinstance(one, PackedRow):
            values = len(one.scores.values)
            length = length_of(facet, one.row) - one.start
            expect(values == length, f"row {one.row} has {values} values")
            sizes = [one.scores.peak, one.scores.total]
            expect(bool(np.isfinite(sizes).all()), "a row is not finite")


def check_rows(rows: Rows, facets: Sequence[Facet]) -> None:
    """Refuse saved rows that do not fit a scene; they are unpacked to no more than it tells.

    Raises:
        ValueError: If they are of other models or outputs, or more or fewer numbers than told.
        zlib.error: If they do not unpack.
    """
    expect(len(rows.facets) <= len(facets), "there are rows of other models")
    sizes = []
    for one, facet in zip(rows.facets, facets, strict=False):
        places = np.flatnonzero(one.known)
        there = places.max(initial=-1) < len(facet)
        expect(bool(there), "there are rows of characters that are not there")
        causal = facet.reads.causal
        sizes.append(int((places + 1).sum()) if causal else len(facet) * len(places))
    expect(sum(sizes) <= MOST_NUMBERS, f"they tell of {sum(sizes):,} numbers")
    for one, numbers in zip(rows.facets, sizes, strict=False):
        size = 2 * numbers
        unpacking = zlib.decompressobj()
        found = len(unpacking.decompress(one.data, size + 1))
        whole = found == size and unpacking.eof
        expect(whole, f"they do not unpack to the {size:,} bytes they tell of")

"""Rows of scores: complete, in part, and as they are sent, in steps of their largest magnitude."""

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
'""Rows are rounded to so many steps up to their peak, with an error of at most a thousandth of '
'it.""'

MOST_NUMBERS = 16_000_000
"""The most numbers in a message: 32 MB. The kernel keeps a quarter of that."""


@dataclass(frozen=True)
class Part:
    """The part that there is of a row being computed: C[s, start], ..., C[s, s].

    Attributes:
        start: The first input that is known, at least 1.
        scores: Shape (s + 1 - start,).
    """

    start: int
    scores: Floats


@dataclass(frozen=True)
class Failure:
    """What went wrong in place of a result.

    Attributes:
        error: What went wrong, in words.
    """

    error: str


Outcome = Floats | Part | Failure


@dataclass(frozen=True, eq=False)
class Quantised:
    """Scores in steps of their peak.

    Attributes:
        peak: The largest magnitude, in the measure's unit; 0 for a row of zeros.
        total: The sum of magnitudes, in the measure's unit.
        values: round(500 C / peak); for a signed measure zigzag-coded: 2q for q >= 0, else -2q - 1.
    """

    peak: float
    total: float
    values: Annotated[npt.NDArray[np.uint16], Wire(Steps(), key="data")]


def quantise(scores: Floats, *, signed: bool) -> Quantised:
    """Round scores, shape (n,), to steps, with errors up to 1/1000 of the largest magnitude."""
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
    """Scores in the measure's unit, shape (n,), the inverse of `quantise`."""
    return steps_of(row, signed=signed) * (row.peak / STEPS)


@dataclass(frozen=True, eq=False)
class PackedRow:
    """A row, or for a causal model its nearest inputs while the others are being computed.

    Attributes:
        row: Its output, s.
        scores: Its scores. Peak and total of a part are of that part only, so it has no shares.
        start: The first input that is there. Left out for a complete row, where it is 0.

    Raises:
        ValueError: If a part does not reach from an input after the first to the row's own.
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
    """What went wrong in place of a row.

    Attributes:
        row: Its output, s.
        error: What went wrong, in words.
    """

    row: int
    error: str


def pack_outcome(s: int, outcome: Outcome, *, signed: bool) -> PackedRow | FailedRow:
    """A row, a part of one, or what went wrong, as it is sent."""
    if isinstance(outcome, Failure):
        return FailedRow(s, outcome.error)
    if isinstance(outcome, Part):
        return PackedRow(s, quantise(outcome.scores, signed=signed), outcome.start)
    return PackedRow(s, quantise(outcome, signed=signed))


@dataclass(frozen=True, eq=False)
class Answer:
    """The rows at one position, for which a hover waits. Set again when there is more.

    Attributes:
        epoch: The epoch of the scene.
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
        known: For each output whether its row is known, (S,).
        peak: The largest magnitude of each row, (N,).
        total: The sum of magnitudes of each row, (N,).
        data: The values of all rows, deflated: all low bytes, then all high bytes.
    """

    known: Annotated[npt.NDArray[np.bool_], Wire(Bits())]
    peak: Annotated[Floats, Wire(ExactFloats("known"))]
    total: Annotated[Floats, Wire(ExactFloats("known"))]
    data: Annotated[bytes, Wire(Bytes())]


@dataclass(frozen=True, eq=False)
class Rows:
    """Every row computed so far; set in a few large steps, and when the background fill ends.

    Attributes:
        epoch: The epoch of the scene.
        complete: Whether all rows are there that will be filled.
        facets: The rows of each model.
    """

    epoch: int
    complete: bool
    facets: Sequence[KnownRows]


def pack_rows(outputs: int, rows: Mapping[int, Floats], *, signed: bool) -> KnownRows:
    """The rows of a model with S outputs, given by output."""
    known = np.zeros(outputs, bool)
    known[list(rows)] = True
    ordered = [quantise(rows[s], signed=signed) for s in sorted(rows)]
    values = np.concatenate([row.values for row in ordered] or [np.zeros(0, np.uint16)])
    # Separate planes deflate better: nearly all high bytes are zero.
    planes = (values & 255).astype(np.uint8).tobytes() + (values >> 8).astype(np.uint8).tobytes()
    return KnownRows(
        known,
        np.array([row.peak for row in ordered], np.float64),
        np.array([row.total for row in ordered], np.float64),
        zlib.compress(planes, 9),
    )


def length_of(facet: Facet, s: int) -> int:
    """The number of scores in row s: for a causal model one for each input up to its own."""
    return s + 1 if facet.reads.causal else len(facet)


def check_answer(answer: Answer, facets: Sequence[Facet]) -> None:
    """Refuse rows that do not fit a scene.

    Raises:
        ValueError: If they are for other models, for outputs or characters that do not exist, or of
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
    """Refuse saved rows that do not fit a scene; they are inflated only to the size it implies.

    Raises:
        ValueError: If they are for other models or outputs, or have more or fewer numbers than
            implied.
        zlib.error: If they can't be inflated.
    """
    expect(len(rows.facets) <= len(facets), "there are rows of other models")
    sizes = []
    for one, facet in zip(rows.facets, facets, strict=False):
        places = np.flatnonzero(one.known)
        there = places.max(initial=-1) < len(facet)
        expect(bool(there), "there are rows of characters that are not there")
        causal = facet.reads.causal
        sizes.append(int((places + 1).sum()) if causal else len(facet) * len(places))
    expect(sum(sizes) <= MOST_NUMBERS, f"they announce {sum(sizes):,} numbers")
    for one, numbers in zip(rows.facets, sizes, strict=False):
        size = 2 * numbers
        unpacking = zlib.decompressobj()
        found = len(unpacking.decompress(one.data, size + 1))
        whole = found == size and unpacking.eof
        expect(whole, f"they do not unpack to the {size:,} bytes they announce")

"""What the page is told besides the scene and its rows: progress, previews, names, refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt

from .arrays import (
    Floats,
    Names,
)
from .facet import ExplainedClass, MeasureInfo
from .packing import (
    INHERITED,
    INLINE,
    OMITTED,
    Wire,
)
from .rows import FailedRow, Failure, PackedRow

Probabilities = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Progress:
    """How far the background fill is.

    Attributes:
        done: How many rows are there.
        total: How many will be.
        state: Whether it was begun, goes on, has ended, or something stopped it.
        message: What to say of it, in words.
    """

    done: int
    total: int
    state: Literal["idle", "filling", "done", "stopped"]
    message: str | None = None


@dataclass(frozen=True)
class Status:
    """How far the background fill is, or what stopped it.

    Attributes:
        epoch: That of the scene.
        progress: How far.
    """

    epoch: int
    progress: Annotated[Progress, INLINE]


@dataclass(frozen=True, eq=False)
class PreviewedFacet:
    """One model's part of a preview.

    Attributes:
        measure: What its scores are; left out where it is the preview's.
        target: What is explained; null where it can't be: the error says why.
        outcome: The row, a part of it, or what went wrong.
    """

    measure: Annotated[MeasureInfo, INHERITED]
    target: ExplainedClass | None
    outcome: Annotated[PackedRow | FailedRow, INLINE]


@dataclass(frozen=True, eq=False)
class Preview:
    """Another class explained at one character, for as long as the reader looks at it.

    Attributes:
        epoch: That of the scene.
        position: The character.
        serial: That of the page's request.
        measure: What a score of the first model is; it may be another than the scene's.
        facets: One for each model.
    """

    epoch: int
    position: int
    serial: int
    measure: MeasureInfo
    facets: Sequence[PreviewedFacet]


@dataclass(frozen=True)
class FoundClass:
    """A class whose name begins as the reader typed.

    Attributes:
        name: Its name.
        probabilities: Its probability in every model.
    """

    name: str
    probabilities: Annotated[Sequence[float], Wire(key="p")]


@dataclass(frozen=True)
class FoundClasses:
    """The likeliest classes whose names begin so.

    Attributes:
        serial: That of the page's request.
        prefix: The beginning that was sought.
        position: The character that probabilities are of.
        names: The likeliest first, 20 at most.
    """

    serial: int
    prefix: str
    position: int
    names: Sequence[FoundClass]


@dataclass(frozen=True)
class Refusal:
    """What the page has asked for and the kernel does not do.

    Attributes:
        serial: That of the ask; None: it had none.
        message: Why not.
        unknown: Where characters of a text are why: those that models do not know; else left out.
    """

    serial: int | None
    message: Annotated[str, Wire(key="refused")]
    unknown: Annotated[Sequence[int], OMITTED] = ()


@dataclass(frozen=True, eq=False)
class Strip:
    """All classes in the order of their names, cut into N cells of nearly equally many.

    Attributes:
        classes: How many there are, V.
        p: The probability of a cell: the sum over its classes, 1 at most, (N,), float32.
        best: The likeliest class of each cell, by its name; of two the first by name.
        best_p: Its probability, (N,), float32.
    """

    classes: int
    p: Annotated[Probabilities, Wire(Floats(("cells",), "cells"))]
    best: Annotated[Sequence[str], Wire(Names("cells"))]
    best_p: Annotated[Probabilities, Wire(Floats(("cells",)))]


@dataclass(frozen=True, eq=False)
class Strips:
    """How likely all classes are at one character.

    Attributes:
        epoch: That of the scene.
        position: The character.
        facets: The strip of each model, or why it has none.
    """

    epoch: int
    position: int
    facets: Sequence[Strip | Failure]


Reply = Preview | FoundClasses | Strips | Refusal

REPLIES: dict[str, type[Preview | FoundClasses | Strips]] = {
    "preview": Preview,
    "classes": FoundClasses,
    "strips": Strips,
}
"""The replies by the kind of ask; a refusal stands in the place of any of them."""

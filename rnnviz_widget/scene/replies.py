"""What the kernel tells the page besides scene and rows: progress, previews, classes, refusals."""

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
from .coloring_units import ColoringUnits
from .facet import ExplainedClass, MeasureInfo
from .link_curves import LinkCurves
from .map_regions import DrawnRegions
from .output_check import OutputChecks
from .packing import (
    INHERITED,
    INLINE,
    OMITTED,
    Wire,
)
from .rows import FailedRow, Failure, PackedRow
from .state_map import StateMaps
from .swaps import Swaps
from .unit_matches import FoundMatches
from .unit_states import StatesWindow

Probabilities = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Progress:
    """How far the background fill is.

    Attributes:
        done: How many rows are there.
        total: How many will be.
        state: Whether it has not begun, is running, is done, or was stopped by an error.
        message: More about it, in words.
    """

    done: int
    total: int
    state: Literal["idle", "filling", "done", "stopped"]
    message: str | None = None


@dataclass(frozen=True)
class Status:
    """How far the background fill is, or what stopped it.

    Attributes:
        epoch: The epoch of the scene.
        progress: How far.
    """

    epoch: int
    progress: Annotated[Progress, INLINE]


@dataclass(frozen=True, eq=False)
class PreviewedFacet:
    """One model's part of a preview.

    Attributes:
        measure: What its scores are; left out if it is the preview's.
        target: The class that is explained; null if it can't be: the error says why.
        outcome: The row, a part of it, or what went wrong.
    """

    measure: Annotated[MeasureInfo, INHERITED]
    target: ExplainedClass | None
    outcome: Annotated[PackedRow | FailedRow, INLINE]


@dataclass(frozen=True, eq=False)
class Preview:
    """Another target explained at one character, while the reader points at it.

    Attributes:
        epoch: The epoch of the scene.
        position: The character.
        serial: The serial of the ask.
        measure: What a score of the first model is, which may differ from the scene's.
        facets: One for each model.
    """

    epoch: int
    position: int
    serial: int
    measure: MeasureInfo
    facets: Sequence[PreviewedFacet]


@dataclass(frozen=True, eq=False)
class RandomisedRow:
    """A model's row at one output, with random weights or of a random class.

    Attributes:
        target: The class that is explained, with its probability by these weights; null where there
            is no row: the error says why.
        correlation: Spearman's rank correlation with the model's own row, signs included; null: not
            defined.
        over_expected: The same after each share was divided by the mean share at its distance over
            the outputs of this text; null: not known, as not all rows are there.
        expected: That mean share at each input; none while it is not known.
        outcome: The row, or what went wrong.
    """

    target: ExplainedClass | None
    correlation: float | None
    over_expected: float | None
    expected: Annotated[npt.NDArray[np.floating], Wire(Floats(("inputs",), "inputs"))]
    outcome: Annotated[PackedRow | FailedRow, INLINE]


@dataclass(frozen=True, eq=False)
class Randomised:
    """The rows at one character with random weights, and of a random class.

    Sent again when more is known.

    Attributes:
        epoch: The epoch of the scene.
        position: The character.
        serial: The serial of the ask.
        weights: For each model the row of the same model with re-initialised weights.
        classes: For each model its row for another class, drawn at random.
    """

    epoch: int
    position: int
    serial: int
    weights: Sequence[RandomisedRow]
    classes: Sequence[RandomisedRow]


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
    """The likeliest classes whose names begin with some text.

    Attributes:
        serial: The serial of the ask.
        prefix: The beginning of the names.
        position: The character at which the probabilities are taken.
        names: The classes, likeliest first, at most 20.
    """

    serial: int
    prefix: str
    position: int
    names: Sequence[FoundClass]


@dataclass(frozen=True)
class Refusal:
    """An ask of the page that the kernel refuses.

    Attributes:
        serial: The serial of the ask; None: it had none.
        message: Why it is refused.
        unknown: The characters that models do not know, if that is why; else left out.
    """

    serial: int | None
    message: Annotated[str, Wire(key="refused")]
    unknown: Annotated[Sequence[int], OMITTED] = ()


@dataclass(frozen=True, eq=False)
class Strip:
    """All classes in the order of their names, divided into N cells of nearly equal size.

    Attributes:
        classes: The number of classes, V.
        p: The probability of each cell: the sum over its classes, at most 1, (N,), float32.
        best: The likeliest class of each cell; of equally likely ones the first by name.
        best_p: Its probability, (N,), float32.
    """

    classes: int
    p: Annotated[Probabilities, Wire(Floats(("cells",), "cells"))]
    best: Annotated[Sequence[str], Wire(Names("cells"))]
    best_p: Annotated[Probabilities, Wire(Floats(("cells",)))]


@dataclass(frozen=True, eq=False)
class Strips:
    """The probabilities of all classes at one character.

    Attributes:
        epoch: The epoch of the scene.
        position: The character.
        facets: The strip of each model, or why it has none.
    """

    epoch: int
    position: int
    facets: Sequence[Strip | Failure]


LaterReply = Preview | Swaps | OutputChecks | Randomised | StatesWindow | LinkCurves | StateMaps
"""Replies that may come in parts, or long after the ask."""

InstrumentReply = LaterReply | FoundClasses | Strips | FoundMatches | DrawnRegions | ColoringUnits

Reply = InstrumentReply | Refusal

REPLIES: dict[str, type[InstrumentReply]] = {
    "preview": Preview,
    "classes": FoundClasses,
    "swaps": Swaps,
    "strips": Strips,
    "check": OutputChecks,
    "randomised": Randomised,
    "states": StatesWindow,
    "link_curve": LinkCurves,
    "map": StateMaps,
    "map_regions": DrawnRegions,
    "color_by": ColoringUnits,
    "matches": FoundMatches,
}
"""The reply to each kind of ask; a refusal may take the place of any."""

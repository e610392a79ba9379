"""What a page is told of a model's units when its reader asks: set, remembering, predicting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt

from .arrays import Floats, Names
from .packing import Wire

MemoryQuestion = Literal["none", "gates", "reach"]
"""What is asked about the memory of units: nothing, their half-lives by their gates, or these and
the reach that connectivity measures."""


@dataclass(frozen=True, eq=False)
class ChangedUnits:
    """What is done to the units of a model that stands beside itself as it is.

    Attributes:
        of: The facet of the model as it is.
        what: What is done, in words, one after the other.
        divergence: How far that moves what is predicted at each step: KL(p || q) in nats, p of the
            model as it is; of one that gives a number, by how much that grows, (T,).
        nats: Whether it is in nats.
    """

    of: int
    what: Annotated[Sequence[str], Wire(Names())]
    divergence: Annotated[npt.NDArray[np.floating], Wire(Floats(("moved",), sizes="moved"))]
    nats: bool


_REMEMBERING = Wire(Floats(("remembering",)))


@dataclass(frozen=True, eq=False)
class UnitMemories:
    """How long the units of a layer remember.

    Attributes:
        half_lives: By their gates, in steps, one for each unit that is sent; empty: no gate keeps
            the units.
        reach: The mean distance of the inputs that each depends on, in characters; NaN: not
            measured.
        words: By which gate, and over which outputs the reach is; or why there is none.
    """

    half_lives: Annotated[
        npt.NDArray[np.floating], Wire(Floats(("remembering",), sizes="remembering"))
    ]
    reach: Annotated[npt.NDArray[np.floating], _REMEMBERING]
    words: str


@dataclass(frozen=True)
class LayerPrediction:
    """What the state of one layer would predict at a character, if it were the last layer's.

    Attributes:
        layer: The layer's name, as in `FacetStates.layers`.
        fitted: Whether its state was mapped to the last layer's by a fitted map.
        divergence: How far that is from what the model predicts there, in nats.
        mean: The mean of this over the text.
        classes: The likeliest classes, best first.
        probabilities: Their probabilities.
    """

    layer: str
    fitted: bool
    divergence: float
    mean: float
    classes: Annotated[Sequence[str], Wire(Names())]
    probabilities: Sequence[float]


@dataclass(frozen=True)
class LensView:
    """What the states of all layers would predict at a character.

    Attributes:
        position: The character.
        layers: The layers, the lowest first.
        error: Why it can't be told, in words; null: it is.
    """

    position: int
    layers: Sequence[LayerPrediction]
    error: str | None

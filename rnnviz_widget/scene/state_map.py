"""Maps of a model's states, or of its token embeddings: points in a plane, and what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt

from .arrays import Bytes, Floats, Ints, Names
from .packing import Wire
from .rows import Failure

MapMethod = Literal["pca", "umap"]
"""What places states in a plane: principal components, or UMAP."""

_EACH_STEP = Wire(Ints(("steps",)))


@dataclass(frozen=True, eq=False)
class NearPoints:
    """The points whose states have the largest cosine to those of some points.

    Attributes:
        of: Those points, (asked,).
        points: The nearest of each, the most similar first, (asked, each).
        similarity: The cosines; NaN: there is no such point, (asked, each).
        apart: Steps of the same text that are nearer than so many are left out.
    """

    of: Annotated[npt.NDArray[np.integer], Wire(Ints(("asked",), "asked"))]
    points: Annotated[npt.NDArray[np.integer], Wire(Ints(("asked", "each"), "each"))]
    similarity: Annotated[npt.NDArray[np.floating], Wire(Floats(("asked", "each")))]
    apart: int


@dataclass(frozen=True, eq=False)
class FacetMap:
    """Points of one model in a plane: for each layer one at each step.

    The steps are those of the text and then those of the texts of a corpus, one after the other; of
    token embeddings each symbol is a step. The point of a step in a layer is the layer's place in
    `layers` times the number of steps, plus the step.

    Attributes:
        sources: What can be mapped, in words.
        source: The index of what is mapped.
        layers: Its layers, in words.
        own: How many steps are those of the text.
        of_tokens: The step of each token of the text.
        quantum: What 1 stands for in `positions`.
        center: The place, x and y, of 0 there.
        positions: x and y of each point as int16, little-endian.
        words: What the map leaves out: explained variance, and trustworthiness.
        waits_for: What is still computed, in words; null: nothing.
        names: The names of symbols and classes; the first stands for what is not known.
        symbol: The symbol at each step, as an index into `names`.
        predicted: The likeliest class, likewise.
        truth: The true class, likewise.
        loss: -ln of the true class's probability; NaN: not known.
        corpus: The texts of the corpus, joined.
        starts: Where in it each of them begins.
        after: The character after each step's last, of the text, or further on of the corpus.
        near: The nearest points of some.
    """

    sources: Annotated[Sequence[str], Wire(Names())]
    source: int
    layers: Annotated[Sequence[str], Wire(Names())]
    own: int
    of_tokens: Annotated[npt.NDArray[np.integer], Wire(Ints(("tokens",), "tokens"))]
    quantum: float
    center: Annotated[npt.NDArray[np.floating], Wire(Floats((2,)))]
    positions: Annotated[bytes, Wire(Bytes())]
    words: str
    waits_for: str | None
    names: Annotated[Sequence[str], Wire(Names())]
    symbol: Annotated[npt.NDArray[np.integer], Wire(Ints(("steps",), "steps"))]
    predicted: Annotated[npt.NDArray[np.integer], _EACH_STEP]
    truth: Annotated[npt.NDArray[np.integer], _EACH_STEP]
    loss: Annotated[npt.NDArray[np.floating], Wire(Floats(("steps",)))]
    corpus: str
    starts: Annotated[npt.NDArray[np.integer], Wire(Ints(("texts",), "texts"))]
    after: Annotated[npt.NDArray[np.integer], _EACH_STEP]
    near: NearPoints


@dataclass(frozen=True, eq=False)
class StateMaps:
    """The maps of the models; sent again when there is more of them.

    Attributes:
        epoch: The epoch of the scene.
        serial: The serial of the ask.
        method: What has placed the points.
        methods: What could.
        facets: The map of each model, or why there is none.
    """

    epoch: int
    serial: int
    method: MapMethod
    methods: Annotated[Sequence[str], Wire(Names())]
    facets: Sequence[FacetMap | Failure]

"""The units that are on at selected characters, and the places of a text or corpus like them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt

from .arrays import Bits, Ints
from .facet import ExplainedClass
from .packing import Wire
from .rows import Failure


@dataclass(frozen=True)
class UnitSearch:
    """What to search for: the units that are on exactly at some characters, and where.

    Attributes:
        start: The first character.
        after: The one after the last.
        layers: For each model the name of a layer's states, see `FacetStates`; empty: the one that
            is shown first.
        corpus: Whether the corpus is searched; else the text that is shown.
        quantile: A unit is on beyond this quantile of its states, on either side.
        threshold: A unit is on where its state is at least this, and matches are ranked as LSTMVis
            does; null: by the quantile, and by what the units say.
        before: At how many steps before the characters a unit must be off.
        beyond: At how many steps after them.
    """

    start: int
    after: int
    layers: Sequence[str]
    corpus: bool
    quantile: float
    threshold: float | None
    before: int
    beyond: int


@dataclass(frozen=True)
class PredictedClass:
    """A class and how likely a model finds it.

    Attributes:
        name: The class.
        probability: Its probability.
    """

    name: str
    probability: Annotated[float, Wire(key="p")]


@dataclass(frozen=True)
class UnitMatch:
    """A place where units of a selection are on.

    Attributes:
        text: The number of its text in the corpus; null: it is in the text that is shown.
        start: Its first character.
        after: The one after its last.
        context: The characters around it, of the same text.
        context_start: The first of these.
        score: How well it matches, 0 to 1; see `inside.find_matches`.
        held: How many of the selected units are on there.
        others: How many other units are.
        predicted: What the model predicts at its last step; null: not known.
        truth: The true class there, and how likely the model finds it; null: not known.
    """

    text: int | None
    start: int
    after: int
    context: str
    context_start: int
    score: float
    held: int
    others: int
    predicted: PredictedClass | None
    truth: ExplainedClass | None


@dataclass(frozen=True, eq=False)
class FacetMatches:
    """The units of one model that are on at the selected characters, and where else they are.

    Attributes:
        layer: The name of their layer.
        units: The units' numbers in the layer.
        low: Whether each is on low, with small values, there; else it is on high.
        when: From which value on a unit is on, in words.
        scored_by: What the score of a match is, in words.
        compared: How many other places were compared.
        matches: The best of them, best first.
    """

    layer: str
    units: Annotated[npt.NDArray[np.integer], Wire(Ints(("selected",), "selected"))]
    low: Annotated[npt.NDArray[np.bool_], Wire(Bits())]
    when: str
    scored_by: str
    compared: int
    matches: Sequence[UnitMatch]


@dataclass(frozen=True)
class CorpusSize:
    """A corpus that can be searched.

    Attributes:
        name: What it is called.
        texts: How many texts it has.
        characters: How many characters these have.
    """

    name: str
    texts: int
    characters: int


@dataclass(frozen=True)
class SearchProgress:
    """How far a search is.

    Attributes:
        share: How much is done, 0 to 1.
        words: What is being done.
    """

    share: float
    words: str


@dataclass(frozen=True)
class VisitedMatch:
    """The text that is shown is that of a match; there is a text to come back to.

    Attributes:
        text: The number of the text in the corpus.
        start: The first character of the match.
        after: The one after its last.
        left: The beginning of the text that was shown before.
    """

    text: int
    start: int
    after: int
    left: str


@dataclass(frozen=True, eq=False)
class FoundMatches:
    """What a search has found, how far it is, or that nothing is searched for.

    Attributes:
        epoch: The epoch of the scene.
        serial: The serial of the ask; 0: Python has asked.
        search: What is searched for; null: nothing.
        selected: The selected characters, at most 40.
        corpus: The corpus that there is; null: there is none.
        progress: How far the search is; null: it has ended.
        visited: Where the reader went to; null: the reader's own text is shown.
        facets: What was found for each model, or why not; none while it is searched.
    """

    epoch: int
    serial: int
    search: UnitSearch | None
    selected: str
    corpus: CorpusSize | None
    progress: SearchProgress | None
    visited: VisitedMatch | None
    facets: Sequence[FacetMatches | Failure]

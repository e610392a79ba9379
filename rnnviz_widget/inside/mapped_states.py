"""A model's states on a text and a corpus, or its token embeddings, as points in a plane."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rnnviz_widget.evaluation.tally import numbered
from rnnviz_widget.reading import Reading
from rnnviz_widget.scene.state_map import MapMethod

from .map_figure import MapColoring, map_figure
from .map_region import Corners, as_corners, places_on_page, points_inside
from .map_sources import MapSource, embedding_rows
from .nearest_states import NearestOfMany, nearest_of_many
from .state_map import MOST_POINTS, StateMap, state_map
from .step_facts import StepFacts, facts_of_reading, facts_of_symbols, facts_of_text, joined_facts
from .text_states import Integers, States, Table, TextStates, checked_index, text_at

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The nearest of a step are not those beside it, which are like it since little was read meanwhile.
_APART = 8
# How much of the text is shown before and after a step.
_BEFORE = 24
_AFTER = 12


@dataclass(frozen=True, eq=False)
class CorpusPoints:
    """What is known of the texts of a corpus.

    Attributes:
        texts: The texts that were read: as many as a map has room for.
        of: How many texts there are.
        states: The states of all of them, one after the other, (L, S, H).
        facts: Their steps.
        first_steps: The first step of each, and then S.
    """

    texts: Sequence[str]
    of: int
    states: States
    facts: StepFacts
    first_steps: Integers


@dataclass(frozen=True, eq=False)
class MappedStates:
    """The map of one model: N = L S points, for each of L layers one at each of S steps.

    Point n is step n % S in layer n // S.

    Attributes:
        source: What is mapped: its name and layers.
        map: Where the points are, and what that leaves out.
        states: Their states, (N, H).
        facts: The steps: those of the text, then those of the corpus; or the symbols.
        text: The text; "" if symbols are mapped.
        corpus: The texts of the corpus, and their first steps; None: there is none.
        of_tokens: The step of each token of the text, (T,).
    """

    source: MapSource
    map: StateMap
    states: States
    facts: StepFacts
    text: str
    corpus: CorpusPoints | None
    of_tokens: Integers

    def __repr__(self) -> str:
        return f"MappedStates({self.source.name!r}, {self.words()})"

    def __len__(self) -> int:
        """The number of points, N."""
        return len(self.states)

    @property
    def own(self) -> int:
        """How many of the steps are those of the text."""
        return len(self.of_tokens) if self.source.read is not None else 0

    @property
    def apart(self) -> int:
        """How many steps of the same text lie between a step and its nearest at least, and 1."""
        return 1 if self.source.read is None else _APART

    @property
    def _first_steps(self) -> Integers:
        """The first step of each text, and how many steps there are."""
        if self.corpus is None:
            return np.asarray([0, len(self.facts)])
        return np.concatenate([[0], self.own + self.corpus.first_steps])

    def words(self) -> str:
        """What is to be said beside the map."""
        texts = self.corpus
        less = texts is not None and len(texts.texts) < texts.of
        corpus = (
            f" (the first {len(texts.texts):,} of {texts.of:,} texts)" if texts and less else ""
        )
        layers = len(self.source.layers)
        of = f" in {layers} layers" if layers > 1 else ""
        return f"{len(self):,} points{of}{corpus}; {self.map.words()}"

    def nearest(self, point: int, count: int = 6) -> Table:
        """The points of the same layer whose states have the largest cosine to that of a point.

        Steps of the same text that are less than `apart` steps away are left out.

        Raises:
            TypeError, ValueError: If there is no such point.
        """
        at = checked_index(point, len(self), "point")
        found = self.nearest_points(np.asarray([at]), count)
        pairs = zip(found.indices[0].tolist(), found.similarity[0].tolist(), strict=True)
        return [{"similarity": c, **self._row(n)} for n, c in pairs if np.isfinite(c)]

    def nearest_points(self, points: Integers, count: int = 6) -> NearestOfMany:
        """The same of several points of one layer, M: indices and similarity (M, count)."""
        steps = len(self.facts)
        layer = int(points[0]) // steps if len(points) else 0
        first = layer * steps
        of_layer = TextStates(self.states[first : first + steps], self._first_steps)
        found = nearest_of_many(of_layer, points - first, count=count, apart=self.apart)
        return NearestOfMany(found.indices + first, found.similarity)

    def plot(
        self,
        color: MapColoring | None = None,
        *,
        corners: Corners | None = None,
        width: float = 6.5,
        theme: str = "light",
    ) -> Figure:
        """Draw the map as a matplotlib figure, in the page's colours.

        Args:
            color: "symbol" (the character), "predicted" (the likeliest class), "truth" (the true
                class): the eight most frequent have a colour each; "loss": -ln of the true class's
                probability, at full colour where 95 in 100 are below; "layer". Default: "layer" of
                several layers, else "symbol".
            corners: A polygon to be drawn, such as `w.map_regions[name].corners`.
            width: In inches, 2 to 200.
            theme: "light" or "dark".

        Raises:
            ImportError: If matplotlib is not installed.
            TypeError, ValueError: If an argument is out of range, or nothing is known of the points
                that the colours would show.
        """
        if corners is not None:
            corners = as_corners(corners)
        return map_figure(self, color, corners, width=width, theme=theme)

    def table(self) -> Table:
        """A row for each point: where it is, its text, what is predicted there, and the truth."""
        return [self._row(n) for n in range(len(self))]

    def inside(self, corners: Corners) -> Table:
        """The rows of the points inside a polygon: three or more pairs of x and y, in order.

        Points are where a page has them, rounded to 1 / 65,534 of the map's larger side.

        Raises:
            TypeError, ValueError: If they are none.
        """
        found = points_inside(places_on_page(self.map.coordinates), as_corners(corners))
        return [self._row(n) for n in found.tolist()]

    def _row(self, point: int) -> dict[str, object]:
        facts = self.facts
        layer, step = divmod(point, len(facts))
        x, y = self.map.coordinates[point].tolist()
        return {
            "point": point,
            "x": x,
            "y": y,
            "layer": self.source.layers[layer],
            "symbol": facts.symbols[step],
            "predicted": facts.predicted[step],
            "truth": facts.truth[step],
            "loss": float(facts.loss[step]),
            "context": self._context(step),
        }

    def _context(self, step: int) -> str:
        """The text around a step."""
        if self.source.read is None:
            return self.facts.symbols[step]
        text = self.text
        if self.corpus is not None and step >= self.own:
            place = np.asarray([step - self.own])
            text = self.corpus.texts[int(text_at(self.corpus.first_steps, place)[0])]
        end = self.facts.ends[step]
        return text[max(0, end - _BEFORE) : end + _AFTER]


def read_corpus_points(
    reading: Reading, source: MapSource, corpus: Sequence[str]
) -> Iterator[float | CorpusPoints]:
    """Read the texts of a corpus, as many as a map has room for beside the text of a reading.

    Yields:
        The share that is done, after each text; then what is known of them.

    Raises:
        TypeError, ValueError, FloatingPointError: If the model can't read one; which is said.
    """
    if source.read is None:
        raise ValueError("token embeddings are no states of texts")
    room = MOST_POINTS // len(source.layers) - len(reading)
    states: list[States] = []
    facts: list[StepFacts] = []
    used = 0
    for number, text in enumerate(corpus):
        with numbered(number):
            found = source.read(text)
            used += found.shape[1]
            if used > room:
                break
            states.append(found.astype(np.float32, copy=False))
            facts.append(facts_of_text(reading.given, text))
        yield (number + 1) / len(corpus)
    if not states:
        raise ValueError(
            f"the first text of the corpus has more steps than the {max(0, room):,} that a map has "
            "room for; cut it, or take one layer"
        )
    lengths = np.cumsum([0, *(len(one) for one in facts)])
    joined = np.concatenate(states, axis=1)
    yield CorpusPoints(corpus[: len(states)], len(corpus), joined, joined_facts(facts), lengths)


def map_of_reading(
    reading: Reading,
    source: MapSource,
    corpus: CorpusPoints | None = None,
    *,
    method: MapMethod = "pca",
) -> MappedStates:
    """Map a model's states on the text of a reading, and on a corpus, or its token embeddings.

    Raises:
        ImportError: If "umap" is asked for and umap-learn is not installed.
        ValueError: If there are too many points, or states are not finite.
    """
    tokens, model = reading.facet.tokens, reading.given
    if source.read is None:
        rows = embedding_rows(model)[:MOST_POINTS]
        facts = facts_of_symbols(model.inputs[: len(rows)])
        ids = np.minimum(np.asarray(tokens.ids, np.int64), len(rows) - 1)
        return MappedStates(source, state_map(rows, method), rows, facts, "", None, ids)
    states, facts = source.read(tokens.text), facts_of_reading(reading)
    layers, steps, units = states.shape
    if layers * steps > MOST_POINTS:
        raise ValueError(
            f"{layers} layers of {steps:,} steps are more than the {MOST_POINTS:,} points that a "
            "map has; take one layer, or a shorter text"
        )
    if corpus is not None:
        states = np.concatenate([states.astype(np.float32, copy=False), corpus.states], axis=1)
        facts = joined_facts([facts, corpus.facts])
    points = states.reshape(-1, units)
    placed = state_map(points, method)
    return MappedStates(source, placed, points, facts, tokens.text, corpus, np.arange(steps))

"""The map of one model as a page is sent it, made in steps: of the text first, then of a corpus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from rnnviz_widget.inside.map_region import in_whole_numbers
from rnnviz_widget.inside.map_sources import MapSource, map_sources, source_named
from rnnviz_widget.inside.mapped_states import (
    CorpusPoints,
    MappedStates,
    map_of_reading,
    read_corpus_points,
)
from rnnviz_widget.reading import Reading
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.scene.state_map import FacetMap, MapMethod, NearPoints

from .found_or_failure import found_or_failure

_NEAREST = 6
# Up to so many products the nearest of each step of the text are found with the map.
_AT_ONCE = 4_000_000_000

KnownCorpora = dict[tuple[object, str], CorpusPoints]
"""What is known of the texts of the corpus, by the network that has read them and the source."""


class FacetMapSteps:
    """Makes the map of one model, step by step; `advance` until it is no more `in_part`.

    Args:
        reading: The model's reading of the text.
        name: The name of what is mapped; None: its last hidden states.
        corpus: The texts of the corpus.
        method: What places the points.
        known: What is known of the corpus; what is read of it is kept there.

    Raises:
        ValueError: If nothing can be mapped, or there is nothing of that name.

    Attributes:
        mapped: The newest map; None: there is none yet.
        failure: Why there is none, or no more of it.
        in_part: Whether there is more to compute.
    """

    def __init__(
        self,
        reading: Reading,
        name: str | None,
        corpus: Sequence[str],
        method: MapMethod,
        known: KnownCorpora,
    ) -> None:
        self.mapped: MappedStates | None = None
        self.failure: Failure | None = None
        self.in_part = True
        self._sources = map_sources(reading.given, reading.facet.tokens.text)
        self._waits_for = "the corpus" if corpus else None
        source = source_named(self._sources, name)
        self._steps = self._make(reading, source, corpus, method, known)

    def advance(self) -> None:
        """Do the next step."""
        ended = found_or_failure(partial(next, self._steps, True))
        self.in_part = ended is None
        self.failure = ended if isinstance(ended, Failure) else None

    def _make(
        self,
        reading: Reading,
        source: MapSource,
        corpus: Sequence[str],
        method: MapMethod,
        known: KnownCorpora,
    ) -> Iterator[None]:
        texts = known.get((reading.given.network, source.name))
        if texts is None:
            # At once, and the corpus when it has been read.
            self.mapped = map_of_reading(reading, source, method=method)
        if corpus and source.read is not None:
            if texts is None:
                yield
                for found in read_corpus_points(reading, source, corpus):
                    if isinstance(found, CorpusPoints):
                        texts = found
                        # One source a model is kept: the states of a corpus are large.
                        for key in [key for key in known if key[0] is reading.given.network]:
                            del known[key]
                        known[reading.given.network, source.name] = found
                    else:
                        self._waits_for = f"the corpus, of which {100 * found:.0f} % is read"
                        yield
            self.mapped = map_of_reading(reading, source, texts, method=method)
        self._waits_for = None

    def message(self, near: int | None) -> FacetMap | Failure | None:
        """What the page is sent; None: there is nothing yet.

        Args:
            near: The point whose nearest are wanted; None: of none but those of the text.
        """
        mapped = self.mapped
        if mapped is None:
            return self.failure
        waits_for = self._waits_for
        if self.failure is not None:
            waits_for = f"{waits_for}, which failed: {self.failure.error}"
        quantum, center, whole = in_whole_numbers(mapped.map.coordinates)
        facts, corpus = mapped.facts, mapped.corpus
        predicted, truth = filter(None, facts.predicted), filter(None, facts.truth)
        names = list(dict.fromkeys(["", *facts.symbols, *predicted, *truth]))
        index = {name: n for n, name in enumerate(names)}
        starts, after = _characters(mapped)
        return FacetMap(
            sources=[one.name for one in self._sources],
            source=[one.name for one in self._sources].index(mapped.source.name),
            layers=mapped.source.layers,
            own=mapped.own,
            of_tokens=mapped.of_tokens,
            quantum=quantum,
            center=center,
            positions=whole.tobytes(),
            words=mapped.words(),
            waits_for=waits_for,
            names=names,
            symbol=np.asarray([index[one] for one in facts.symbols]),
            predicted=np.asarray([index[one or ""] for one in facts.predicted]),
            truth=np.asarray([index[one or ""] for one in facts.truth]),
            loss=facts.loss,
            corpus="" if corpus is None else "".join(corpus.texts),
            starts=starts,
            after=after,
            near=self._near(mapped, near),
        )

    def _near(self, mapped: MappedStates, asked: int | None) -> NearPoints:
        """The nearest of the text's points, where these are soon found, and of the one asked."""
        steps, units = len(mapped.facts), mapped.states.shape[1]
        tokens = np.unique(mapped.of_tokens)
        groups = []
        for first in range(0, len(mapped), steps):
            own = tokens + first
            if len(own) * len(mapped) * units > _AT_ONCE:
                own = own[:0]
            if asked is not None and first <= asked < first + steps:
                own = np.union1d(own, [asked])
            if len(own):
                groups.append((own, mapped.nearest_points(own, _NEAREST)))
        if not groups:
            none = np.zeros((0, 0))
            return NearPoints(np.zeros(0, int), none.astype(int), none, mapped.apart)
        return NearPoints(
            np.concatenate([of for of, _ in groups]),
            np.concatenate([near.indices for _, near in groups]),
            np.concatenate([near.similarity for _, near in groups]),
            mapped.apart,
        )


def _characters(mapped: MappedStates) -> tuple[np.ndarray, np.ndarray]:
    """Where each text of the corpus begins in it, and the character after each step's last."""
    after, corpus = np.asarray(mapped.facts.ends, np.int64), mapped.corpus
    if corpus is None:
        return np.zeros(0, np.int64), after
    starts = np.cumsum([0, *(len(text) for text in corpus.texts)])[:-1]
    of_text = np.repeat(starts, np.diff(corpus.first_steps))
    after[mapped.own :] += len(mapped.text) + of_text
    return starts, after

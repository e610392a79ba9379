"""Searches for the places where selected units are on: at once, or in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from rnnviz_widget.engines import FORKS, Network
from rnnviz_widget.inside.corpus import TextCorpus
from rnnviz_widget.inside.corpus_layer import CorpusLayer
from rnnviz_widget.inside.span_selection import Selection
from rnnviz_widget.models import ModelStates
from rnnviz_widget.picture import check_position
from rnnviz_widget.reading import Reading
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.scene.unit_matches import FacetMatches, SearchProgress

from .background_fill import BackgroundFill
from .changes import Changes
from .epoch import Epoch
from .find_in_model import TextLayer, find_in_corpus, find_in_text
from .found_or_failure import failure_of
from .listener import Listener
from .row_cache import RowCache
from .turns import TURNS
from .unit_layers import shown_first

_KIND = "matches"
_NO_MODEL = "its rows are ready-made: there is no model whose units could be searched"
READING = SearchProgress(0, "reading the states")
"""What is told of a search before its first step."""
# Layers of a corpus that are kept, if there are not more models; at least 2.
_KEPT = 2

Found = FacetMatches | Failure
LayerKey = tuple[TextCorpus, Network, str]
"""A corpus, the weights of a model, and the name of a layer."""


@dataclass(frozen=True, eq=False)
class UnitSearchState:
    """A search, as far as it is.

    Attributes:
        epoch: The number of the epoch whose text it is of.
        selection: What is searched for.
        progress: How far it is; None: it has ended.
        facets: What was found in each model, or why not; empty before the end.
    """

    epoch: int
    selection: Selection
    progress: SearchProgress | None
    facets: tuple[Found, ...] = ()


class UnitSearches:
    """The newest search of an explorer; one before it ends, what it has read of a corpus is kept.

    Attributes:
        corpus: The corpus that can be searched; None: there is none.
        on_found: Called with how far a search is, and at last with what was found; from another
            thread unless it was begun with `at_once`.
    """

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._background = BackgroundFill(Listener())
        self.on_found: Callable[[UnitSearchState], None] = lambda _: None
        self.corpus: TextCorpus | None = None
        # Held while a step is computed.
        self._lock = threading.RLock()
        self._newest: _PendingSearch | None = None
        self._states_of: dict[Reading, ModelStates] = {}
        self._text_layers: dict[tuple[Reading, str], TextLayer] = {}
        self._corpus_layers: dict[LayerKey, CorpusLayer] = {}
        self._being_read: tuple[LayerKey, Iterator[SearchProgress | CorpusLayer]] | None = None
        FORKS.in_child(self._renew)

    def _renew(self) -> None:
        self._lock = threading.RLock()

    def take(self, corpus: TextCorpus | None) -> None:
        """Search this corpus from now on; what was read of another is dropped."""
        with self._lock:
            self.end()
            self.corpus, self._being_read = corpus, None
            self._corpus_layers.clear()

    def begin(self, selection: Selection, *, at_once: bool = False) -> None:
        """Search, in place of what was searched for before.

        Args:
            selection: What to search for.
            at_once: Whether to return when it has ended; hovers of others wait meanwhile.

        Raises:
            ValueError: If the characters are not in the text, or there is no corpus to search.
            RuntimeError: If the explorer was closed.
        """
        now = self._changes.open()
        for character in (selection.start, selection.stop - 1):
            check_position(character, now.text)
        if selection.corpus and self.corpus is None:
            raise ValueError(
                "there is no corpus to search: set the widget's corpus to the path of a text file, "
                "a list of texts, or an rv.TextCorpus"
            )
        self._background.drop(_KIND)
        self._newest = pending = _PendingSearch(self, now, selection)
        if not at_once:
            self._background.finish(_KIND, pending)
            return
        with TURNS.hover():
            while pending.in_part:
                pending.advance()
        pending.tell()

    def with_layers(self, selection: Selection) -> Selection:
        """The selection with the name of the layer in each model, where it has its number or kind.

        Raises:
            TypeError, ValueError, IndexError: If a model has none such; see `Selection.layer_of`.
        """
        if selection.layer is None and selection.kind is None:
            return selection
        layers: dict[str, str] = {}
        for cache in self._changes.open().caches:
            if cache.model_reading is not None:
                with self._lock:
                    places = self._states(cache.model_reading).places
                found = selection.layer_of(cache.name, places)
                layers |= {} if found is None else {cache.name: found}
        return replace(selection, layers=layers)

    def end(self) -> None:
        """Search for nothing any more."""
        self._newest = None
        self._background.drop(_KIND)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the background thread has ended; returns whether it has."""
        return self._background.join(timeout)

    def close(self) -> None:
        """Stop for good, and drop what was read."""
        self._background.stop()
        self.take(None)
        self._states_of.clear()
        self._text_layers.clear()
        self._background.close()

    def tell(self, search: _PendingSearch) -> None:
        """Report how far a search is, if there is no newer one."""
        if search is self._newest:
            self.on_found(search.state)

    def steps(self, now: Epoch, selection: Selection) -> Iterator[SearchProgress | list[Found]]:
        """Search in all models, in steps: in the corpus that there is now, if in one.

        Yields:
            How far it is; at last what was found in each model.
        """
        return self._steps(now, selection, self.corpus)

    def _steps(
        self, now: Epoch, selection: Selection, corpus: TextCorpus | None
    ) -> Iterator[SearchProgress | list[Found]]:
        found: list[Found] = []
        for cache in now.caches:
            done, models = len(found), len(now.caches)
            try:
                for step in self._in_model(cache, selection, corpus):
                    if isinstance(step, SearchProgress):
                        yield replace(step, share=(done + step.share) / models)
                    else:
                        found.append(step)
            except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
                found.append(failure_of(error))
        yield found

    def advance(
        self, steps: Iterator[SearchProgress | list[Found]]
    ) -> SearchProgress | list[Found]:
        """Take a step, while nobody else does."""
        with self._lock:
            return next(steps)

    def _in_model(
        self, cache: RowCache, selection: Selection, corpus: TextCorpus | None
    ) -> Iterator[SearchProgress | Found]:
        reading = cache.model_reading
        if reading is None:
            yield Failure(_NO_MODEL)
            return
        yield READING
        states = self._states(reading)
        names = [str(place) for place in states]
        layer = selection.layer_of(cache.name, states.places)
        layer = names[shown_first(names)] if layer is None else layer
        own = self._text_layer(reading, layer)
        if not selection.corpus:
            yield find_in_text(reading, layer, own, selection)
            return
        assert corpus is not None
        key = corpus, reading.given.network, layer
        yield from self._read_corpus(reading, key)
        there = self._corpus_layers[key]
        yield from there.find_on(selection.rule)
        yield from find_in_corpus(reading, layer, own, there, selection)

    def _states(self, reading: Reading) -> ModelStates:
        if reading not in self._states_of:
            kept = {one: states for one, states in self._states_of.items() if one in self._shown}
            states = reading.given.states(reading.facet.tokens.text)
            self._states_of = {**kept, reading: states}
        return self._states_of[reading]

    @property
    def _shown(self) -> set[Reading | None]:
        return {cache.model_reading for cache in self._changes.now.caches}

    def _text_layer(self, reading: Reading, layer: str) -> TextLayer:
        key = reading, layer
        if key not in self._text_layers:
            kept = {k: one for k, one in self._text_layers.items() if k[0] in self._shown}
            states = self._states(reading)
            place = next(place for place in states if str(place) == layer)
            self._text_layers = {**kept, key: TextLayer(states[place])}
        return self._text_layers[key]

    def _read_corpus(self, reading: Reading, key: LayerKey) -> Iterator[SearchProgress]:
        """Read the corpus, or go on where an earlier search was when it ended."""
        if key in self._corpus_layers:
            return
        if self._being_read is None or self._being_read[0] != key:
            corpus, _, layer = key
            self._being_read = key, CorpusLayer.read(reading.given, layer, corpus)
        _, steps = self._being_read
        ended = True
        try:
            for step in steps:
                if isinstance(step, SearchProgress):
                    yield step
                    continue
                most = max(_KEPT, len(self._changes.now.caches))
                kept = list(self._corpus_layers.items())[-(most - 1) :]
                self._corpus_layers = {**dict(kept), key: step}
        except GeneratorExit:
            ended = False
            raise
        finally:
            # A search that was replaced may end while another corpus is read.
            if ended and self._being_read is not None and self._being_read[0] == key:
                self._being_read = None


class _PendingSearch:
    """A search that is computed in steps; see `background_fill.Unfinished`."""

    def __init__(self, of: UnitSearches, now: Epoch, selection: Selection) -> None:
        self._of = of
        self._steps = of.steps(now, selection)
        self.state = UnitSearchState(now.number, selection, READING)
        self.position = 0  # a search belongs to no character

    @property
    def in_part(self) -> bool:
        """Whether it goes on."""
        return self.state.progress is not None

    def advance(self) -> None:
        """Take the next step."""
        step = self._of.advance(self._steps)
        if isinstance(step, SearchProgress):
            self.state = replace(self.state, progress=step)
        else:
            self.state = replace(self.state, progress=None, facets=tuple(step))

    def tell(self) -> None:
        """Report how far it is."""
        self._of.tell(self)

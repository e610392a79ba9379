"""Rows with random weights and of random classes, computed on a thread of their own."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from rnnviz_widget.engines import Network
from rnnviz_widget.models import SequenceModel
from rnnviz_widget.models.null_twin import reinitialised
from rnnviz_widget.picture import LagMeans, check_position
from rnnviz_widget.reading import Reading
from rnnviz_widget.reading.randomised_reading import (
    RANDOM,
    RandomisedReading,
    What,
    rank_correlation,
    read_randomised,
    why_not_randomised,
)
from rnnviz_widget.scene.asks import AskRandomised
from rnnviz_widget.scene.replies import LaterReply, Randomised, RandomisedRow
from rnnviz_widget.scene.rows import Failure, Outcome, Part, pack_outcome

from .background_fill import BackgroundFill
from .changes import Changes
from .epoch import KEPT_LIMIT, Epoch
from .fill import room
from .instrument import nobody
from .listener import Listener
from .pending_rows import PendingRows, Task
from .row_cache import RowCache

_NO_MODEL = "its rows are ready-made: there is no model whose weights or class could be random"
_LONG = "the text is too long to keep all rows"


class RandomisedRows:
    """Computes these rows when they are asked for, and then fills in those of other characters.

    A thread does all of it, and pauses for hovers as the fill does. Only the newest ask is
    answered: as soon as its rows are there, and again once it is known what is to be expected at
    each lag. Models are re-initialised, and read the text, when the first row of an epoch is asked
    for.

    Attributes:
        on_reply: Called with each answer, from that thread.
    """

    def __init__(self, changes: Changes) -> None:
        self.on_reply: Callable[[LaterReply], None] = nobody
        self._changes = changes
        self._background = BackgroundFill(Listener(on_rows=self._filled))
        self._sets: _EpochSets | None = None
        self._asked: _PendingRandomised | None = None

    def ask(self, ask: AskRandomised) -> None:
        """See `Instrument.ask`."""
        if ask.position is None:
            self.end()
        else:
            self.begin(ask.position, ask.serial)

    def begin(self, position: int, serial: int = 0) -> None:
        """Begin to compute the rows at a character; `on_reply` gets them.

        Args:
            position: A character.
            serial: Returned with each answer.

        Raises:
            ValueError: If there is no such character, or all rows are ready-made.
            RuntimeError: If the explorer was closed.
        """
        now = self._changes.open()
        check_position(position, now.text)
        if all(cache.model_reading is None for cache in now.caches):
            raise ValueError(_NO_MODEL)
        sets = self._sets
        if sets is None or sets.now is not now:
            self._sets = sets = _EpochSets(now)
            self._background.begin_epoch(now.number, sets.to_fill)
        self._background.hover(position)
        self._asked = asked = _PendingRandomised(sets, position, serial, self._tell)
        self._background.finish_rows(asked)

    def end(self) -> None:
        """Stop, and drop the rows and the re-initialised models."""
        self._asked = self._sets = None
        self._background.begin_epoch(0, [])

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the thread has ended; returns whether it has."""
        return self._background.join(timeout)

    def close(self) -> None:
        """Stop for good."""
        self.end()
        self._background.close()

    def _tell(self, asked: PendingRows) -> None:
        if isinstance(asked, _PendingRandomised) and asked is self._asked and not asked.in_part:
            self.on_reply(asked.reply)

    def _filled(self, _: int, complete: bool) -> None:
        asked = self._asked
        if complete and asked is not None:
            self._tell(asked)


class _EpochSets:
    """The rows of an epoch: each model's own, with random weights, and of random classes."""

    def __init__(self, now: Epoch) -> None:
        self.now = now
        self._twins: dict[Network, Network] = {}
        self._means: dict[int, LagMeans] = {}
        self.sets: dict[What, list[RowCache | str]] = {
            what: [self._cache(own, what) for own in now.caches] for what in RANDOM
        }
        self.to_fill = [
            one for each in self.sets.values() for one in each if not isinstance(one, str)
        ]
        for one in self.to_fill:
            if room(one, len(self.to_fill)) < len(one.reading):
                one.failure = _LONG  # so that the fill leaves it alone

    def _cache(self, own: RowCache, what: What) -> RowCache | str:
        reading = own.model_reading
        if reading is None:
            return _NO_MODEL
        why = why_not_randomised(reading, what)
        if why is not None:
            return why
        make = partial(self._make, reading, what)
        source = RandomisedReading(own.facet, reading.block, make)
        return RowCache(own.name, source, KEPT_LIMIT // (2 * len(self.now.caches)))

    def _make(self, reading: Reading, what: What) -> Reading:
        return read_randomised(reading, self.now.question, what, twin=self._twin)

    def _twin(self, model: SequenceModel) -> SequenceModel:
        # Models that share their weights share the re-initialised ones.
        network = model.network
        if network not in self._twins:
            self._twins[network] = reinitialised(network)
        return model.snapshot(self._twins[network])

    def means(self, cache: RowCache) -> LagMeans | None:
        """What is to be expected at each lag; None before all rows are there."""
        found = self._means.get(id(cache)) or cache.lag_means(rounded=False)
        if found is not None:
            self._means[id(cache)] = found
        return found


class _PendingRandomised(PendingRows):
    """The rows at one position: each model's own, with random weights, and of a random class."""

    def __init__(
        self, sets: _EpochSets, position: int, serial: int, tell: Callable[[PendingRows], None]
    ) -> None:
        self._sets, self._serial = sets, serial
        self._facets = [
            (own.facet.tokens.at(position), (own, *each))
            for own, *each in zip(sets.now.caches, *sets.sets.values(), strict=True)
        ]
        tasks: list[Task] = [
            (s, partial(Failure, one) if isinstance(one, str) else partial(one.advance, s))
            for s, each in self._facets
            for one in each
        ]
        super().__init__(sets.now.number, position, tasks, tell)

    @property
    def reply(self) -> Randomised:
        """The reply to the page, once all rows are there."""
        outcomes = iter(self.answer)
        rows: list[tuple[RandomisedRow, ...]] = []
        for s, (own, *others) in self._facets:
            _, before = next(outcomes)
            rows.append(tuple(self._row(s, own, before, one, next(outcomes)[1]) for one in others))
        weights, classes = zip(*rows, strict=True)
        return Randomised(self.epoch, self.position, self._serial, weights, classes)

    def _row(
        self, s: int, own: RowCache, before: Outcome, cache: RowCache | str, outcome: Outcome
    ) -> RandomisedRow:
        facet = own.facet
        packed = pack_outcome(s, outcome, signed=facet.measure.signed)
        if isinstance(cache, str) or isinstance(outcome, (Failure, Part)):
            return RandomisedRow(None, None, None, np.zeros(0), packed)
        assert isinstance(cache.reading, RandomisedReading)
        explained = cache.reading.reading.facet.explained.at(s, facet.classes)
        if isinstance(before, (Failure, Part)):
            return RandomisedRow(explained, None, None, np.zeros(0), packed)
        means, rows = (self._sets.means(own), self._sets.means(cache)), (before, outcome)
        raw, over = rank_correlation(facet, s, rows), rank_correlation(facet, s, rows, means)
        expected = np.zeros(0) if means[1] is None else means[1].at(s, len(outcome))
        return RandomisedRow(explained, _known(raw), _known(over), expected, packed)


def _known(number: float) -> float | None:
    return None if math.isnan(number) else number

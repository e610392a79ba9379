"""The background fill: as many rows as may be kept, nearest first, in short steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rnnviz_widget.reading import Reading
from rnnviz_widget.scene.replies import Progress

from .row_cache import RowCache, in_words

FILL_LIMIT = 2_000_000
"""The most numbers that the fill keeps, over all models; other rows are computed on hover."""

ON_DEMAND_FROM = 10_000
"""From so many tokens on, rows are computed on hover only: a fill would take minutes."""

CHECKING = "{name}: checking which characters each output reads"
"""What is said while that is only assumed."""

# How many seconds a step of the fill may delay a hover, unless a single row takes longer.
_PATIENCE = 0.1


class Fill:
    """The background fill of some facets: nearest rows first, in short steps.

    Args:
        caches: The facets to fill.
        focus: Returns the character last hovered.
        awaited: Whether rows of long texts are filled, too; see `room`.
        on_reads: Called once it is known what each output reads, where that was only assumed.

    Attributes:
        fresh: Whether there are rows that have not been published yet.
    """

    def __init__(
        self,
        caches: Sequence[RowCache],
        focus: Callable[[], int],
        *,
        awaited: bool = False,
        on_reads: Callable[[], object] = lambda: None,
    ) -> None:
        self._caches = caches
        self._focus = focus
        self._room = {id(cache): room(cache, len(caches), awaited=awaited) for cache in caches}
        self._parts: Iterator[float] = iter(())
        self._share = 0.0
        self._rows = 0
        self._furthest = 0
        self._cache: RowCache | None = None
        self.fresh = False
        pairs = [(one, one.model_reading) for one in caches]
        self._unchecked = [
            (one, reading)
            for one, reading in pairs
            if reading is not None and not reading.engine.reads_known
        ]
        self._to_check = len(self._unchecked)
        self._on_reads = on_reads

    def advance(self) -> bool:
        """Compute the next step; False if there is nothing left to compute."""
        if self._unchecked:
            self._check(*self._unchecked[0])
            return True
        if self._cache is None:
            task = self._next()
            if task is None:
                return False
            self._cache, rows = task
            self._parts = self._cache.fill(rows, patience=_PATIENCE)
            self._rows = len(rows)
        before = len(self._cache.rows)
        try:
            self._share = next(self._parts)
        except StopIteration:
            self._cache, self._share = None, 0.0
            self.fresh = True
            return True
        except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
            self._cache.failure = in_words(error)
            self._cache, self._share = None, 0.0
            return True
        self.fresh = self.fresh or len(self._cache.rows) > before
        return True

    @property
    def checks(self) -> bool:
        """Whether it is being found out what outputs read; rows come after that."""
        return bool(self._unchecked)

    def _check(self, cache: RowCache, reading: Reading) -> None:
        """Take the next step of finding out what the outputs of a model read."""
        if self._share == 0.0:
            self._parts = reading.engine.find_reads()
        share = None
        try:
            share = next(self._parts, None)
        except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
            cache.failure = in_words(error)
        if share is not None:
            self._share = share
            return
        del self._unchecked[0]
        self._parts, self._share = iter(()), 0.0
        if not self._unchecked:
            self._on_reads()

    def _next(self) -> tuple[RowCache, list[int]] | None:
        """The missing rows nearest to the hover, of the facet that lacks the nearest one."""
        best: tuple[int, RowCache, list[int]] | None = None
        for cache in self._caches:
            left = self._room[id(cache)] - len(cache.rows)
            if cache.failure is not None or left <= 0:
                continue
            rows = cache.missing(self._focus(), min(left, cache.reading.block))
            distance = abs(rows[0] - cache.facet.tokens.at(self._focus()))
            if best is None or distance < best[0]:
                best = (distance, cache, rows)
        return None if best is None else best[1:]

    def progress(self) -> Progress:
        """How far the fill is."""
        if self._unchecked:
            done = (self._to_check - len(self._unchecked) + self._share) / self._to_check
            words = CHECKING.format(name=self._unchecked[0][0].name)
            return Progress(int(100 * done), 100, "filling", words)
        under_way = int(self._share * self._rows)
        total = sum(self._room.values())
        # Never report less than before, though a step may fail and rows may be dropped.
        self._furthest = max(self._furthest, min(total, self._done() + under_way))
        return Progress(self._furthest, total, "filling")

    def _done(self) -> int:
        return sum(len(cache.rows) for cache in self._caches)

    def summary(self) -> Progress:
        """How the fill ended."""
        done, total = self._done(), sum(self._room.values())
        failed = [f"{cache.name}: {cache.failure}" for cache in self._caches if cache.failure]
        every = sum(len(cache.reading) for cache in self._caches)
        if failed:
            return Progress(done, total, "stopped", "; ".join(failed))
        if not total:
            longest = max(len(cache.reading) for cache in self._caches)
            words = (
                f"The text has {longest:,} tokens: from {ON_DEMAND_FROM:,} on, rows are computed "
                "on hover only. bake() computes those near the character shown."
            )
            return Progress(0, 0, "done", words)
        if done < every:
            words = (
                f"{done:,} of {every:,} rows are kept in the page; the others are computed on "
                "hover."
            )
            return Progress(done, total, "done", words)
        return Progress(done, total, "done")


def room(cache: RowCache, count: int, *, awaited: bool = True) -> int:
    """How many of a facet's rows the fill keeps.

    Args:
        cache: The facet's rows.
        count: The number of facets.
        awaited: Whether rows were asked for explicitly. If not, none of a long text is filled,
            unless they are ready-made.
    """
    length = len(cache.reading)
    if not awaited and length >= ON_DEMAND_FROM and cache.model_reading is not None:
        return 0
    return max(1, min(length, length * (FILL_LIMIT // count) // _scores(cache)))


def size(cache: RowCache, count: int) -> int:
    """About how many scores these rows have."""
    return _scores(cache) * room(cache, count) // len(cache.reading)


def _scores(cache: RowCache) -> int:
    length = len(cache.reading)
    return length * (length + 1) // 2 if cache.facet.reads.causal else length * length

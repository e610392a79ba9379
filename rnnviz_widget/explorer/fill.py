"""The background fill: all rows that there is room for, nearest first, part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rnnviz_widget.scene.replies import Progress

from .row_cache import RowCache, in_words

FILL_LIMIT = 2_000_000
"""How many numbers the background fill keeps, over all models; rows beyond wait for a hover."""

ON_DEMAND_FROM = 10_000
"""From so many tokens on a text's rows are read on hover only: a fill would take minutes."""

# How long a part of the fill may hold up a hover, where a row is not itself longer.
_PATIENCE = 0.1


class Fill:
    """The background fill of some facets: part by part, nearest rows first.

    Args:
        caches: What is filled.
        focus: The character last hovered.
        awaited: Whether rows of long texts are wanted too; see `room`.

    Attributes:
        fresh: Whether rows have come that were not published.
    """

    def __init__(
        self, caches: Sequence[RowCache], focus: Callable[[], int], *, awaited: bool = False
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

    def advance(self) -> bool:
        """Compute the next part; False when there is nothing left to compute."""
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

    def _next(self) -> tuple[RowCache, list[int]] | None:
        """Rows of the facet that lacks the one nearest to the hover."""
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
        """How far it is."""
        under_way = int(self._share * self._rows)
        total = sum(self._room.values())
        # What was under way may come to nothing, and rows are let go of: that is no way back.
        self._furthest = max(self._furthest, min(total, self._done() + under_way))
        return Progress(self._furthest, total, "filling")

    def _done(self) -> int:
        return sum(len(cache.rows) for cache in self._caches)

    def summary(self) -> Progress:
        """How it ended."""
        done, total = self._done(), sum(self._room.values())
        failed = [f"{cache.name}: {cache.failure}" for cache in self._caches if cache.failure]
        every = sum(len(cache.reading) for cache in self._caches)
        if failed:
            return Progress(done, total, "stopped", "; ".join(failed))
        if not total:
            longest = max(len(cache.reading) for cache in self._caches)
            words = (
                f"The text has {longest:,} tokens: rows are read on hover only, none beforehand, "
                f"from {ON_DEMAND_FROM:,} on. bake() reads those near the character shown."
            )
            return Progress(0, 0, "done", words)
        if done < every:
            words = (
                f"{done:,} of {every:,} rows are kept in the page; the others are read on hover."
            )
            return Progress(done, total, "done", words)
        return Progress(done, total, "done")


def room(cache: RowCache, count: int, *, awaited: bool = True) -> int:
    """How many of a facet's rows the fill keeps.

    Args:
        cache: The facet's rows.
        count: How many facets there are.
        awaited: Whether somebody waits for them; else none of a long text, unless they are there
            already.
    """
    length = len(cache.reading)
    if not awaited and length >= ON_DEMAND_FROM and cache.model_reading is not None:
        return 0
    return max(1, min(length, length * (FILL_LIMIT // count) // _scores(cache)))


def size(cache: RowCache, count: int) -> int:
    """How many scores these rows have, about."""
    return _scores(cache) * room(cache, count) // len(cache.reading)


def _scores(cache: RowCache) -> int:
    length = len(cache.reading)
    return length * (length + 1) // 2 if cache.facet.reads.causal else length * length

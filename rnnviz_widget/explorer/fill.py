"""The background fill: as many rows as may be kept, nearest first, in short steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rnnviz_widget.scene.replies import Progress

from .row_cache import RowCache, in_words

FILL_LIMIT = 2_000_000
"""The most numbers that the fill keeps, over all models; other rows are computed on hover."""

ON_DEMAND_FROM = 10_000
"""From so many tokens on, rows are computed on hover only: a fill would take minutes."""

# How many seconds a step of the fill may delay a hover, unless a single row takes longer.
_PATIENCE = 0.1


class Fill:
    """The background fill of some facets: nearest rows first, in short steps.

    Args:
        facets: The facets to fill.
        focus: Returns the character last hovered.
        asked: Whether rows of long texts are filled, too; see `room`.

    Attributes:
        fresh: Whether there are rows that have not been published yet.
    """

    def __init__(
        self, facets: Sequence[RowCache], focus: Callable[[], int], *, asked: bool = False
    ) -> None:
        self._facets = facets
        self._focus = focus
        self._room = {id(facet): room(facet, len(facets), asked=asked) for facet in facets}
        self._parts: Iterator[float] = iter(())
        self._share = 0.0
        self._rows = 0
        self._furthest = 0
        self._facet: RowCache | None = None
        self.fresh = False

    def advance(self) -> bool:
        """Compute the next step; False if there is nothing left to compute."""
        if self._facet is None:
            task = self._next()
            if task is None:
                return False
            self._facet, rows = task
            self._parts = self._facet.fill(rows, patience=_PATIENCE)
            self._rows = len(rows)
        before = len(self._facet.rows)
        try:
            self._share = next(self._parts)
        except StopIteration:
            self._facet, self._share = None, 0.0
            self.fresh = True
            return True
        except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
            self._facet.failure = in_words(error)
            self._facet, self._share = None, 0.0
            return True
        self.fresh = self.fresh or len(self._facet.rows) > before
        return True

    def _next(self) -> tuple[RowCache, list[int]] | None:
        """The missing rows nearest to the hover, of the facet that lacks the nearest one."""
        best: tuple[int, RowCache, list[int]] | None = None
        for facet in self._facets:
            left = self._room[id(facet)] - len(facet.rows)
            if facet.failure is not None or left <= 0:
                continue
            rows = facet.missing(self._focus(), min(left, facet.reading.block))
            distance = abs(rows[0] - facet.facet.tokens.at(self._focus()))
            if best is None or distance < best[0]:
                best = (distance, facet, rows)
        return None if best is None else best[1:]

    def progress(self) -> Progress:
        """How far the fill is."""
        under_way = int(self._share * self._rows)
        total = sum(self._room.values())
        # Never report less than before, though a step may fail and rows may be dropped.
        self._furthest = max(self._furthest, min(total, self._done() + under_way))
        return Progress(self._furthest, total, "filling")

    def _done(self) -> int:
        return sum(len(facet.rows) for facet in self._facets)

    def summary(self) -> Progress:
        """How the fill ended."""
        done, total = self._done(), sum(self._room.values())
        failed = [f"{facet.name}: {facet.failure}" for facet in self._facets if facet.failure]
        every = sum(len(facet.reading) for facet in self._facets)
        if failed:
            return Progress(done, total, "stopped", "; ".join(failed))
        if not total:
            longest = max(len(facet.reading) for facet in self._facets)
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


def room(facet: RowCache, facets: int, *, asked: bool = True) -> int:
    """How many of a facet's rows the fill keeps.

    Args:
        facet: The facet.
        facets: The number of facets.
        asked: Whether rows were asked for explicitly. If not, none of a long text is filled, unless
            they are ready-made.
    """
    length = len(facet.reading)
    if not asked and length >= ON_DEMAND_FROM and facet.model_reading is not None:
        return 0
    return max(1, min(length, length * (FILL_LIMIT // facets) // _scores(facet)))


def size(facet: RowCache, facets: int) -> int:
    """About how many scores these rows have."""
    return _scores(facet) * room(facet, facets) // len(facet.reading)


def _scores(facet: RowCache) -> int:
    length = len(facet.reading)
    return length * (length + 1) // 2 if facet.facet.reads.causal else length * length

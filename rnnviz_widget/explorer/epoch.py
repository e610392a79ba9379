"""What an explorer shows from one change to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rnnviz_widget.engines import Named
from rnnviz_widget.models import TRUTH, CheckedTarget
from rnnviz_widget.reading import Reading, RowSource

from .fill import FILL_LIMIT
from .row_cache import RowCache

KEPT_LIMIT = 2 * FILL_LIMIT
"""The most numbers that are kept, over all models: 4 bytes each in single precision."""


@dataclass(frozen=True)
class Epoch:
    """One text as read by all models.

    A change of target, measure, text or weights makes another epoch.

    Attributes:
        text: The text.
        caches: The models' rows, in order.
        target: What is explained.
        measure: The measure of models that have none of their own; None: the target's default.
        number: The number of the epoch, from 1.
    """

    text: str
    caches: list[RowCache]
    target: CheckedTarget = TRUTH
    measure: Named | None = None
    number: int = 1


def caches_of(readings: Mapping[str, Reading]) -> list[RowCache]:
    """Empty caches for the readings of models, by name."""
    limit = KEPT_LIMIT // max(1, len(readings))
    return [RowCache(name, one, limit, model_reading=one) for name, one in readings.items()]


def caches_of_rows(sources: Mapping[str, RowSource]) -> list[RowCache]:
    """Empty caches for rows without models, by name."""
    limit = KEPT_LIMIT // max(1, len(sources))
    return [RowCache(name, one, limit) for name, one in sources.items()]

"""What an explorer shows from one change to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rnnviz_widget.models import Intervention
from rnnviz_widget.reading import Question, Reading, RowSource

from .fill import FILL_LIMIT
from .row_cache import RowCache

KEPT_LIMIT = 2 * FILL_LIMIT
"""The most numbers that are kept, over all models: 4 bytes each in single precision."""


Interventions = Mapping[str, tuple[Intervention, ...]]
"""What is done to the units of models that stand beside themselves as they are, by their names."""


@dataclass(frozen=True)
class Epoch:
    """One text as read by all models.

    A change of question, text or weights makes another epoch. That of a checkpoint which was shown
    before is shown again under its own number.

    Attributes:
        text: The text.
        caches: The models' rows, in order; that of a changed model comes after the model's own.
        question: What is explained, and how.
        number: The number of the epoch, from 1.
        checkpoint: Which of a model's checkpoints it shows; 0 where there are none.
        interventions: What is done to units.
    """

    text: str
    caches: list[RowCache]
    question: Question = Question()  # noqa: RUF009 - it is frozen
    number: int = 1
    checkpoint: int = 0
    interventions: Interventions = field(default_factory=dict)

    @property
    def reads_known(self) -> bool:
        """Whether what each output reads is known; else it is assumed until the fill has begun."""
        readings = (cache.model_reading for cache in self.caches)
        return all(one is None or one.engine.reads_known for one in readings)

    def with_copied_rows(self) -> Epoch:
        """The same with caches of their own, which begin with the rows that there are."""
        return replace(self, caches=[cache.copy() for cache in self.caches])


def caches_of(readings: Mapping[str, Reading]) -> list[RowCache]:
    """Empty caches for the readings of models, by name."""
    limit = KEPT_LIMIT // max(1, len(readings))
    return [RowCache(name, one, limit, model_reading=one) for name, one in readings.items()]


def caches_of_rows(sources: Mapping[str, RowSource]) -> list[RowCache]:
    """Empty caches for rows without models, by name."""
    limit = KEPT_LIMIT // max(1, len(sources))
    return [RowCache(name, one, limit) for name, one in sources.items()]

"""What an explorer shows of a training: the newest checkpoint that was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rnnviz_widget.explorer import ModelSource
from rnnviz_widget.explorer.epoch import Epoch, Interventions
from rnnviz_widget.explorer.reading_progress import ReadingProgress
from rnnviz_widget.models import SequenceModel
from rnnviz_widget.reading import Question

from .measure_checkpoint import MeasuredCheckpoint


class NewestCheckpointSource:
    """A source of rows, as `explorer.sources.Source` says, whose refresh runs no model.

    Args:
        source: Reads other texts and answers other questions.

    Attributes:
        models: The model, by its name.
        progress: Says which model reads the text.
        newest: What `refresh` is to show; None: the models' current weights.
    """

    def __init__(self, source: ModelSource) -> None:
        self._source = source
        self.models: dict[str, SequenceModel] = source.models
        self.progress: ReadingProgress = source.progress
        self.newest: MeasuredCheckpoint | None = None

    def first(self) -> Epoch:
        """Let the model read the text."""
        return self._source.first()

    def chosen(self, now: Epoch) -> dict[str, str]:
        """The names of what is asked."""
        return self._source.chosen(now)

    def editable(self, now: Epoch) -> bool:
        """Whether another text could be read."""
        return self._source.editable(now)

    def choices(self) -> dict[str, list[list[str]]]:
        """What else there is to ask."""
        return self._source.choices()

    def read(self, now: Epoch, text: str) -> Epoch:
        """Read another text with the weights that are shown."""
        return self._source.read(now, text)

    def ask(self, now: Epoch, question: Question) -> Epoch:
        """Answer another question, without reading the text again."""
        return self._source.ask(now, question)

    def intervene(self, now: Epoch, interventions: Interventions) -> Epoch:
        """Show the model with units set, or held, beside itself as it is."""
        return self._source.intervene(now, interventions)

    def read_by(self, snapshots: Mapping[str, SequenceModel], to: Epoch) -> Epoch:
        """Let snapshots of the model read the text."""
        return self._source.read_by(snapshots, to)

    def refresh(self, now: Epoch) -> Epoch:
        """Show the newest checkpoint, with the rows that were computed to measure it."""
        newest = self.newest
        if newest is None:
            return self._source.refresh(now)
        for model in self.models.values():
            model.take(newest.model.network)
        if (now.text, now.question) != (newest.shown.text, newest.shown.question):
            # The reader has asked for something else since. The model's own weights, which a
            # refresh would copy, may be those of a later checkpoint by now.
            snapshots = {name: model.snapshot() for name, model in self.models.items()}
            return self.intervene(self.read_by(snapshots, now), now.interventions)
        return self.intervene(replace(now, caches=newest.shown.caches), now.interventions)

"""Where an explorer's rows come from: models that read a text, or ready-made rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from rnnviz_widget.engines import (
    TOLERANCE,
    EngineName,
    any_measure,
    measures_of,
    quantities_of,
    title_of,
)
from rnnviz_widget.models import (
    SequenceModel,
    check_classes,
    renewed,
    why_no_input_predictions,
)
from rnnviz_widget.reading import Question, Reading, RowSource
from rnnviz_widget.scene.asks import CHOICES
from rnnviz_widget.scene.facet import DEFAULT_QUANTITY

from .changed_models import fitting, plain_readings, with_changed_models
from .epoch import Epoch, Interventions, caches_of, caches_of_rows
from .names import named, read_by_all
from .pending_rows import READY_MADE
from .reading_progress import ReadingProgress
from .row_cache import RowCache

T = TypeVar("T")

_ONE_BY_ONE = (
    "its targets are a list for the tokens of the text that is shown, and do not fit another text; "
    "explain the truth, the top prediction or a class first"
)


class Source(Protocol):
    """Where an explorer's rows come from, and what can be changed about them.

    Each change returns the epoch after it, or raises and leaves everything as it was.

    Attributes:
        models: The models by name; empty if rows are ready-made.
        progress: Says which model reads the text.
    """

    models: dict[str, SequenceModel]
    progress: ReadingProgress

    def first(self) -> Epoch:
        """The first epoch."""
        ...

    def chosen(self, now: Epoch) -> dict[str, str]:
        """The names of what holds for all models that have none of their own, by `CHOICES`."""
        ...

    def editable(self, now: Epoch) -> bool:
        """Whether another text could be read."""
        ...

    def choices(self) -> dict[str, list[list[str]]]:
        """What there is to choose from, each a name and a title, by `CHOICES`.

        A list is empty if there is no choice.
        """
        ...

    def read(self, now: Epoch, text: str) -> Epoch:
        """Read another text with the weights that are shown."""
        ...

    def ask(self, now: Epoch, question: Question) -> Epoch:
        """Answer another question, without reading the text again."""
        ...

    def intervene(self, now: Epoch, interventions: Interventions) -> Epoch:
        """Show models with units set, or held, beside themselves as they are."""
        ...

    def refresh(self, now: Epoch) -> Epoch:
        """Read the same text with the models' current weights."""
        ...

    def read_by(self, snapshots: Mapping[str, SequenceModel], to: Epoch) -> Epoch:
        """Let snapshots of models read the text and answer the question of an epoch."""
        ...


class ModelSource:
    """Models that read a text, by the names that the page shows; see `rv.explore`.

    The fill's scores have errors of up to `tolerance`; hovered rows are exact.
    """

    def __init__(
        self,
        models: Mapping[str, SequenceModel],
        text: str,
        question: Question = Question(),  # noqa: B008 - it is frozen
        *,
        tolerance: float = TOLERANCE,
        engine: EngineName = "auto",
        interventions: Interventions | None = None,
    ) -> None:
        self.models = dict(models)
        self.progress = ReadingProgress()
        self._start = Epoch(text, [], question, interventions=interventions or {})
        self._tolerance, self._engine = tolerance, engine

    def first(self) -> Epoch:
        """Let the models read the text."""
        read = self.read_by({n: model.snapshot() for n, model in self.models.items()}, self._start)
        return self.intervene(read, self._start.interventions)

    def chosen(self, now: Epoch) -> dict[str, str]:
        """What was named, or else the defaults for the target and the first model."""
        of = now.question.of or now.caches[0].facet.measure.of or DEFAULT_QUANTITY
        known = [one for one in now.caches if one.name in self.models]
        free = [one for one in known if self.models[one.name].measure is None]
        shown = (free or known)[0].facet.measure.name
        named = now.question.measure
        return {"measure": shown if named is None else any_measure(named).name, "of": of}

    def editable(self, now: Epoch) -> bool:
        """Whether another text could be read: not with a list of targets, made for this text."""
        return bool(self.models) and not isinstance(now.question.target, list)

    def choices(self) -> dict[str, list[list[str]]]:
        """What serves all models that have none of their own."""
        every = self.models.values()
        measures = [
            measures_of(model.network, predicts_inputs=why_no_input_predictions(model) is None)
            for model in every
            if model.measure is None
        ]
        quantities = [
            quantities_of(model.network.capabilities) for model in every if model.of is None
        ]
        return {
            "measure": [[name, title_of(name)] for name in _common(measures)],
            "of": [[each.name, each.title] for each in _common(quantities)],
        }

    def read(self, now: Epoch, text: str) -> Epoch:
        """Let all models read a text, or none; see `Changes.read`."""
        if isinstance(now.question.target, list):
            raise ValueError(_ONE_BY_ONE)  # noqa: TRY004 - the list is one, the text does not fit
        to, before = replace(now, text=text), plain_readings(now, self.models)
        models = {name: reading.given for name, reading in before.items()}
        with self.progress.closing():
            readings = read_by_all(
                models, text, lambda name, model: self._read(name, model, to, before[name])
            )
        caches = caches_of(readings)
        old = {cache.name: cache for cache in now.caches}
        for cache in caches:
            cache.take_rows(old[cache.name], readings[cache.name].same_rows)
        lengths = {name: len(reading.facet.tokens) for name, reading in readings.items()}
        return self.intervene(replace(to, caches=caches), fitting(now.interventions, lengths))

    def intervene(self, now: Epoch, interventions: Interventions) -> Epoch:
        """See `Changes.prepare_interventions`."""
        plain = replace(now, caches=[one for one in now.caches if one.name in self.models])
        with self.progress.closing():
            return with_changed_models(
                plain, interventions, lambda model: self._read(model.name, model, plain)
            )

    def ask(self, now: Epoch, question: Question) -> Epoch:
        """Let all models answer a question, or none; see `Changes.prepare_question`."""
        target = question.target
        for name, reading in model_readings(now.caches).items():
            with named(name):
                check_classes(target, reading.given.classes)
                if isinstance(target, list) and len(target) != len(reading):
                    raise ValueError(
                        f"a list of targets needs one for each token: {len(reading)} expected, "
                        f"{len(target)} came"
                    )
        readings = {}
        for name, reading in model_readings(now.caches).items():
            with named(name):
                readings[name] = reading.explaining(question)
        return replace(now, caches=caches_of(readings), question=question)

    def refresh(self, now: Epoch) -> Epoch:
        """Read with the current weights, and only then let the models take them."""
        snapshots, take = renewed(self.models)
        epoch = self.intervene(self.read_by(snapshots, now), now.interventions)
        take()
        return epoch

    def read_by(self, snapshots: Mapping[str, SequenceModel], to: Epoch) -> Epoch:
        """Let snapshots of models read the text and answer the question of an epoch."""
        with self.progress.closing():
            readings = {name: self._read(name, one, to) for name, one in snapshots.items()}
        return replace(to, caches=caches_of(readings))

    def _read(
        self, name: str, model: SequenceModel, to: Epoch, before: Reading | None = None
    ) -> Reading:
        self.progress.begins(model, name, list(dict.fromkeys([*self.models, name])), to.text)
        return Reading(
            model,
            to.text,
            to.question,
            tolerance=self._tolerance,
            engine=self._engine,
            before=before,
            reads_later=True,
        )


class ReadySource:
    """Ready-made rows, by the names that the page shows, all on one text; there are no models."""

    def __init__(self, rows: Mapping[str, RowSource]) -> None:
        self.models: dict[str, SequenceModel] = {}
        self.progress = ReadingProgress()
        self._rows = dict(rows)

    def first(self) -> Epoch:
        """The rows as they were given."""
        caches = caches_of_rows(self._rows)
        return Epoch(caches[0].facet.text, caches)

    def chosen(self, now: Epoch) -> dict[str, str]:
        """The names of what the numbers are."""
        measure = now.caches[0].facet.measure
        return {"measure": measure.name, "of": measure.of or ""}

    def editable(self, now: Epoch) -> bool:
        """False: there is no model to read another text."""
        del now
        return False

    def choices(self) -> dict[str, list[list[str]]]:
        """Empty: what the numbers are can't be changed."""
        return {name: [] for name in CHOICES}

    def read(self, now: Epoch, text: str) -> Epoch:
        """Raise a ValueError: there is no model to read another text."""
        del now, text
        raise ValueError(
            "these rows are ready-made: there is no model that could read another text. Show other "
            "rows with rv.from_rows, or models with rv.explore"
        )

    def ask(self, now: Epoch, question: Question) -> Epoch:
        """Raise a ValueError: there is no model to explain anything else."""
        del question
        raise ValueError(f"{now.caches[0].name}: {READY_MADE}")

    def intervene(self, now: Epoch, interventions: Interventions) -> Epoch:
        """Raise a ValueError: there is no model whose units could be set."""
        if not interventions:
            return now
        raise ValueError(f"{now.caches[0].name}: {READY_MADE}")

    def refresh(self, now: Epoch) -> Epoch:
        """Raise a RuntimeError: there is no model with other weights."""
        del now
        raise RuntimeError(
            "these rows are ready-made: there is no model whose weights could have changed. "
            "Show new rows with rv.from_rows"
        )

    def read_by(self, snapshots: Mapping[str, SequenceModel], to: Epoch) -> Epoch:
        """Raise a ValueError: there are no models."""
        del snapshots, to
        raise ValueError(READY_MADE)


def _common(each: Sequence[list[T]]) -> list[T]:
    """What stands in all lists, in the order of the first; nothing where that is no choice."""
    first, *others = each or [[]]
    found = [one for one in first if all(one in other for other in others)]
    return found if len(found) > 1 else []


def model_readings(caches: list[RowCache]) -> dict[str, Reading]:
    """The readings of models, by name."""
    each = ((cache.name, cache.model_reading) for cache in caches)
    return {name: reading for name, reading in each if reading is not None}


def snapshots(now: Epoch) -> dict[str, SequenceModel]:
    """The models with the weights that are shown, by name."""
    return {name: reading.given for name, reading in model_readings(now.caches).items()}

"""Where an explorer's rows come from: models that read a text, or ready-made rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from rnnviz_widget.engines import (
    TOLERANCE,
    EngineName,
    Named,
    any_measure,
    measures_of,
    title_of,
)
from rnnviz_widget.models import (
    TRUTH,
    CheckedTarget,
    SequenceModel,
    Target,
    as_target,
    check_classes,
    renewed,
)
from rnnviz_widget.reading import Reading, RowSource, measure_for

from .epoch import Epoch, caches_of, caches_of_rows
from .names import named, read_by_all
from .pending_rows import READY_MADE
from .row_cache import RowCache

_ONE_BY_ONE = (
    "its targets are a list for the tokens of the text that is shown, and do not fit another text; "
    "explain the truth, the top prediction or a class first"
)


class Source(Protocol):
    """Where an explorer's rows come from, and what can be changed about them.

    Each change returns the epoch after it, or raises and leaves everything as it was.

    Attributes:
        models: The models by name; empty if rows are ready-made.
    """

    models: dict[str, SequenceModel]

    def first(self) -> Epoch:
        """The first epoch."""
        ...

    def measure(self, now: Epoch) -> str:
        """The name of the measure of all models that have none of their own."""
        ...

    def editable(self, now: Epoch) -> bool:
        """Whether another text could be read."""
        ...

    def measures(self) -> list[list[str]]:
        """The measures to choose from, each a name and a title; empty if there is no choice."""
        ...

    def read(self, now: Epoch, text: str) -> Epoch:
        """Read another text with the weights that are shown."""
        ...

    def explain(self, now: Epoch, target: CheckedTarget) -> Epoch:
        """Explain another target, without reading the text again."""
        ...

    def measure_by(self, now: Epoch, measure: Named) -> Epoch:
        """Use another measure, in all models that have none of their own."""
        ...

    def refresh(self, now: Epoch) -> Epoch:
        """Read the same text with the models' current weights."""
        ...


class ModelSource:
    """Models that read a text, by the names that the page shows; see `rv.explore`.

    The fill's scores have errors of up to `tolerance`; hovered rows are exact.
    """

    def __init__(
        self,
        models: Mapping[str, SequenceModel],
        text: str,
        *,
        target: Target = TRUTH,
        measure: Named | None = None,
        tolerance: float = TOLERANCE,
        engine: EngineName = "auto",
    ) -> None:
        self.models = dict(models)
        self._start = Epoch(text, [], as_target(target), measure)
        self._tolerance, self._engine = tolerance, engine

    def first(self) -> Epoch:
        """Let the models read the text."""
        snapshots = {name: model.snapshot() for name, model in self.models.items()}
        return self._read_by(snapshots, self._start)

    def measure(self, now: Epoch) -> str:
        """The measure that was named, or else the target's default."""
        return measure_for(now.target, now.measure).name

    def editable(self, now: Epoch) -> bool:
        """Whether another text could be read: not with a list of targets, made for this text."""
        return bool(self.models) and not isinstance(now.target, list)

    def measures(self) -> list[list[str]]:
        """The measures that serve all models which have none of their own."""
        free = [model for model in self.models.values() if model.measure is None]
        each = [measures_of(model.network) for model in free]
        common = [name for name in (each[0] if each else []) if all(name in some for some in each)]
        return [[name, title_of(name)] for name in common] if len(common) > 1 else []

    def read(self, now: Epoch, text: str) -> Epoch:
        """Let all models read a text, or none; see `Changes.read`."""
        if isinstance(now.target, list):
            raise ValueError(_ONE_BY_ONE)  # noqa: TRY004 - the list is one, the text does not fit
        to = replace(now, text=text)
        readings = read_by_all(snapshots(now), text, lambda model, _: self._read(model, to))
        return replace(to, caches=caches_of(readings))

    def explain(self, now: Epoch, target: CheckedTarget) -> Epoch:
        """Let all models explain a target, or none; see `Changes.explain`."""
        for name, reading in model_readings(now.caches).items():
            with named(name):
                check_classes(target, reading.model.classes)
                if isinstance(target, list) and len(target) != len(reading):
                    raise ValueError(
                        f"a list of targets needs one for each token: {len(reading)} expected, "
                        f"{len(target)} came"
                    )
        return self._explained(replace(now, target=target))

    def measure_by(self, now: Epoch, measure: Named) -> Epoch:
        """Use a measure in all models, or in none; see `Changes.prepare_measure`."""
        any_measure(measure)
        return self._explained(replace(now, measure=measure))

    def refresh(self, now: Epoch) -> Epoch:
        """Read with the current weights, and only then let the models take them."""
        snapshots, take = renewed(self.models)
        epoch = self._read_by(snapshots, now)
        take()
        return epoch

    def _read_by(self, snapshots: Mapping[str, SequenceModel], to: Epoch) -> Epoch:
        readings = {name: self._read(one, to) for name, one in snapshots.items()}
        return replace(to, caches=caches_of(readings))

    def _read(self, model: SequenceModel, to: Epoch) -> Reading:
        return Reading(
            model,
            to.text,
            to.target,
            to.measure,
            tolerance=self._tolerance,
            engine=self._engine,
        )

    def _explained(self, to: Epoch) -> Epoch:
        """The same readings with another target or measure."""
        readings = {
            name: reading.explaining(to.target, to.measure)
            for name, reading in model_readings(to.caches).items()
        }
        return replace(to, caches=caches_of(readings))


class ReadySource:
    """Ready-made rows, by the names that the page shows, all on one text; there are no models."""

    def __init__(self, rows: Mapping[str, RowSource]) -> None:
        self.models: dict[str, SequenceModel] = {}
        self._rows = dict(rows)

    def first(self) -> Epoch:
        """The rows as they were given."""
        caches = caches_of_rows(self._rows)
        return Epoch(caches[0].facet.text, caches)

    def measure(self, now: Epoch) -> str:
        """The name of what the numbers are."""
        return now.caches[0].facet.measure.name

    def editable(self, now: Epoch) -> bool:
        """False: there is no model to read another text."""
        del now
        return False

    def measures(self) -> list[list[str]]:
        """Empty: what the numbers are can't be changed."""
        return []

    def read(self, now: Epoch, text: str) -> Epoch:
        """Raise a ValueError: there is no model to read another text."""
        del now, text
        raise ValueError(
            "these rows are ready-made: there is no model that could read another text. Show other "
            "rows with rv.from_rows, or models with rv.explore"
        )

    def explain(self, now: Epoch, target: CheckedTarget) -> Epoch:
        """Raise a ValueError: there is no model to explain another target."""
        del target
        raise ValueError(f"{now.caches[0].name}: {READY_MADE}")

    def measure_by(self, now: Epoch, measure: Named) -> Epoch:
        """Raise a ValueError: what the numbers are can't be changed."""
        del now, measure
        raise ValueError(READY_MADE)

    def refresh(self, now: Epoch) -> Epoch:
        """Raise a RuntimeError: there is no model with other weights."""
        del now
        raise RuntimeError(
            "these rows are ready-made: there is no model whose weights could have changed. "
            "Show new rows with rv.from_rows"
        )


def model_readings(caches: list[RowCache]) -> dict[str, Reading]:
    """The readings of models, by name."""
    each = ((cache.name, cache.model_reading) for cache in caches)
    return {name: reading for name, reading in each if reading is not None}


def snapshots(now: Epoch) -> dict[str, SequenceModel]:
    """The models with the weights that are shown, by name."""
    return {name: reading.model for name, reading in model_readings(now.caches).items()}

"""Where an explorer's rows come from: models that read a text, or rows that somebody has made."""

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
    "its targets were chosen one by one for the text that is shown, and do not fit another; "
    "explain the truth, the top prediction or a class first"
)


class Source(Protocol):
    """What an explorer's rows come from, and what can be changed about them.

    Each change gives the epoch after it, or raises and leaves all as it was.

    Attributes:
        models: The models by name; of ready-made rows there are none.
    """

    models: dict[str, SequenceModel]

    def first(self) -> Epoch:
        """The epoch at the start."""
        ...

    def measure(self, now: Epoch) -> str:
        """The measure of all models that have none of their own, by name."""
        ...

    def editable(self, now: Epoch) -> bool:
        """Whether another text could be read."""
        ...

    def measures(self) -> list[list[str]]:
        """Measures to choose from, each a name and a title; none where there is no choice."""
        ...

    def read(self, now: Epoch, text: str) -> Epoch:
        """Another text, read with the weights that are shown."""
        ...

    def explain(self, now: Epoch, target: CheckedTarget) -> Epoch:
        """Another target, explained without reading the text again."""
        ...

    def measure_by(self, now: Epoch, measure: Named) -> Epoch:
        """Another measure, of all models that have none of their own."""
        ...

    def refresh(self, now: Epoch) -> Epoch:
        """The same with the models' weights as they are now."""
        ...


class ModelSource:
    """Models that read a text.

    Args:
        models: The models by the names that the page shows.
        text: The text.
        target: What is explained; see `connectivity`.
        measure: How, where a model has no measure of its own; see `connectivity`.
        tolerance: How far the fill's scores may be off; see `connectivity`. Hovered rows are exact.
        engine: What computes them; see `connectivity`.

    Raises:
        TypeError, ValueError, FloatingPointError: As `connectivity` does, of each method.
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
        """The models read the text."""
        snapshots = {name: model.snapshot() for name, model in self.models.items()}
        return self._read_by(snapshots, self._start)

    def measure(self, now: Epoch) -> str:
        """That which was named, else the one that goes with the target."""
        return measure_for(now.target, now.measure).name

    def editable(self, now: Epoch) -> bool:
        """Not where targets were chosen one by one for the text that is shown."""
        return bool(self.models) and not isinstance(now.target, list)

    def measures(self) -> list[list[str]]:
        """Those by which all models can be read that have none of their own."""
        free = [model for model in self.models.values() if model.measure is None]
        each = [measures_of(model.network) for model in free]
        common = [name for name in (each[0] if each else []) if all(name in some for some in each)]
        return [[name, title_of(name)] for name in common] if len(common) > 1 else []

    def read(self, now: Epoch, text: str) -> Epoch:
        """All models read a text, or none does; see `Changes.read`."""
        if isinstance(now.target, list):
            raise ValueError(_ONE_BY_ONE)  # noqa: TRY004 - the list is one, the text does not fit
        to = replace(now, text=text)
        readings = read_by_all(snapshots(now), text, lambda model, _: self._read(model, to))
        return replace(to, caches=caches_of(readings))

    def explain(self, now: Epoch, target: CheckedTarget) -> Epoch:
        """All models explain a target, or none does; see `Changes.explain`."""
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
        """All models are read by a measure, or none is; see `Changes.prepare_measure`."""
        any_measure(measure)
        return self._explained(replace(now, measure=measure))

    def refresh(self, now: Epoch) -> Epoch:
        """All of it is done before the models take the weights."""
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
        """The same readings with something else explained, or by another measure."""
        readings = {
            name: reading.explaining(to.target, to.measure)
            for name, reading in model_readings(to.caches).items()
        }
        return replace(to, caches=caches_of(readings))


class ReadySource:
    """Rows that are there already; there is no model behind.

    Args:
        rows: The rows by the names that the page shows, all over one text.
    """

    def __init__(self, rows: Mapping[str, RowSource]) -> None:
        self.models: dict[str, SequenceModel] = {}
        self._rows = dict(rows)

    def first(self) -> Epoch:
        """The rows as they were made."""
        caches = caches_of_rows(self._rows)
        return Epoch(caches[0].facet.text, caches)

    def measure(self, now: Epoch) -> str:
        """What the numbers are, as they were made."""
        return now.caches[0].facet.measure.name

    def editable(self, now: Epoch) -> bool:
        """Nothing could read another text."""
        del now
        return False

    def measures(self) -> list[list[str]]:
        """The numbers are what they are."""
        return []

    def read(self, now: Epoch, text: str) -> Epoch:
        """There is nothing that could read.

        Raises:
            ValueError: Always.
        """
        del now, text
        raise ValueError(
            "these rows are ready-made: there is no model that could read another text. Show other "
            "rows with rv.from_rows, or models with rv.explore"
        )

    def explain(self, now: Epoch, target: CheckedTarget) -> Epoch:
        """There is nothing that could explain something else.

        Raises:
            ValueError: Always.
        """
        del target
        raise ValueError(f"{now.caches[0].name}: {READY_MADE}")

    def measure_by(self, now: Epoch, measure: Named) -> Epoch:
        """There is nothing that could measure otherwise.

        Raises:
            ValueError: Always.
        """
        del now, measure
        raise ValueError(READY_MADE)

    def refresh(self, now: Epoch) -> Epoch:
        """There is nothing to read anew.

        Raises:
            RuntimeError: Always.
        """
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
    """The models with the weights that are shown."""
    return {name: reading.model for name, reading in model_readings(now.caches).items()}

"""Compares kinds of units over several seeds: each figure's mean, and its differences by seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from rnnviz_widget.evaluation.estimate import json_number
from rnnviz_widget.evaluation.over_seeds import (
    PairedDifference,
    holm,
    mean_over_seeds,
    paired_difference,
)
from rnnviz_widget.models import checkpoint
from rnnviz_widget.training.seed_runs import seeds_in

KIND = "rnnviz_widget seeds 1"
Results = Mapping[str, Any]
Measure = Callable[[checkpoint.Trained, str, Path], Results]
"""Measures a model, given its name and file, as `measure.measure` does."""


@dataclass(frozen=True)
class SeedFigure:
    """A figure that is compared.

    Attributes:
        name: Its name in the results.
        path: Where the results of `measure.measure` have its estimate.
    """

    name: str
    path: tuple[str, ...]

    def of(self, results: Results) -> float:
        """The figure of one model."""
        found: Any = results
        for key in self.path:
            found = found[key]
        return float(found["value"])


FIGURES = (
    SeedFigure("top 1", ("model", "accuracy", "in vocabulary", "top 1")),
    SeedFigure("cross entropy", ("model", "cross entropy")),
    SeedFigure("reach", ("memory", "reach")),
    SeedFigure("effective characters", ("memory", "effective characters")),
    SeedFigure("share before word", ("memory", "share before word")),
)


def compare_seeds(folders: Sequence[Path], file_name: str, measure: Measure) -> dict[str, Any]:
    """Measure each run of some folders, and compare the folders.

    Args:
        folders: What the train command writes with --seeds, one for each kind of unit; a folder's
            name names the unit.
        file_name: The name of the model's file in the folder of a run.
        measure: Measures one model.

    Returns:
        The results for JSON: ``units``, by name the settings, the number of weights, the seeds, and
        each figure's values with their mean; and ``differences``, for each figure those of all
        pairs of units, over the seeds that both have.

    Raises:
        FileNotFoundError: If a folder has no runs.
        ValueError: If a run is not trained to its end, runs of one folder differ in more than
            their seeds, or two folders have the same name.
    """
    names = [folder.resolve().name for folder in folders]
    if len(set(names)) < len(names):
        raise ValueError(f"folders name the units, and must differ in name; got {names}")
    runs = {
        name: _trained_runs(folder, file_name) for name, folder in zip(names, folders, strict=True)
    }
    units = {name: _measured_unit(name, files, measure) for name, files in runs.items()}
    return {
        "kind": KIND,
        "units": {name: unit.as_dict() for name, unit in units.items()},
        "differences": {each.name: _differences(units, each.name) for each in FIGURES},
    }


@dataclass(frozen=True)
class _Unit:
    """A kind of unit, and what was measured of its runs.

    Attributes:
        about: The settings that all runs share, and the number of weights.
        figures: The values of each figure by seed.
    """

    about: dict[str, Any]
    figures: dict[str, dict[int, float]]

    def as_dict(self) -> dict[str, Any]:
        seeds = list(next(iter(self.figures.values())))
        return {
            **self.about,
            "seeds": seeds,
            "figures": {
                name: {
                    "values": [json_number(value) for value in values.values()],
                    "mean": mean_over_seeds(list(values.values())).as_dict(),
                }
                for name, values in self.figures.items()
            },
        }


def _measured_unit(name: str, runs: Mapping[int, Path], measure: Measure) -> _Unit:
    figures: dict[str, dict[int, float]] = {each.name: {} for each in FIGURES}
    about: dict[str, Any] = {}
    for seed, file in runs.items():
        trained = checkpoint.load(file)
        results = measure(trained, f"{name}-{seed}", file)
        for each in FIGURES:
            figures[each.name][seed] = each.of(results)
        counted = {"characters": results["model"]["characters"]}
        counted |= {"texts": results["memory"]["texts"]}
        same = {key: results[key] for key in ("part", "length", "weights", "config")}
        about = {"settings": _shared_settings(trained), **same, "measured on": counted}
    return _Unit(about, figures)


def _trained_runs(folder: Path, file_name: str) -> dict[int, Path]:
    """The files of a folder's models, by seed, after a check that they belong together."""
    files = {seed: run / file_name for seed, run in seeds_in(folder).items()}
    first: dict[str, Any] | None = None
    for file in files.values():
        if not file.is_file():
            raise ValueError(
                f"{file.parent} is not trained to its end: it has no {file_name}. The train "
                "command that began it goes on with it"
            )
        settings = _shared_settings(checkpoint.load(file))
        first = first or settings
        differing = [
            f"{key}: {first.get(key)!r} and {settings.get(key)!r}"
            for key in sorted(first.keys() | settings.keys())
            if first.get(key) != settings.get(key)
        ]
        if differing:
            raise ValueError(
                f"{file.parent} differs from the other runs in {folder} in more than its seed: "
                + "; ".join(differing)
            )
    return files


def _shared_settings(trained: checkpoint.Trained) -> dict[str, Any]:
    return {key: value for key, value in trained.about["settings"].items() if key != "seed"}


def _differences(units: Mapping[str, _Unit], figure: str) -> list[dict[str, Any]]:
    pairs = list(combinations(units, 2))
    found = [
        _difference(units[one].figures[figure], units[two].figures[figure]) for one, two in pairs
    ]
    corrected = holm([each.p for each in found])
    return [
        {"units": list(pair), **each.estimate.as_dict(), "p": json_number(p)}
        for pair, each, p in zip(pairs, found, corrected, strict=True)
    ]


def _difference(ours: Mapping[int, float], theirs: Mapping[int, float]) -> PairedDifference:
    seeds = [seed for seed in ours if seed in theirs]
    return paired_difference([ours[seed] for seed in seeds], [theirs[seed] for seed in seeds])

"""The options of the commands that train and evaluate, and the settings made from them."""

from __future__ import annotations

import argparse
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

from rnnviz_widget.models import CELLS
from rnnviz_widget.training import state
from rnnviz_widget.training.presets import PRESETS, preset
from rnnviz_widget.training.settings import SOFTMAXES, Settings
from rnnviz_widget.training.text8 import Corpus

_HELP = {
    "cell": "kind of recurrent layer",
    "units": "size of each recurrent layer",
    "layers": "number of recurrent layers",
    "depth": "levels of each layer of a nested-lstm; others have none",
    "embedding_size": "size of the input embedding",
    "classes": "size of the vocabulary; if not given and the text has fewer words, all of them",
    "characters": "budget: how many characters to read, over which the learning rate decays",
    "streams": "places of the text that are read in parallel",
    "length": "characters that each stream reads in a step",
    "skip": "characters that each stream passes over at its beginning",
    "forget": "probability that a stream starts a step from an empty state",
    "softmax": "full: over all words; sampled: over the batch's own words and some drawn ones",
    "candidates": "drawn words of the sampled softmax",
    "full_from": "share of the budget after which the softmax is over all words",
    "rate": "Adam's highest learning rate",
    "warmup": "share of the budget over which the rate rises",
    "floor": "the last learning rate, as a share of the highest",
    "clip": "largest norm of a gradient; longer ones are scaled down to it",
    "initial": "model file, or name of a bundled model, whose weights the run begins with",
    "seed": "of random weights, the drawn words and the starts from an empty state",
    "threads": "CPU threads; another number changes the rounding of the results",
}
_CHOICES = {"cell": sorted(CELLS), "softmax": SOFTMAXES}


def _add_setting(group: Any, name: str) -> None:
    default = getattr(Settings, name)
    shown = f"{default:,}" if isinstance(default, int) else default
    if name == "initial":
        shown = "random weights"
    group.add_argument(
        f"--{name.replace('_', '-')}",
        type=type(default),
        default=argparse.SUPPRESS,  # Only options that were given become attributes.
        choices=_CHOICES.get(name),
        metavar=None if name in _CHOICES else type(default).__name__.upper(),
        help=f"{_HELP[name]} (default: {shown})",
    )


def add_train_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the train command to a parser."""
    parser.add_argument("--run", type=Path, help="folder of the run (default: runs/CELL)")
    parser.add_argument(
        "--preset",
        choices=PRESETS,
        help="the article's settings: 2 x 600 units, two epochs, ...; options that you give take "
        "precedence",
    )
    parser.add_argument(
        "--seeds",
        type=int,
        default=1,
        metavar="N",
        help="train N runs that differ in their seed alone, from --seed on, in the folders "
        "RUN/seed-0, RUN/seed-1, ... (default: 1, in RUN itself)",
    )
    parser.add_argument(
        "--at-once",
        type=int,
        default=1,
        metavar="K",
        help="with --seeds: how many of them train at a time, each with --threads (default: 1)",
    )
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1, mps (default: cpu)")
    budget = parser.add_argument_group(
        "budget",
        "The learning rate decays over it. Without either option a resumed run keeps its budget.",
    ).add_mutually_exclusive_group()
    _add_setting(budget, "characters")
    budget.add_argument(
        "--budget-minutes",
        type=float,
        metavar="MINUTES",
        help="as many characters as can be read in this time, by a measured speed",
    )
    flow = parser.add_argument_group("the run")
    flow.add_argument(
        "--pause-after-minutes",
        type=float,
        default=math.inf,
        metavar="MINUTES",
        help="stop for now and keep the rest of the budget for the same command (default: never)",
    )
    flow.add_argument(
        "--checkpoint-every", type=int, default=100, metavar="STEPS", help="default: 100"
    )
    flow.add_argument(
        "--validate-every", type=int, default=400, metavar="STEPS", help="default: 400"
    )
    flow.add_argument(
        "--keep-at",
        type=float,
        nargs="+",
        default=(),
        metavar="SHARE",
        help="shares of the budget, such as 0.05 0.25, at which the model is written to the "
        "run's folder as model-step-000470.safetensors",
    )
    model = parser.add_argument_group("model and learning")
    for field in fields(Settings):
        if field.name != "characters":
            _add_setting(model, field.name)


def add_evaluation_options(
    parser: argparse.ArgumentParser, *, characters: int, memory_texts: int
) -> None:
    """Add the options that say on what a model is measured, with some defaults."""
    parser.add_argument("--part", choices=("test", "validation"), default="test")
    for option, default, meaning in (
        ("--characters", characters, "characters for accuracy, from the end of the part"),
        ("--length", 5000, "characters of each text for accuracy"),
        ("--memory-texts", memory_texts, "texts for memory, whose whole connectivity is computed"),
        ("--memory-length", 400, "characters of each text for memory"),
        ("--threads", 1, "CPU threads"),
    ):
        help_text = f"{meaning} (default: {default:,})"
        parser.add_argument(option, type=int, default=default, metavar="N", help=help_text)
    parser.add_argument(
        "--keep",
        type=Path,
        default=Path("runs/evaluation"),
        help="folder for finished texts, from which the same command continues (default: "
        "runs/evaluation)",
    )
    parser.add_argument("--results", type=Path, help="file for all figures, as JSON")


def settings_of(options: argparse.Namespace, corpus: Corpus) -> tuple[Settings, Path]:
    """The settings of a run and its folder, from the command line.

    Options that were given take precedence over the preset, and the preset over the defaults.
    Without a given budget, a run that is resumed keeps its own. Without a given vocabulary, a text
    with fewer words than the default gets all of them, and a line says so.

    Raises:
        ValueError: If a setting is impossible, or the folder's checkpoint can't be read.
    """
    names = [field.name for field in fields(Settings)]
    given = {name: getattr(options, name) for name in names if hasattr(options, name)}
    cell = given.get("cell", Settings.cell)
    chosen = preset(options.preset, cell, corpus) if options.preset else {}
    folder = options.run if options.run is not None else Path("runs") / cell
    if "characters" not in given and (folder / state.CHECKPOINT).is_file():
        chosen["characters"] = state.run_settings(folder).characters
    wanted, there = chosen.get("classes", Settings.classes), len(corpus.vocabulary)
    if "classes" not in given and wanted > there:
        print(f"the training part has only {there:,} different words: using all of them")
        chosen["classes"] = there
    return Settings(**(chosen | given)), folder

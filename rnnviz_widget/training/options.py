"""The options of the train command, and the settings that they make."""

from __future__ import annotations

import argparse
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

from rnnviz_widget.models import CELLS
from rnnviz_widget.training import train
from rnnviz_widget.training.presets import PRESETS, preset
from rnnviz_widget.training.settings import SOFTMAXES, Settings
from rnnviz_widget.training.text8 import Corpus

_HELP = {
    "cell": "kind of recurrent layer",
    "units": "size of each recurrent layer",
    "layers": "number of recurrent layers",
    "depth": "levels of each layer of a nested-lstm; others have none",
    "embedding_size": "size of the input embedding",
    "classes": "size of the vocabulary, words; if not given, all words where there are fewer",
    "characters": "budget: how many to read in all, over which the learning rate runs out",
    "streams": "places of the text that are read side by side",
    "length": "characters that each is read on by at a step",
    "forget": "probability that a stream starts from an empty state at a step",
    "softmax": "over all words, or over the batch's own and some drawn ones",
    "candidates": "drawn words of the sampled softmax",
    "full_from": "share of the budget after which the softmax is over all words",
    "rate": "Adam's learning rate at its highest",
    "warmup": "share of the budget over which the rate rises",
    "floor": "the rate at the end, as a share of the highest",
    "clip": "gradients longer than this are shortened to it",
    "seed": "for the weights, the drawn words and the fresh starts",
    "threads": "CPU threads; other numbers give other last bits",
}
_CHOICES = {"cell": sorted(CELLS), "softmax": SOFTMAXES}


def _add_setting(group: Any, name: str) -> None:
    default = getattr(Settings, name)
    shown = f"{default:,}" if isinstance(default, int) else default
    group.add_argument(
        f"--{name.replace('_', '-')}",
        type=type(default),
        default=argparse.SUPPRESS,  # so that what was given can be told from what was not
        choices=_CHOICES.get(name),
        metavar=None if name in _CHOICES else type(default).__name__.upper(),
        help=f"{_HELP[name]} (default: {shown})",
    )


def add_train_options(parser: argparse.ArgumentParser) -> None:
    """Gives the train command its options."""
    parser.add_argument("--run", type=Path, help="folder of the run (default: runs/CELL)")
    parser.add_argument(
        "--preset",
        choices=PRESETS,
        help="settings that belong together: 2 x 600 "
        "units, two epochs, ... as in the article; options that you give override it",
    )
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1, mps (default: cpu)")
    budget = parser.add_argument_group(
        "budget",
        "What the learning rate runs out over. Without either a run that has begun keeps its own.",
    ).add_mutually_exclusive_group()
    _add_setting(budget, "characters")
    budget.add_argument(
        "--budget-minutes",
        type=float,
        metavar="MINUTES",
        help="as many characters as the measured speed reads in so many minutes of training",
    )
    flow = parser.add_argument_group("the run")
    flow.add_argument(
        "--pause-after-minutes",
        type=float,
        default=math.inf,
        metavar="MINUTES",
        help="stop for now, the budget unspent; the same command goes on (default: never)",
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


def settings_of(options: argparse.Namespace, corpus: Corpus) -> tuple[Settings, Path]:
    """What was asked for, and the folder of the run.

    What was given goes before the preset, the preset before the defaults. A budget that was not
    given is that of the run in the folder. A vocabulary that was not given is the text's own when
    it has fewer words, which is said.

    Raises:
        ValueError: If a setting can't be, or the folder's checkpoint can't be read.
    """
    names = [field.name for field in fields(Settings)]
    given = {name: getattr(options, name) for name in names if hasattr(options, name)}
    cell = given.get("cell", Settings.cell)
    chosen = preset(options.preset, cell, corpus) if options.preset else {}
    folder = options.run if options.run is not None else Path("runs") / cell
    if "characters" not in given and (folder / train.CHECKPOINT).is_file():
        chosen["characters"] = train.run_settings(folder).characters
    wanted, there = chosen.get("classes", Settings.classes), len(corpus.vocabulary)
    if "classes" not in given and wanted > there:
        print(f"the training part has only {there:,} different words: taking all of them")
        chosen["classes"] = there
    return Settings(**(chosen | given)), folder

"""Command line: ``python -m rnnviz_widget.training {prepare,train,export,evaluate}``."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import torch

from rnnviz_widget.models import checkpoint
from rnnviz_widget.models.autocomplete import CELLS
from rnnviz_widget.training import card, source, text8
from rnnviz_widget.training.settings import Settings
from rnnviz_widget.training.train import Run, run_settings

MODEL = "model.safetensors"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rnnviz_widget.training", description=__doc__)
    parser.add_argument("--data", type=Path, default=text8.DATA, help="folder of the prepared text")
    commands = parser.add_subparsers(dest="command", required=True)

    prepare = commands.add_parser("prepare", help="lay text8 out for training")
    prepare.add_argument("--text8", type=Path, help="text8 or text8.zip (default: download it)")
    prepare.add_argument("--any-text", action="store_true", help="take another text than text8")
    prepare.add_argument("--validation", type=int, default=text8.VALIDATION, help="characters")
    prepare.add_argument("--test", type=int, default=text8.TEST, help="characters")

    train = commands.add_parser("train", help="train a model, or go on training it")
    train.add_argument("--run", type=Path, help="folder of the run (default: runs/CELL)")
    train.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many")
    train.add_argument("--checkpoint-every", type=int, default=100, help="steps")
    train.add_argument("--validate-every", type=int, default=400, help="steps")
    for setting in fields(Settings):
        assert setting.default is not None
        train.add_argument(
            f"--{setting.name.replace('_', '-')}",
            type=type(setting.default),
            default=setting.default,
            choices=sorted(CELLS) if setting.name == "cell" else None,
            help=f"default: {setting.default}",
        )

    export = commands.add_parser("export", help="a run's last checkpoint as a model file")
    export.add_argument("run", type=Path, help="folder of the run")
    export.add_argument("--to", type=Path, required=True, help="the safetensors file to write")

    evaluate = commands.add_parser("evaluate", help="score a model file and write its card")
    evaluate.add_argument("model", type=Path, help="the safetensors file")
    evaluate.add_argument("--characters", type=int, default=500_000)
    evaluate.add_argument("--length", type=int, default=5000, help="characters of one text")
    evaluate.add_argument("--split", choices=("test", "validation"), default="test")
    evaluate.add_argument("--threads", type=int, default=1)
    evaluate.add_argument("--card", type=Path, help="where to write the card (default: print it)")
    return parser


def _prepare(options: argparse.Namespace) -> None:
    path = options.text8 if options.text8 is not None else source.download(options.data)
    text = source.read_text(path, None if options.any_text else source.TEXT_SHA256)
    corpus = text8.prepare(text, options.data, validation=options.validation, test=options.test)
    print(f"{len(corpus.symbols):,} characters, {len(corpus.vocabulary):,} words: {options.data}")


def _train(options: argparse.Namespace) -> None:
    settings = Settings(**{field.name: getattr(options, field.name) for field in fields(Settings)})
    folder = options.run if options.run is not None else Path("runs") / settings.cell
    run = Run(settings, text8.load(options.data), folder)
    done = run.train(
        pause_after_minutes=options.minutes,
        checkpoint_every=options.checkpoint_every,
        validate_every=options.validate_every,
    )
    if done:
        checkpoint.save(folder / MODEL, run.trained())
        print(f"trained: {folder / MODEL}")
    else:
        print(f"stopped at step {run.step:,} of {settings.steps:,}: the same command goes on")


def _export(options: argparse.Namespace) -> None:
    run = Run(run_settings(options.run), text8.load(options.data), options.run)
    checkpoint.save(options.to, run.trained())
    print(f"step {run.step:,} of {run.settings.steps:,}: {options.to}")


def _evaluate(options: argparse.Namespace, command: str) -> None:
    torch.set_num_threads(options.threads)
    trained = checkpoint.load(options.model)
    results = card.measure(
        trained,
        text8.load(options.data),
        part=options.split,
        characters=options.characters,
        length=options.length,
    )
    page = card.render(options.model.stem, trained, results, command)
    if options.card is None:
        print(page)
    else:
        options.card.write_text(page, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; what the user can mend is said in a line, without a traceback."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser().parse_args(arguments)
    try:
        if options.command == "prepare":
            _prepare(options)
        elif options.command == "train":
            _train(options)
        elif options.command == "export":
            _export(options)
        else:
            _evaluate(options, shlex.join(["python", "-m", "rnnviz_widget.training", *arguments]))
    except (ValueError, FileNotFoundError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: the same command goes on from the last checkpoint", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

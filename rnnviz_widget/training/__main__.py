"""Command line: ``python -m rnnviz_widget.training COMMAND``; --help lists the commands."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch

from rnnviz_widget.models import checkpoint
from rnnviz_widget.training import measure, preparation, source, text8
from rnnviz_widget.training.compare_seeds import compare_seeds
from rnnviz_widget.training.lookup import PreviousWordLookup
from rnnviz_widget.training.options import (
    add_evaluation_options,
    add_train_options,
    settings_of,
)
from rnnviz_widget.training.seed_runs import take_interruptions, train_seeds
from rnnviz_widget.training.state import run_settings
from rnnviz_widget.training.summary import seeds_summary, summary
from rnnviz_widget.training.train import Run

MODEL = "model.safetensors"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rnnviz_widget.training", description=__doc__)
    parser.add_argument(
        "--data",
        type=Path,
        default=text8.DATA,
        help=f"folder of the prepared text (default: {text8.DATA})",
    )
    commands = parser.add_subparsers(dest="command", required=True)

    prepare = commands.add_parser("prepare", help="prepare a text for training")
    prepare.add_argument(
        "--text",
        "--text8",
        type=Path,
        metavar="PATH",
        help="text8, or any text in UTF-8, which is cleaned; plain or zipped (default: download "
        "text8)",
    )
    part = "characters of that part (default: a twentieth of the text)"
    prepare.add_argument("--validation", type=int, metavar="N", help=part)
    prepare.add_argument("--test", type=int, metavar="N", help=part)

    train = commands.add_parser("train", help="train a model, or resume its training")
    add_train_options(train)

    export = commands.add_parser("export", help="write a run's last checkpoint as a model file")
    export.add_argument("run", type=Path, help="folder of the run")
    export.add_argument("--to", type=Path, required=True, help="the safetensors file to write")

    evaluate = commands.add_parser("evaluate", help="evaluate a model file")
    evaluate.add_argument("model", type=Path, help="the safetensors file")
    add_evaluation_options(evaluate, characters=500_000, memory_texts=250)

    compare = commands.add_parser("compare-seeds", help="compare units, several seeds of each")
    compare.add_argument("runs", type=Path, nargs="+", help="folders that train --seeds wrote")
    add_evaluation_options(compare, characters=100_000, memory_texts=100)
    for command in commands.choices.values():  # So --data may also follow the command.
        command.add_argument("--data", type=Path, default=argparse.SUPPRESS, help="as above")
    return parser


def _prepare(options: argparse.Namespace) -> None:
    path = options.text if options.text is not None else source.download(options.data)
    sizes = {"validation": options.validation, "test": options.test}
    corpus = preparation.prepare(path, options.data, **sizes)
    print(f"{len(corpus.symbols):,} characters, {len(corpus.vocabulary):,} words: {options.data}")


def _train(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    corpus = text8.load(options.data)
    settings, folder = settings_of(options, corpus)
    if options.seeds < 1 or options.at_once < 1:
        raise ValueError(
            f"--seeds and --at-once must be at least 1, got {options.seeds} and {options.at_once}"
        )
    if options.seeds > 1:
        seeds = range(settings.seed, settings.seed + options.seeds)
        train_seeds(arguments, folder, seeds, options.at_once)
        return
    run = Run(
        settings,
        corpus,
        folder,
        device=options.device,
        budget_minutes=options.budget_minutes,
    )
    if options.budget_minutes is not None:
        print(f"{options.budget_minutes:g} minutes: {run.settings.characters:,} characters")
    done = run.train(
        pause_after_minutes=options.pause_after_minutes,
        checkpoint_every=options.checkpoint_every,
        validate_every=options.validate_every,
        keep_at=options.keep_at,
    )
    if done:
        checkpoint.save(folder / MODEL, run.trained())
        print(f"trained: {folder / MODEL}")
    else:
        print(f"paused at step {run.step:,} of {run.settings.steps:,}: the same command continues")


def _export(options: argparse.Namespace) -> None:
    run = Run(run_settings(options.run), text8.load(options.data), options.run)
    checkpoint.save(options.to, run.trained())
    print(f"step {run.step:,} of {run.settings.steps:,}: {options.to}")


def _measured(
    trained: checkpoint.Trained,
    name: str,
    file: Path,
    *,
    corpus: text8.Corpus,
    options: argparse.Namespace,
    counts: Callable[[int], PreviousWordLookup] | None = None,
) -> dict[str, Any]:
    digest = source.sha256(file)
    results = measure.measure(
        trained,
        corpus,
        name=name,
        part=options.part,
        characters=options.characters,
        length=options.length,
        memory_texts=options.memory_texts,
        memory_length=options.memory_length,
        keep=options.keep / digest[:16],
        counts=None if counts is None else counts(len(trained.classes)),
    )
    return results | {"sha256": digest}


def _evaluate(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.threads)
    file, corpus = options.model, text8.load(options.data)
    results = _measured(checkpoint.load(file), file.stem, file, corpus=corpus, options=options)
    if options.results is not None:
        measure.write(options.results, results)
    print(summary(results))


def _compare_seeds(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.threads)
    corpus = text8.load(options.data)
    counts = cache(partial(PreviousWordLookup, corpus))
    measured = partial(_measured, corpus=corpus, options=options, counts=counts)
    results = compare_seeds(options.runs, MODEL, measured)
    if options.results is not None:
        measure.write(options.results, results)
    print(seeds_summary(results))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Errors that the user can correct are printed without a traceback.

    Args:
        arguments: The command line; default: that of the process.

    Returns:
        The exit status: 0, 1 after an error, or 130 after an interruption.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser().parse_args(arguments)
    try:
        take_interruptions()
        if options.command == "prepare":
            _prepare(options)
        elif options.command == "train":
            _train(options, arguments)
        elif options.command == "export":
            _export(options)
        elif options.command == "evaluate":
            _evaluate(options)
        else:
            _compare_seeds(options)
    except (ValueError, OSError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        resumes = options.command in ("train", "evaluate", "compare-seeds")
        advice = ": the same command continues from the last saved state"
        print(f"interrupted{advice if resumes else ''}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

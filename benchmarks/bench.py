"""What the benchmarks share: the models and texts they time, and how they take time and memory."""

from __future__ import annotations

import argparse
import ctypes
import datetime as dt
import gc
import os
import platform
import random
import re
import shlex
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from article_model import ARTICLE, CLASSES, Article, TransformerLayers
from scan_models import MIXERS, ScanLayers, ScanModel
from torch import Tensor

import rnnviz_widget as rv
from rnnviz_widget.models import choose_targets, pretrained_names
from rnnviz_widget.models.autocomplete import SYMBOLS
from rnnviz_widget.models.checkpoint import load
from rnnviz_widget.training import text8

BUNDLED = tuple(f"bundled-{name}" for name in pretrained_names())

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Subject:
    """A model that is timed.

    Attributes:
        title: What it is, in words.
        model: The model; its module has an `embedding`, a `cell` and a `head`.
        trained: Whether its weights are trained; else texts and targets are random.
    """

    title: str
    model: rv.SequenceModel
    trained: bool


@dataclass(frozen=True)
class Case:
    """A model on a text.

    Attributes:
        title: What it is, in words.
        model: The model.
        text: The text, one token a character.
        ids: The tokens, (T,).
        targets: The class explained at each output.
    """

    title: str
    model: rv.SequenceModel
    text: str
    ids: Tensor
    targets: list[int]


def parser(
    description: str, models: Sequence[str], lengths: Sequence[int], rounds: int
) -> argparse.ArgumentParser:
    """The options that every benchmark of the engines has."""
    made = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = tuple(dict.fromkeys((*ARTICLE, *BUNDLED, *models)))
    made.add_argument(
        "--models",
        nargs="*",
        choices=known,
        default=models,
        metavar="MODEL",
        help=f"of {', '.join(known)}; those not bundled are random, at the article's size "
        f"({' '.join(models)})",
    )
    made.add_argument(
        "--weights",
        nargs="*",
        type=Path,
        default=[],
        metavar="FILE",
        help="trained models too: files that rnnviz_widget.training writes",
    )
    made.add_argument(
        "--text", type=Path, help="what trained models read (the test part of runs/text8)"
    )
    made.add_argument(
        "--lengths",
        nargs="+",
        type=int,
        default=lengths,
        metavar="T",
        help=f"characters ({' '.join(map(str, lengths))})",
    )
    made.add_argument("--units", type=int, default=600, help="of the random models' layers (600)")
    made.add_argument("--threads", type=int, default=torch.get_num_threads(), help="torch's")
    made.add_argument("--rounds", type=int, default=rounds, help=f"in turns ({rounds})")
    made.add_argument("--seed", type=int, default=0, help="of weights, texts and targets (0)")
    return made


def begin(options: argparse.Namespace) -> None:
    """Set the threads and say on what machine, when and how this runs."""
    torch.set_num_threads(options.threads)
    print(shlex.join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]]))
    print(
        f"{_processor()}, {torch.get_num_threads()} threads of {os.cpu_count()} processors; torch "
        f"{torch.__version__}, Python {platform.python_version()}; rnnviz_widget {rv.__version__}; "
        f"{dt.datetime.now(tz=dt.UTC):%Y-%m-%d}"
    )
    print(
        f"T = {', '.join(f'{length:,}' for length in options.lengths)}; seed {options.seed}; "
        f"medians of {options.rounds} rounds in turns, in one process, float32"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def subjects(options: argparse.Namespace) -> list[Subject]:
    """The models that were asked for."""
    found = []
    for name in options.models:
        if name in BUNDLED:
            model = rv.load_pretrained(name.removeprefix("bundled-"))
            found.append(Subject(f"{name}, {_size(model)}", model, trained=True))
        else:
            torch.manual_seed(options.seed)
            classes = [str(number) for number in range(CLASSES)]
            module = ScanModel(name) if name in MIXERS else Article(name, options.units)
            model = rv.SequenceModel(module, SYMBOLS, classes, name=name, truth="none")
            found.append(Subject(f"{name}, {_size(model)}, random weights", model, trained=False))
    for path in options.weights:
        trained = load(path)
        model = rv.SequenceModel(
            trained.module, trained.symbols, trained.classes, name=path.parent.name, truth="word"
        )
        title = f"{path.parent.name}/{path.name}, {_size(model)}, trained"
        found.append(Subject(title, model, trained=True))
    return found


def _size(model: rv.SequenceModel) -> str:
    cell: Any = model.network.module.cell
    depth = f" of depth {cell.depth}" if hasattr(cell, "depth") else ""
    kind = type(cell).__name__
    if isinstance(cell, TransformerLayers):
        kind = "causal Transformer"
    if isinstance(cell, ScanLayers):
        kind = f"blocks of {type(cell.mixers[0]).__name__}"
    if getattr(cell, "bidirectional", False):
        kind = kind.replace("causal ", "")
        kind = f"bidirectional {kind}"
    return f"{cell.num_layers} x {cell.hidden_size} {kind}{depth}, {len(model.outputs):,} classes"


def case(subject: Subject, length: int, options: argparse.Namespace) -> Case:
    """A model on a text: random characters and targets, or English and what is true of it."""
    model = subject.model
    if subject.trained:
        text = _english(options.text, length)
        tokens = model.tokens(text)
        with torch.no_grad():
            best = model.network.logits(torch.tensor(tokens.ids)).argmax(1).tolist()
        targets, _ = choose_targets(rv.TRUTH, model.answers(tokens), best, model.classes)
    else:
        draw = random.Random(options.seed)  # noqa: S311 - a text, not a secret
        text = "".join(draw.choices(SYMBOLS, k=length))
        targets = [draw.randrange(CLASSES) for _ in text]
    ids = torch.tensor(model.tokens(text).ids)
    return Case(f"{subject.title}; T = {length:,}", model, text, ids, list(targets))


def _english(path: Path | None, length: int) -> str:
    """The beginning of a text, of a to z and spaces."""
    if path is None:
        try:
            symbols, _ = text8.load().part("test")
        except FileNotFoundError:
            raise SystemExit(
                f"trained models read English: prepare {text8.DATA} (python -m "
                "rnnviz_widget.training prepare) or give a file with --text"
            ) from None
        text = "".join(SYMBOLS[symbol] for symbol in symbols[:length])
    else:
        words = re.findall("[a-z]+", path.read_text(encoding="utf-8").lower())
        text = " ".join(words)[:length]
    if len(text) < length:
        raise SystemExit(f"the text has {len(text):,} characters, and T = {length:,} was asked for")
    return text


def seconds(job: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def alternate(jobs: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Do each job in turn, round after round: what each gave, round by round."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            gc.collect()
            taken[name].append(job())
    return taken


def peak_memory(job: Callable[[], object]) -> float:
    """How far the process's resident memory rises while a job is done, in megabytes.

    Linux keeps the highest value (VmHWM), which is set back before. NaN on other systems.
    """
    if not _CLEAR.exists():
        job()
        return float("nan")
    gc.collect()
    # What was freed before is given back, so that taking it again counts.
    ctypes.CDLL(None).malloc_trim(0)
    _CLEAR.write_text("5", encoding="ascii")
    before = _resident("VmRSS")
    job()
    return _resident("VmHWM") - before


def _resident(name: str) -> float:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024 / 1e6


def error(scores: Tensor, truth: Tensor) -> float:
    """The largest error of rows (..., T), as a share of the largest magnitude of its row."""
    return float(((scores - truth).abs().amax(-1) / truth.abs().amax(-1)).max())


def spread(times: Sequence[float]) -> str:
    """Median and worst, in a unit that suits."""
    middle, worst = statistics.median(times), max(times)
    if middle < 1:
        return f"{1e3 * middle:8.1f} ms, worst {1e3 * worst:8.1f} ms"
    return f"{middle:8.2f} s,  worst {worst:8.2f} s "

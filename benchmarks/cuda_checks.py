"""What every engine computes on a device, against plain autograd in double precision on the CPU.

Each check has a module in both precisions on the device, and the same weights in double precision
on the CPU. The models are those of the tests; the truth knows nothing of the package.
"""

from __future__ import annotations

import contextlib
import copy
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from article_model import EMBEDDING, Article
from cuda_checks_methods import method_checks
from cuda_checks_more import more_checks
from cuda_truth import DTYPES, Check, Outcome, Truth, at, by_autograd, engine_of, random_ids
from torch import Tensor, nn

from rnnviz_widget.engines import MEASURES, Network
from rnnviz_widget.engines.autograd import generic
from rnnviz_widget.engines.autograd.strategy_timer import ALONE, StrategyTimer
from rnnviz_widget.models import MinGRU, NestedLSTM

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
import kinds
import language_models
import small
from language_models import V

CELLS: dict[str, Callable[..., nn.Module]] = {
    "RNN": nn.RNN,
    "RNN relu": lambda *args, **options: nn.RNN(*args, nonlinearity="relu", **options),
    "GRU": nn.GRU,
    "LSTM": nn.LSTM,
    "MinGRU": MinGRU,
    "Nested LSTM, depth 1": lambda *args, **options: NestedLSTM(*args, depth=1, **options),
    "Nested LSTM, depth 2": NestedLSTM,
    "Nested LSTM, depth 3": lambda *args, **options: NestedLSTM(*args, depth=3, **options),
}
_CLASSES = 11


def article(make: Callable[..., nn.Module], layers: int, units: int, seed: int = 0) -> Article:
    """A model as the article's with another recurrent layer, its weights in single precision."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        module = Article("rnn", units, _CLASSES)
        module.cell = make(EMBEDDING, units, layers, batch_first=True)
    return module.eval()


def logits_of(module: Article) -> Callable[[Tensor], Tensor]:
    """What the truth runs: double precision on the CPU."""
    double: Any = copy.deepcopy(module).double()
    return lambda embedded: double.head(double.cell(embedded[None])[0])[0]


def every_check(device: torch.device, *, quick: bool) -> Iterator[Check]:
    """All of them, the most telling first."""
    yield from _swept(device, quick=quick)
    yield from _ways(device, quick=quick)
    yield from _kinds(device, quick=quick)
    yield from more_checks(device)
    yield from method_checks(device)


def _swept(device: torch.device, *, quick: bool) -> Iterator[Check]:
    """The sweep: all rows and one row, of each layer, and few carriers."""
    length, units = (20, 10) if quick else (64, 40)
    for name, make in CELLS.items():
        for layers in (1, 2):
            module = article(make, layers, units)
            measures = list(MEASURES) if (name, layers) == ("GRU", 2) else ["norm", "grad_x_input"]
            for measure in measures:
                for dtype in DTYPES:
                    yield Check(
                        f"sweep, {name} x {layers}, {measure}, {_short(dtype)}",
                        lambda each=(module, length, measure, dtype): _sweep(device, *each),
                    )
    for dtype in DTYPES:
        yield Check(
            f"sweep with few carriers, GRU x 2, {_short(dtype)}",
            lambda dtype=dtype: _few_carriers(device, dtype, 40 if quick else 128),
        )


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _sweep(
    device: torch.device,
    module: Article,
    length: int,
    measure: str,
    dtype: torch.dtype,
) -> Outcome:
    bound = DTYPES[dtype] * (4 if measure == "squared" else 1)
    ids = random_ids(length, 27)
    targets = [(3 * s) % _CLASSES for s in range(length)]
    weight = module.embedding.weight.detach()
    truth = by_autograd(
        logits_of(module), weight[ids], weight, range(length), targets, measure=measure
    )
    engine = engine_of(Network(at(module, device, dtype), 27, _CLASSES), ids)
    if engine.name != "sweep":
        return Outcome(math.inf, bound, f"{engine.name} serves it: {engine.reason}")
    scores, _ = engine.rows(range(length), targets, MEASURES[measure])
    last = length - 1
    (alone,), _ = engine.rows([last], [targets[last]], MEASURES[measure])
    one = Truth(truth.scores[last:], truth.peaks[last:]).error(alone[None])
    return Outcome(max(truth.error(scores), one), bound, f"on {scores.device}")


def _few_carriers(device: torch.device, dtype: torch.dtype, units: int) -> Outcome:
    length, tolerance = 320, 1e-4
    module = article(nn.GRU, 2, units)
    ids, some = random_ids(length, 27), range(0, length, 16)
    weight = module.embedding.weight.detach()
    targets = [(3 * s) % _CLASSES for s in range(length)]
    truth = by_autograd(logits_of(module), weight[ids], weight, some, [targets[s] for s in some])
    engine = engine_of(Network(at(module, device, dtype), 27, _CLASSES), ids)
    scores, accuracy = engine.rows(range(length), targets, MEASURES["norm"], tolerance=tolerance)
    note = f"{engine.name}; rank {accuracy.rank}, its own bound {accuracy.error:.1e}"
    # What it says of itself must be true: rounding alone is no more than the exact sweep's.
    bound = max(accuracy.error, DTYPES[dtype]) if accuracy.rank else DTYPES[dtype]
    return Outcome(truth.error(scores[list(some)]), min(bound, tolerance), note)


@contextlib.contextmanager
def going(way: str, size: int) -> Iterator[dict[str, int]]:
    """The generic engine goes one way, as long as that is not rejected; how often it did."""
    seen: dict[str, int] = {}
    took = StrategyTimer.took

    def noted(ways: StrategyTimer, gone: str, *rest: Any) -> None:
        seen[gone] = seen.get(gone, 0) + 1
        took(ways, gone, *rest)

    def choose(ways: StrategyTimer, *_: Any) -> tuple[str, int]:
        now = 0 if way == ALONE else int(min(size, ways._most[way]))  # noqa: SLF001
        return (way, now) if now else (ALONE, 1)

    with (
        patch.object(StrategyTimer, "took", noted),
        patch.object(StrategyTimer, "choose", choose),
        patch.object(StrategyTimer, "cost", lambda *_: math.inf),
        patch.object(generic, "_FEW", 0),
    ):
        yield seen


def _ways(device: torch.device, *, quick: bool) -> Iterator[Check]:
    """The generic engine, each of its ways, and as it chooses them itself."""
    makes: dict[str, Any] = {
        "GRU by autograd": language_models.Base,
        "written loop": language_models.Loop,
        "attends to its past": language_models.Attending,
        "bidirectional LSTM": kinds.Tagger,
        "causal Transformer": language_models.Transformer,
    }
    for name, make in makes.items():
        for way in (ALONE, generic.TOGETHER, generic.COPIES, None):
            for dtype in DTYPES:
                yield Check(
                    f"autograd, {name}, {way or 'its own choice'}, {_short(dtype)}",
                    lambda each=(make, way, dtype): _one_way(device, *each, quick=quick),
                )


def _one_way(
    device: torch.device, make: Any, way: str | None, dtype: torch.dtype, *, quick: bool
) -> Outcome:
    module = small.seeded(make).eval()
    classes = len(language_models.NAMES) if make is kinds.Tagger else V
    ids = random_ids(14 if quick else 40, V)
    rows = list(range(len(ids)))
    targets = [(3 * s + 1) % classes for s in rows]
    double = copy.deepcopy(module).double()
    table = double.table().detach()
    truth = by_autograd(double.plain, table[ids], table, rows, targets)
    engine = engine_of(Network(at(module, device, dtype), V, classes), ids, "autograd")
    with going(way, 4) if way else contextlib.nullcontext({}) as seen:
        scores, _ = engine.rows(rows, targets, MEASURES["norm"])
    gone = ", ".join(f"{each}: {times}" for each, times in seen.items())
    rejected = f"{way} was rejected; " if way and way not in seen else ""
    return Outcome(truth.error(scores), DTYPES[dtype], f"{rejected}blocks {gone}" if way else "")


def _kinds(device: torch.device, *, quick: bool) -> Iterator[Check]:
    """Every model that the tests have, by the engine that is chosen."""
    for name, kind in kinds.KINDS.items():
        for dtype in DTYPES:
            yield Check(
                f"model, {name}, {_short(dtype)}",
                lambda each=(kind, dtype): _kind(device, *each, 8 if quick else 24),
            )


def _kind(device: torch.device, kind: Any, dtype: torch.dtype, length: int) -> Outcome:
    module = small.seeded(kind.make).eval()
    options = dict(kind.options)
    classes = len(options.pop("outputs", language_models.LETTERS))
    ids = random_ids(length, V)
    rows = list(range(length))
    targets = [(3 * s + 1) % classes for s in rows]
    double = copy.deepcopy(module).double()
    table = double.table().detach()

    def run(embedded: Tensor) -> Tensor:
        logits: Tensor = double.plain(embedded)
        return logits if logits.ndim == 2 else logits.expand(length, -1)

    truth = by_autograd(run, table[ids], table, rows, targets)
    network = Network(at(module, device, dtype), V, classes, **options)
    engine = engine_of(network, ids)
    scores, _ = engine.rows(rows, targets, MEASURES["norm"])
    error = truth.error(scores)
    if engine.name != kind.engine:
        return Outcome(math.inf, DTYPES[dtype], f"served by {engine.name}, {engine.reason}")
    return Outcome(error, DTYPES[dtype], "; ".join(network.notes))

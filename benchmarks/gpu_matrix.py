"""How long connectivity takes on a device: all rows against the rivals, and a text of 10,000."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import rivals
import torch
from article_model import CLASSES, EMBEDDING, LAYERS, Article
from torch import Tensor, nn

from rnnviz_widget.engines import MEASURES, TOLERANCE, Engine, Network, choose_engine, clean_torch
from rnnviz_widget.models.autocomplete import SYMBOLS

NAIVE, NAIVE_TF32 = "naive autograd.grad ~", "naive autograd.grad, TF32 ~"
CAPTUM, BATCHED = "captum Saliency ~", "is_grads_batched ~"
EXACT, LOW, SWEEP = "ours, exact", "ours, few carriers", "  its rows alone"
_OURS = (EXACT, SWEEP, LOW)
# What is further off from the naive way than single precision's rounding can explain.
_WRONG = 5e-4
_NORM = MEASURES["norm"]


@dataclass(frozen=True)
class Sizes:
    """How large everything is.

    Attributes:
        units: Of each recurrent layer, and of the Transformer's vectors half as many.
        classes: Output classes.
        lengths: Texts of which all rows are computed.
        long: The one of which as many are as there is time for.
        rounds: How often each way is timed.
        sample: How many rows of the naive way and of captum's are timed.
        seconds: How long rows of the long text may take.
    """

    units: int = 600
    classes: int = CLASSES
    lengths: tuple[int, ...] = (160, 512)
    long: int = 10_000
    rounds: int = 3
    sample: int = 8
    seconds: float = 30.0


QUICK = Sizes(units=16, classes=40, lengths=(12, 20), long=300, rounds=2, sample=3, seconds=2.0)


class _Causal(nn.Module):
    """Positions and a causal Transformer, called as a recurrent layer is: vectors in and out."""

    def __init__(self, size: int, layers: int, heads: int, longest: int) -> None:
        super().__init__()
        self.places = nn.Parameter(0.1 * torch.randn(longest, size))
        self.grow = nn.Linear(EMBEDDING, size)
        layer = nn.TransformerEncoderLayer(
            size, heads, 4 * size, batch_first=True, norm_first=True, dropout=0.0
        )
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)

    def forward(self, embedded: Tensor) -> tuple[Tensor, None]:
        length = embedded.shape[1]
        later = torch.ones(length, length, dtype=torch.bool, device=embedded.device).triu(1)
        x = self.grow(embedded) + self.places[:length]
        return self.encoder(x, mask=later, is_causal=True), None


def models(sizes: Sizes) -> dict[str, Callable[[], Article]]:
    """What is timed, by its title."""

    def transformer() -> Article:
        size, layers, heads = (288, 6, 6) if sizes.units == Sizes.units else (16, 2, 2)
        module = Article("rnn", 1, 1)
        module.cell = _Causal(size, layers, heads, max(sizes.lengths))
        module.head = nn.Linear(size, sizes.classes)
        return module

    def recurrent(cell: str) -> Callable[[], Article]:
        return lambda: Article(cell, sizes.units, sizes.classes)

    titles = {"gru": "GRU", "lstm": "LSTM", "nested-lstm": "Nested LSTM of depth 2,"}
    found = {
        f"{title} {LAYERS[cell]} x {sizes.units}": recurrent(cell) for cell, title in titles.items()
    }
    return found | {"causal Transformer 6 x 288": transformer}


@dataclass
class Timed:
    """One model on one text.

    Attributes:
        network: The network, on the device.
        ids: The text, on the device.
        targets: The class explained at each output.
        engine: The name of the engine that serves it, and why.
        scores: What each way gave last.
    """

    network: Network
    ids: Tensor
    targets: list[int]
    engine: str = ""
    scores: dict[str, Tensor] = field(default_factory=dict)

    def choose(self) -> Engine:
        """Read the text, as a `Reading` does it."""
        with clean_torch():
            engine = choose_engine(self.network, self.ids.cpu())
        self.engine = f"{engine.name}: {engine.reason}"
        return engine

    def ours(self, name: str, tolerance: float) -> float:
        """Seconds for all rows, with the forward pass."""
        start = rivals.now(self.ids)
        engine, length = self.choose(), len(self.ids)
        with clean_torch():
            self.scores[name], _ = engine.rows(
                range(length), self.targets, _NORM, tolerance=tolerance
            )
        return rivals.now(self.ids) - start

    def alone(self, engine: Engine) -> float:
        """Seconds for all rows, without it."""
        start, length = rivals.now(self.ids), len(self.ids)
        with clean_torch():
            engine.rows(range(length), self.targets, _NORM)
        return rivals.now(self.ids) - start

    def rival(self, name: str, rows: list[int], *, tf32: bool = False) -> float:
        """Seconds for all rows, as far as those of some tell."""
        ways = {CAPTUM: rivals.captum, BATCHED: rivals.batched}
        targets = [self.targets[row] for row in rows]
        before = torch.backends.cudnn.allow_tf32
        torch.backends.cudnn.allow_tf32 = tf32
        try:
            way = ways.get(name, rivals.naive)
            sampled = way(self.network.module, self.ids, rows, targets)
        finally:
            torch.backends.cudnn.allow_tf32 = before
        self.scores[name] = sampled.scores
        return sampled.seconds


def _made(make: Callable[[], Article], length: int, device: torch.device, sizes: Sizes) -> Timed:
    torch.manual_seed(0)
    module = make().to(device).eval()
    generator = torch.Generator().manual_seed(length)
    ids = torch.randint(len(SYMBOLS), (length,), generator=generator)
    targets = torch.randint(sizes.classes, (length,), generator=generator).tolist()
    network = Network(module, len(SYMBOLS), sizes.classes)
    return Timed(network, ids.to(device), targets)


def ways_of(timed: Timed, sizes: Sizes) -> dict[str, Callable[[], float]]:
    """What is timed of one model on one text, each by its name; the naive way first."""
    length = len(timed.ids)
    chunk = rivals.spread_rows(length, min(rivals.CHUNK, length))
    some = [chunk[n] for n in rivals.spread_rows(len(chunk), min(sizes.sample, len(chunk)))]
    engine = timed.choose()
    ways = {
        NAIVE: lambda: timed.rival(NAIVE, some),
        EXACT: lambda: timed.ours(EXACT, 0.0),
        SWEEP: lambda: timed.alone(engine),
        LOW: lambda: timed.ours(LOW, TOLERANCE),
        CAPTUM: lambda: timed.rival(CAPTUM, some),
        BATCHED: lambda: timed.rival(BATCHED, chunk),
    }
    if timed.ids.is_cuda:
        ways[NAIVE_TF32] = lambda: timed.rival(NAIVE_TF32, some, tf32=True)
    return ways


def matrix(
    make: Callable[[], Article], length: int, device: torch.device, sizes: Sizes
) -> Iterator[dict[str, Any]]:
    """Time all rows of one model on one text: one record for each way, the naive one first."""
    timed = _made(make, length, device, sizes)
    ways = ways_of(timed, sizes)
    times: dict[str, list[float]] = {name: [] for name in ways}
    failed: dict[str, BaseException] = {}
    # A first round that is not counted: kernels are chosen and memory is taken.
    for number in range(sizes.rounds + 1):
        for name, way in ways.items():
            if name in failed:
                continue
            try:
                taken = way()
            except (RuntimeError, ImportError) as error:
                failed[name] = error
                continue
            if number:
                times[name].append(taken)
    chunk = rivals.spread_rows(length, min(rivals.CHUNK, length))
    some = [chunk[n] for n in rivals.spread_rows(len(chunk), min(sizes.sample, len(chunk)))]
    naive = statistics.median(times[NAIVE]) if times[NAIVE] else float("nan")
    for name in ways:
        if name in failed:
            words = f"{type(failed[name]).__name__}: {failed[name]}"[:300]
            yield {"way": name, "failed": words, "wrong": name in _OURS}
            continue
        median = statistics.median(times[name])
        found = timed.scores.get(name)
        if found is not None and len(found) > len(some):
            # The chunk, or all: of these the rows that the naive way computed.
            found = found[[chunk.index(row) for row in some] if len(found) == len(chunk) else some]
        right = timed.scores.get(NAIVE)
        error = None if found is None or right is None else _error(found, right)
        yield {
            "way": name,
            "median_s": median,
            "worst_s": max(times[name]),
            "naive_over_it": naive / median,
            "error": error,
            # A rival that can't is none of our faults; without the naive way nothing can be told.
            "wrong": name in {EXACT, LOW} and not (error is not None and error <= _WRONG),
            "engine": timed.engine if name in {EXACT, LOW, SWEEP} else "",
        }


def _error(found: Tensor, right: Tensor) -> float:
    return float(((found - right).abs().amax(-1) / right.abs().amax(-1)).max())


def long_text(device: torch.device, sizes: Sizes) -> Iterator[dict[str, Any]]:
    """A GRU on a long text: reading it, one row, and as many as there is time for."""
    timed = _made(lambda: Article("gru", sizes.units, sizes.classes), sizes.long, device, sizes)
    taken, engine = [], timed.choose()
    for _ in range(sizes.rounds):
        start = rivals.now(timed.ids)
        engine = timed.choose()
        taken.append(rivals.now(timed.ids) - start)
    yield _timing("reading the text", taken, timed.engine)
    last, row, taken = sizes.long - 1, torch.empty(0), []
    for _ in range(sizes.rounds + 1):
        start = rivals.now(timed.ids)
        with clean_torch():
            row, _ = engine.rows([last], [timed.targets[last]], _NORM)
        taken.append(rivals.now(timed.ids) - start)
    double: Any = timed.network.module
    with clean_torch():
        embedded, hidden = rivals.read(double, timed.ids)
        right = rivals.naive_row(double, embedded, hidden, last, timed.targets[last])
    error = _error(row, right[None])
    yield _timing("one row, the last", taken[1:], timed.engine) | {"error_to_naive": error}
    del embedded, hidden, right
    for tolerance, name in ((TOLERANCE, "few carriers"), (0.0, "exact")):
        yield _filled(timed, engine, sizes, tolerance) | {"way": f"all rows, {name}"}


def _timing(way: str, taken: list[float], engine: str) -> dict[str, Any]:
    middle = statistics.median(taken)
    return {"way": way, "median_s": middle, "worst_s": max(taken), "engine": engine}


def _filled(timed: Timed, engine: Engine, sizes: Sizes, tolerance: float) -> dict[str, Any]:
    start = rivals.now(timed.ids)
    with clean_torch():
        fill = engine.fill(range(sizes.long), timed.targets, _NORM, tolerance=tolerance)
        for number, _ in enumerate(fill):
            # What was asked of a GPU is not done yet.
            if number % 32 == 0 and rivals.now(timed.ids) - start > sizes.seconds:
                break
    seconds = rivals.now(timed.ids) - start
    rank = fill.accuracy.rank
    return {"median_s": seconds, "worst_s": seconds, "share": fill.share, "rank": rank}

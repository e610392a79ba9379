"""How long the whole matrix takes: every output of a text against every input.

Ours is timed with its forward pass and the making of the engine, exactly and with few carriers;
the sweep also by itself, beside the machine's own sgemm in the same run. The rivals: autograd a row
at a time (naive), captum's Saliency, and autograd with is_grads_batched. They would take minutes:
some of their rows are timed and scaled to all.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

import rivals
import torch
from article_model import BIDIRECTIONAL, TRANSFORMERS, TransformerLayers
from bench import (
    ARTICLE,
    BUNDLED,
    Case,
    alternate,
    begin,
    case,
    error,
    parser,
    peak_memory,
    seconds,
    spread,
    subjects,
)
from scan_models import Indexed, ScanLayers
from torch import Tensor, nn

from rnnviz_widget.engines import (
    TOLERANCE,
    Accuracy,
    Engine,
    EngineName,
    choose_engine,
    measure_named,
)
from rnnviz_widget.models import MinGRU

NAIVE, CAPTUM, BATCHED = "naive autograd.grad ~", "captum Saliency ~", "is_grads_batched ~"
INDEXED = "naive, x[:, t] ~"
EXACT, LOW, SWEEP, PEAK = "ours, exact", "ours, few carriers", "  its rows alone", "sgemm"
LOGITS = "its logits"
SCANNED = ("min-gru-blocks", "mamba")
SQUARES = (1024, 2048)


class Matrix:
    """One model on one text, and what was computed of it.

    Args:
        case: Model and text.
        sample: How many rows of the naive way and of captum's are timed.
        tolerance: Of the low rank.

    Attributes:
        scores: What each way gave last: the rows of `rows` in order, or all.
        failures: Why a rival can't.
        rows: The rows that each way computes, where not all.
        accuracy: What the engine says of its low rank.
    """

    def __init__(self, case: Case, sample: int, tolerance: float) -> None:
        self._case = case
        self._network = case.model.network
        self._measure = measure_named("norm")
        self._engine = engine_of(case)
        chunk = rivals.spread_rows(len(case.ids), min(rivals.CHUNK, len(case.ids)))
        some = [chunk[n] for n in rivals.spread_rows(len(chunk), min(sample, len(chunk)))]
        self.rows = {NAIVE: some, CAPTUM: some, BATCHED: chunk, INDEXED: some[:2]}
        self.scores: dict[str, Tensor] = {}
        self.failures: dict[str, str] = {}
        self.accuracy = Accuracy()
        self.jobs: dict[str, Callable[[], float]] = {
            NAIVE: partial(self._rival, NAIVE, rivals.naive),
            EXACT: partial(self._ours, EXACT, 0.0),
            SWEEP: partial(seconds, self._sweep),
            LOGITS: partial(seconds, self._logits),
            CAPTUM: partial(self._rival, CAPTUM, rivals.captum),
            LOW: partial(self._ours, LOW, tolerance),
            BATCHED: partial(self._rival, BATCHED, rivals.batched),
        }
        if isinstance(self._network.module.cell, ScanLayers):
            self.jobs[INDEXED] = self._indexed

    def _rival(self, name: str, way: Callable[..., rivals.Sampled]) -> float:
        rows = self.rows[name]
        targets = [self._case.targets[row] for row in rows]
        try:
            sampled = way(self._network.module, self._case.ids, rows, targets)
        except RuntimeError as why:
            self.failures[name] = str(why)
            return math.nan
        self.scores[name] = sampled.scores
        return sampled.seconds

    def _indexed(self) -> float:
        with Indexed():
            return self._rival(INDEXED, rivals.naive)

    def _ours(self, name: str, tolerance: float) -> float:
        def all_rows() -> None:
            engine = engine_of(self._case)
            self.scores[name], self.accuracy = engine.rows(
                range(len(self._case.ids)), self._case.targets, self._measure, tolerance=tolerance
            )

        return seconds(all_rows)

    def _sweep(self) -> None:
        rows = range(len(self._case.ids))
        for _ in self._engine.fill(rows, self._case.targets, self._measure):
            pass

    def _logits(self) -> None:
        self._engine.outputs(range(len(self._case.ids)))

    def error(self, name: str) -> float:
        """The largest error of the rows that the naive way computed too."""
        rows, truth = self.rows[NAIVE], self.scores[NAIVE]
        if name in self.rows:
            truth = truth[[row in self.rows[name] for row in rows]]
            rows = [self.rows[name].index(row) for row in rows if row in self.rows[name]]
        return error(self.scores[name][rows], truth)

    def products(self) -> int:
        """See `products`."""
        columns = self._measure.directions(self._network.embedding_matrix(), Tensor()).shape[-1]
        return products(self._network.module.cell, columns, len(self._case.ids))


def engine_of(case: Case) -> Engine:
    """The engine that serves a model; of recurrent layers only the sweep, or scans, will do."""
    cell = case.model.network.module.cell
    name: EngineName = "sweep"
    if isinstance(cell, TransformerLayers):
        name = "autograd"
    elif isinstance(cell, ScanLayers):
        name = "scan"
    return choose_engine(case.model.network, case.ids, name)


def products(cell: Any, columns: int, length: int) -> int:
    """Floating-point operations of the exact sweep's matrix products: 2 N K M each.

    At each step a layer multiplies its N rows with two Jacobians: to the state before it, (K, H),
    and to its input, (K, H), or (K, columns) at the lowest layer, whose Jacobian is multiplied with
    the measure's directions. K is H for the GRU, the plain RNN and the MinGRU, whose Jacobian to
    the state before takes no product, and 2 H for the LSTM. A Nested LSTM has 3 H at its outermost
    level; its inner levels have one Jacobian each, (3 H, 2 H), the innermost (2 H, 2 H). All T - t
    rows of outputs from t on are there at step t. What it takes to form the Jacobians, which
    doesn't depend on the rows, is not counted.

    A bidirectional layer has twice as many, in its two directions, and reads 2 H. Below the
    uppermost one all rows are there at every step.

    Of blocks with scans see `ScanLayers.products`.

    Of a Transformer those of linear layers are counted: each row goes back through 12 H^2 weights a
    layer at every token that it reads, but in the last layer through its attention only, 4 H^2.
    """
    if isinstance(cell, ScanLayers):
        return cell.products(length, columns)
    if isinstance(cell, TransformerLayers):
        pairs = length**2 if cell.bidirectional else length * (length + 1) // 2
        last = 2 * (12 * (cell.num_layers - 1) + 4) * cell.hidden_size**2
        return pairs * (last + 2 * cell.hidden_size * (cell.enter.in_features + columns))
    units, depth = cell.hidden_size, getattr(cell, "depth", 1)
    one = isinstance(cell, nn.GRU | nn.RNN | MinGRU)
    reads = units if one else (2 if depth == 1 else 3) * units
    inner = 0 if depth == 1 else (depth - 2) * 6 * units**2 + 4 * units**2
    state = 0 if isinstance(cell, MinGRU) else reads * units + inner
    ways = 2 if getattr(cell, "bidirectional", False) else 1
    upper = ways * length * (length + 1) // 2
    lower = 2 * length**2 if ways == 2 else upper
    lowest = upper if cell.num_layers == 1 else lower
    found = lowest * 2 * (state + reads * columns)
    for layer in range(1, cell.num_layers):
        rows = upper if layer + 1 == cell.num_layers else lower
        found += rows * 2 * (state + reads * ways * units)
    return found


def sgemm() -> float:
    """The rate of torch.mm on squares, the best size's median, in GFLOP/s."""
    rates = []
    for size in SQUARES:
        left, right = torch.randn(2, size, size)
        out = torch.empty(size, size)
        times = [seconds(partial(torch.mm, left, right, out=out)) for _ in range(6)]
        rates.append(2 * size**3 / statistics.median(times[1:]) / 1e9)
    return max(rates)


def print_table(matrix: Matrix, times: dict[str, list[float]], memory: dict[str, float]) -> None:
    """Print the table of one model on one text."""
    rival = statistics.median(times[NAIVE])
    peak = statistics.median(times[PEAK])
    work = matrix.products()
    print(f"{'':<24}{'time':>32}{'naive/it':>10}{'GFLOP/s':>9}{'of sgemm':>10}{'MB':>8}  error")
    for name in (NAIVE, INDEXED, CAPTUM, BATCHED, EXACT, SWEEP, LOW):
        if name not in matrix.jobs:
            continue
        if name not in times:
            print(f"{name:<24}can't: {matrix.failures[name]}")
            continue
        line = f"{name:<24}{spread(times[name]):>32}"
        line += f"{rival / statistics.median(times[name]):9.2f}x"
        rate = work / statistics.median(times[name]) / 1e9
        line += f"{rate:9.1f}{rate / peak:10.0%}" if name == SWEEP else " " * 19
        line += f"{memory[name]:8.0f}"
        print(line if name in {NAIVE, SWEEP} else f"{line}  {matrix.error(name):.1e}")
    logits = statistics.median(times[LOGITS])
    print(
        f"of ours {1e3 * logits:.0f} ms are the logits of all classes, of which the rivals compute "
        f"one a row: {rival / (statistics.median(times[EXACT]) - logits):.2f}x without them"
    )
    print(
        f"the products of exact rows: {work / 1e9:,.1f} GFLOP; sgemm {peak:.1f} GFLOP/s "
        f"({min(times[PEAK]):.1f} to {max(times[PEAK]):.1f})"
    )
    if matrix.accuracy.rank:
        every = error(matrix.scores[LOW], matrix.scores[EXACT])
        print(
            f"few carriers: tolerance {matrix.accuracy.tolerance:g}, rank {matrix.accuracy.rank}, "
            f"its own measured error {matrix.accuracy.error:.1e}; of all rows {every:.1e}"
        )
    else:
        print("few carriers: the engine computed this text exactly")


def main() -> None:
    models = (*ARTICLE, BIDIRECTIONAL, *SCANNED, *TRANSFORMERS, *BUNDLED)
    options_of = parser(__doc__ or "", models, (160, 512, 1000), 3)
    options_of.add_argument("--tolerance", type=float, default=TOLERANCE, help=f"({TOLERANCE:g})")
    options_of.add_argument(
        "--sample", type=int, default=8, help=f"rivals' rows, {rivals.CHUNK} at most (8)"
    )
    options = options_of.parse_args()
    begin(options)
    print(
        f"~: the forward pass and {options.sample} rows spread over the text, scaled to all T "
        f"(is_grads_batched: one chunk of {rivals.CHUNK}). ours: with the forward pass and the "
        "making\nof the engine. error: the largest of the naive rows, as a share of its row's "
        "largest score. MB: the rise of VmHWM,\nset back before, in a first round that is not "
        "timed. sgemm: torch.mm on squares of "
        f"{' and '.join(map(str, SQUARES))}, the better median, each round"
    )
    for subject in subjects(options):
        for length in options.lengths:
            report(case(subject, length, options), options)


def report(of: Case, options: argparse.Namespace) -> None:
    print(f"\n{of.title}", flush=True)
    first = seconds(partial(engine_of, of))
    matrix = Matrix(of, options.sample, options.tolerance)
    again = seconds(partial(engine_of, of))
    print(f"forward pass and engine {1e3 * again:.0f} ms; the first time, {1e3 * first:.0f} ms")
    memory = {name: peak_memory(job) for name, job in matrix.jobs.items()}
    jobs = {name: job for name, job in matrix.jobs.items() if name not in matrix.failures}
    print_table(matrix, alternate({PEAK: sgemm, **jobs}, options.rounds), memory)


if __name__ == "__main__":
    main()

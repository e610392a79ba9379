"""How long the whole matrix of linear recurrences takes: minGRU, minLSTM, Mamba, Gated DeltaNet.

Each is a residual stack of two blocks (`scan_models.py`), whose recurrence is a loop over the text.
The rivals go back through the loop: autograd a row at a time (naive), and with is_grads_batched.
Naive autograd is timed twice: with loops that take their slices by `x[:, t]`, as they are usually
written, and by `unbind`, which is faster. Ours finds the recurrences in the loops; or they are
registered.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Callable
from functools import partial

import rivals
import torch
from article_model import CLASSES
from bench import Case, Subject, alternate, begin, case, error, parser, seconds, spread
from scan_models import MIXERS, Indexed, ScanModel, registered
from torch import Tensor

import rnnviz_widget as rv
from rnnviz_widget.engines import choose_engine, measure_named
from rnnviz_widget.models.autocomplete import SYMBOLS

NAIVE, BATCHED = "naive, loops by unbind ~", "is_grads_batched ~"
INDEXED = "naive, loops by x[:, t] ~"
FOUND, REGISTERED = "ours, found in loops", "ours, registered"


def measure(name: str, length: int, options: argparse.Namespace) -> None:
    """Print the table of one kind at one length."""
    words, _ = MIXERS[name]
    torch.manual_seed(options.seed)
    module = ScanModel(name)
    classes = [str(number) for number in range(CLASSES)]
    models = {
        FOUND: rv.SequenceModel(module, SYMBOLS, classes, name=name, truth="none"),
        REGISTERED: rv.SequenceModel(registered(module), SYMBOLS, classes, name=name, truth="none"),
    }
    of: Case = case(Subject(f"{name}, 2 x {words}", models[FOUND], trained=False), length, options)
    private = models[FOUND].network.module
    chunk = rivals.spread_rows(length, min(rivals.CHUNK, length))
    some = [chunk[n] for n in rivals.spread_rows(len(chunk), min(options.sample, len(chunk)))]
    scores: dict[str, Tensor] = {}

    def rival(label: str, way: Callable[..., rivals.Sampled], rows: list[int]) -> float:
        sampled = way(private, of.ids, rows, [of.targets[row] for row in rows])
        scores[label] = sampled.scores[[rows.index(row) for row in some if row in rows]]
        return sampled.seconds

    def indexed() -> float:
        with Indexed():
            return rival(INDEXED, rivals.naive, some[:2])

    def computed(label: str) -> float:
        def all_rows() -> None:
            engine = choose_engine(models[label].network, of.ids, "scan")
            found, _ = engine.rows(range(length), of.targets, measure_named("norm"))
            scores[label] = found[some]

        return seconds(all_rows)

    jobs: dict[str, Callable[[], float]] = {
        NAIVE: partial(rival, NAIVE, rivals.naive, some),
        REGISTERED: partial(computed, REGISTERED),
        BATCHED: partial(rival, BATCHED, rivals.batched, chunk),
    }
    if options.indexed:
        jobs[INDEXED] = indexed
    try:
        seconds(partial(choose_engine, models[FOUND].network, of.ids, "scan"))
        jobs[FOUND] = partial(computed, FOUND)
    except ValueError:
        print(f"{FOUND}: none")
    seconds(partial(choose_engine, models[REGISTERED].network, of.ids, "scan"))
    times = alternate(jobs, options.rounds)
    print(f"\n{of.title}")
    naive = statistics.median(times[NAIVE])
    usual = statistics.median(times.get(INDEXED, [math.nan]))
    print(f"{'':<28}{'time':>32}{'unbind/it':>11}{'x[:, t]/it':>12}  error")
    for label, taken in times.items():
        ratios = (
            f"{naive / statistics.median(taken):10.2f}x{usual / statistics.median(taken):11.1f}x"
        )
        truth = scores[NAIVE][: len(scores[label])]
        wrong = math.nan if label == NAIVE else error(scores[label], truth)
        print(f"{label:<28}{spread(taken):>32}{ratios}  {wrong:.1e}", flush=True)


def main() -> None:
    options_of = parser(__doc__ or "", tuple(MIXERS), (512,), 3)
    options_of.add_argument("--sample", type=int, default=4, help="naive rows that are timed (4)")
    options_of.add_argument(
        "--indexed",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="time the usual loops, too, which takes a few seconds a row (yes)",
    )
    options = options_of.parse_args()
    begin(options)
    print(
        f"~: the forward pass and {options.sample} rows spread over the text, scaled to all T "
        f"(is_grads_batched: one chunk of {rivals.CHUNK}; x[:, t]: two rows). ours: all rows, with "
        "the forward pass\nand the making of the engine. error: the largest of the naive rows, as "
        "a share of its row's largest score"
    )
    for name in options.models:
        for length in options.lengths:
            measure(name, length, options)


if __name__ == "__main__":
    main()

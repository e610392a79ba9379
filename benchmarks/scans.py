"""How long the whole matrix of linear recurrences takes: minGRU, minLSTM, Mamba, Gated DeltaNet.

Each is a residual stack of two blocks, 256 wide, whose recurrence is a loop over the text
(`tests/linear_recurrences.py`). The rivals go back through the loop: autograd a row at a time
(naive), and with is_grads_batched. The loops take their slices by `unbind`, which is kind to them:
with `x[:, t]` each step's gradient has the size of the whole text, and `--indexed` times naive
autograd with that too. Ours finds the recurrences in the loops; or they are registered.
"""

from __future__ import annotations

import argparse
import copy
import math
import statistics
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import rivals
import torch
from article_model import CLASSES
from bench import Case, Subject, alternate, begin, case, error, parser, seconds, spread
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

import rnnviz_widget as rv
from rnnviz_widget.engines import choose_engine, measure_named
from rnnviz_widget.models.autocomplete import SYMBOLS

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from linear_recurrences import (
    AS_SCANS,
    Blocks,
    GatedDeltaNet,
    MambaMixer,
    MinGRUMixer,
    MinLSTMMixer,
)

SIZE = 256
MIXERS: dict[str, tuple[str, Callable[[], nn.Module]]] = {
    "min-gru-blocks": ("600 units", lambda: MinGRUMixer(SIZE, 600)),
    "min-lstm-blocks": ("600 units", lambda: MinLSTMMixer(SIZE, 600)),
    "mamba": ("512 units of 16 states", lambda: MambaMixer(SIZE, 512)),
    "gated-delta-net": ("4 heads of 64 x 64 states", lambda: GatedDeltaNet(SIZE, 4)),
}
NAIVE, BATCHED = "naive autograd.grad ~", "is_grads_batched ~"
INDEXED = "naive, sliced by x[:, t] ~"
FOUND, REGISTERED = "ours, found in loops", "ours, registered"


class Indexed(TorchFunctionMode):
    """Takes the slices of `unbind` one by one, as loops with x[:, t] do."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        if func is Tensor.unbind:
            tensor, dim = args
            return tuple(tensor.select(dim, t) for t in range(tensor.shape[dim]))
        return func(*args, **(kwargs or {}))


class Layers(nn.Module):
    """The layers of `Blocks` as the one `cell` that the rivals call."""

    def __init__(self, blocks: Any) -> None:
        super().__init__()
        self.embedding, self.head = blocks.embedding, blocks.head
        self.blocks = blocks

    def cell(self, embedded: Tensor) -> tuple[Tensor, None]:
        """What the head reads, (B, T, H)."""
        return self.blocks.hidden(embedded), None

    def forward(self, ids: Tensor) -> Tensor:
        """Logits (B, T, V) of ids (B, T)."""
        logits: Tensor = self.blocks(ids)
        return logits


def registered(module: nn.Module) -> nn.Module:
    """A copy of a module whose recurrences are registered, which those of the module are not."""
    twin = copy.deepcopy(module)
    for each in twin.modules():
        if type(each) in AS_SCANS:
            kind = type(each)
            each.__class__ = type(kind.__name__, (kind,), {"forward": partial_forward(kind)})
            rv.recurrences.register(type(each), AS_SCANS[kind])
    return twin


def partial_forward(kind: type[Any]) -> Callable[..., Any]:
    """A forward of its own that does what the kind's does."""

    def forward(self: Any, *args: Tensor) -> Any:
        return kind.forward(self, *args)

    return forward


def measure(name: str, length: int, options: argparse.Namespace) -> None:
    """Print the table of one kind at one length."""
    words, mixer = MIXERS[name]
    torch.manual_seed(options.seed)
    module = Layers(Blocks([mixer(), mixer()], SIZE, len(SYMBOLS), CLASSES))
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

    def ours(label: str) -> float:
        def all_rows() -> None:
            engine = choose_engine(models[label].network, of.ids, "scan")
            found, _ = engine.rows(range(length), of.targets, measure_named("norm"))
            scores[label] = found[some]

        return seconds(all_rows)

    jobs: dict[str, Callable[[], float]] = {
        NAIVE: partial(rival, NAIVE, rivals.naive, some),
        REGISTERED: partial(ours, REGISTERED),
        BATCHED: partial(rival, BATCHED, rivals.batched, chunk),
    }
    if options.indexed:
        jobs[INDEXED] = indexed
    try:
        seconds(partial(choose_engine, models[FOUND].network, of.ids, "scan"))
        jobs[FOUND] = partial(ours, FOUND)
    except ValueError:
        print(f"{FOUND}: none")
    seconds(partial(choose_engine, models[REGISTERED].network, of.ids, "scan"))
    times = alternate(jobs, options.rounds)
    print(f"\n{of.title}")
    naive = statistics.median(times[NAIVE])
    print(f"{'':<28}{'time':>32}{'naive/it':>10}  error")
    for label, taken in times.items():
        ratio = naive / statistics.median(taken)
        truth = scores[NAIVE][: len(scores[label])]
        wrong = math.nan if label == NAIVE else error(scores[label], truth)
        print(f"{label:<28}{spread(taken):>32}{ratio:9.2f}x  {wrong:.1e}", flush=True)


def main() -> None:
    options_of = parser(__doc__ or "", tuple(MIXERS), (512,), 3)
    options_of.add_argument("--sample", type=int, default=4, help="naive rows that are timed (4)")
    options_of.add_argument("--indexed", action="store_true", help="naive with x[:, t], too")
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

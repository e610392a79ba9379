"""How long one row takes, as when a pointer comes to rest on a character nobody has looked at.

Ours is timed until the nearest inputs are there, which is what a hover shows first, and until the
whole row is. The rival is autograd of the same row. Both have read the text before: ours keeps what
its engine needs, the rival its graph.
"""

from __future__ import annotations

import argparse
import statistics
import time
from functools import partial

import torch
from bench import (
    ARTICLE,
    BUNDLED,
    Case,
    alternate,
    begin,
    case,
    parser,
    seconds,
    spread,
    subjects,
)
from rivals import naive_row, read
from torch import Tensor

from rnnviz_widget.engines import Engine, choose_engine, measure_named

NEAREST, WHOLE, NAIVE = "ours, nearest", "ours, whole row", "naive autograd.grad"


class Row:
    """One row, both ways.

    Args:
        of: Model and text.
        engine: What has read the text.
        graph: The rival's forward pass.
        s: The output index.
    """

    def __init__(self, of: Case, engine: Engine, graph: tuple[Tensor, Tensor], s: int) -> None:
        self._module = of.model.network.module
        self._engine = engine
        self._graph = graph
        self._s, self._target = s, of.targets[s]
        self._measure = measure_named("norm")
        self.jobs = {
            NAIVE: partial(seconds, self.naive),
            NEAREST: partial(seconds, self.nearest),
            WHOLE: partial(seconds, self.whole),
        }

    def naive(self) -> Tensor:
        """The rival's row."""
        return naive_row(self._module, *self._graph, self._s, self._target)

    def nearest(self) -> Tensor:
        """Our scores of the nearest inputs."""
        return next(self._engine.pieces(self._s, self._target, self._measure))[1]

    def whole(self) -> Tensor:
        """All scores up to the output's own place."""
        pieces = list(self._engine.pieces(self._s, self._target, self._measure))
        return torch.cat([piece for _, piece in reversed(pieces)])

    def print_lines(self, times: dict[str, list[float]]) -> None:
        """Print a line for each way."""
        rival = statistics.median(times[NAIVE])
        truth = self.naive()[: self._s + 1]
        for name, found in ((NAIVE, truth), (NEAREST, self.nearest()), (WHOLE, self.whole())):
            missed = (found - truth[-len(found) :]).abs().max() / truth.abs().max()
            print(
                f"  {name:<22}{spread(times[name])}{rival / statistics.median(times[name]):9.2f}x"
                f"{len(found):9,} inputs  error {float(missed):.1e}"
            )


def report(of: Case, options: argparse.Namespace) -> None:
    print(f"\n{of.title}", flush=True)
    network = of.model.network
    choose_engine(network, of.ids[:64], "sweep")  # the check that a model gets once
    start = time.perf_counter()
    engine = choose_engine(network, of.ids, "sweep")
    ours = time.perf_counter() - start
    start = time.perf_counter()
    graph = read(network.module, of.ids)
    print(
        f"read before: ours {1e3 * ours:.0f} ms, with all logits; naive "
        f"{1e3 * (time.perf_counter() - start):.0f} ms, without"
    )
    for where, s in (("last", len(of.ids) - 1), ("middle", len(of.ids) // 2)):
        one = Row(of, engine, graph, s)
        alternate(one.jobs, 1)
        print(f"the {where} row, s = {s:,}")
        one.print_lines(alternate(one.jobs, options.rounds))


def main() -> None:
    options = parser(__doc__ or "", (*ARTICLE, *BUNDLED), (160, 1000, 10_000), 7).parse_args()
    begin(options)
    print("x: naive / it. error: the largest, as a share of the row's largest score")
    for subject in subjects(options):
        for length in options.lengths:
            report(case(subject, length, options), options)


if __name__ == "__main__":
    main()

"""What it costs to explain another number of a class: a row, and the whole matrix.

Beside the logit, which begins with a row of the head's weights: the logit less the mean of all
logits, which begins with another row, and the log probability, which first needs the softmax over
all classes and its product with the weights.
"""

from __future__ import annotations

import argparse
import statistics
from functools import partial

from bench import ARTICLE, BUNDLED, Case, alternate, begin, case, parser, seconds, spread, subjects
from torch import Tensor

from rnnviz_widget.engines import (
    QUANTITIES,
    TOLERANCE,
    Engine,
    Explained,
    choose_engine,
    measure_named,
)

NORM = measure_named("norm")


def row(engine: Engine, explained: list[Explained]) -> Tensor:
    """The nearest inputs of the last row, which a hover shows first."""
    return next(engine.pieces(len(explained) - 1, explained[-1], NORM))[1]


def matrix(engine: Engine, explained: list[Explained]) -> Tensor:
    """All rows."""
    found, _ = engine.rows(range(len(explained)), explained, NORM, tolerance=TOLERANCE)
    return found


def report(of: Case, options: argparse.Namespace) -> None:
    """Print a line for each."""
    print(f"\n{of.title}", flush=True)
    engine = choose_engine(of.model.network, of.ids)
    for name, compute in (("a row, nearest", row), ("all rows", matrix)):
        jobs = {
            each.name: partial(
                seconds,
                partial(compute, engine, [each.explained(k, by_itself=False) for k in of.targets]),
            )
            for each in QUANTITIES.values()
        }
        alternate(jobs, 1)
        times = alternate(jobs, options.rounds)
        plain = statistics.median(times["logit"])
        for each in QUANTITIES.values():
            taken = times[each.name]
            ratio = statistics.median(taken) / plain
            print(f"  {name:<16}{each.title:<18}{spread(taken)}{ratio:9.2f}x")


def main() -> None:
    """Run it."""
    options = parser(__doc__ or "", (*ARTICLE, *BUNDLED), (160, 1000), 7).parse_args()
    begin(options)
    print("x: it / the logit")
    for subject in subjects(options):
        for length in options.lengths:
            report(case(subject, length, options), options)


if __name__ == "__main__":
    main()

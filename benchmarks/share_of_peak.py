"""How near the exact sweep comes to the machine's best matrix product, and what bounds it.

The sweep's time is split in its products, the forming of the Jacobians, and the rest (element-wise
functions, scores, Python). Each product's shape is timed by itself too, by oneDNN and by MKL, with
one matrix after the other, as the sweep reads another Jacobian at each step: the sum over all
products is what the sweep would take if there were nothing else.
"""

from __future__ import annotations

import argparse
import collections
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from bench import ARTICLE, Case, begin, case, parser, subjects
from matrix import products as needed_operations
from torch import Tensor

from rnnviz_widget.engines import choose_engine, measure_named
from rnnviz_widget.engines.sweep.cells import jacobians
from rnnviz_widget.engines.sweep.products import by_onednn, by_torch
from rnnviz_widget.engines.thread_count import THREADS

LIBRARIES = {"oneDNN": by_onednn, "torch.mm": by_torch}
MATRICES, REPEATS = 4, 12

Shape = tuple[int, int, int]


class Parts:
    """How long the parts of a sweep take, and which products it computes.

    Attributes:
        seconds: Of "products" and "forming", in all.
        shapes: How often each product was computed, by (N, K, M).
    """

    def __init__(self) -> None:
        self.seconds: collections.Counter[str] = collections.Counter()
        self.shapes: collections.Counter[Shape] = collections.Counter()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch the sweeps that are computed inside."""
        multiply, form = jacobians.product, jacobians.FormedColumns.form

        def product(rows: Tensor, transposed: Tensor) -> Tensor:
            self.shapes[(*rows.shape, len(transposed))] += 1
            return self._timed("products", lambda: multiply(rows, transposed))

        def formed(columns: Any, t: int) -> None:
            self._timed("forming", lambda: form(columns, t))

        names = [(jacobians, "product", product), (jacobians.FormedColumns, "form", formed)]
        for owner, name, function in names:
            setattr(owner, name, function)
        try:
            yield
        finally:
            jacobians.product = multiply
            setattr(jacobians.FormedColumns, "form", form)  # noqa: B010 - as it was set

    def _timed(self, name: str, job: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        made = job()
        self.seconds[name] += time.perf_counter() - start
        return made


def fastest(shape: Shape, library: Callable[[Tensor, Tensor], Tensor]) -> float:
    """The shortest time of a product by itself: other work only makes it longer."""
    count, inputs, outputs = shape
    rows = torch.randn(count, inputs)
    matrices = [torch.randn(inputs, outputs).T for _ in range(MATRICES)]
    found = []
    for number in range(REPEATS):
        start = time.perf_counter()
        library(rows, matrices[number % MATRICES])
        found.append(time.perf_counter() - start)
    return min(found)


def report(of: Case, threads: int, rounds: int) -> None:
    """Print the parts of one model's sweep of one text."""
    torch.set_num_threads(threads)
    network, measure = of.model.network, measure_named("norm")
    engine = choose_engine(network, of.ids, "sweep")

    def sweep() -> float:
        start = time.perf_counter()
        engine.rows(range(len(of.ids)), of.targets, measure, tolerance=0.0)
        return time.perf_counter() - start

    sweep()
    whole, watched = [], []
    for _ in range(rounds):
        whole.append(sweep())
        parts = Parts()
        with parts.watched():
            watched.append((sweep(), parts))
    taken, parts = sorted(watched, key=lambda each: each[0])[len(watched) // 2]
    columns = measure.directions(network.embedding_matrix(), Tensor()).shape[-1]
    needed = needed_operations(network.module.cell, columns, len(of.ids))
    done = sum(2 * n * k * m * often for (n, k, m), often in parts.shapes.items())
    alone = {
        name: sum(often * fastest(shape, library) for shape, often in parts.shapes.items())
        for name, library in LIBRARIES.items()
    }
    best, median = min(alone.values()), statistics.median(whole)
    rest = taken - sum(parts.seconds.values())
    print(f"\n{of.title}; {threads} threads")
    print(
        f"sweep {1e3 * median:.0f} ms (best {1e3 * min(whole):.0f}): {needed / 1e9:.1f} GFLOP "
        f"needed, {needed / median / 1e9:.0f} GFLOP/s; {best / median:.0%} of its time would do "
        f"for its products alone (of the best round {best / min(whole):.0%})"
    )
    print(
        f"of a round of {1e3 * taken:.0f} ms: products {1e3 * parts.seconds['products']:.0f} "
        f"({done / 1e9:.1f} GFLOP), forming {1e3 * parts.seconds['forming']:.0f}, "
        f"the rest {1e3 * rest:.0f}"
    )
    each = (f"{name} {1e3 * t:.0f} ms, {done / t / 1e9:.0f} GFLOP/s" for name, t in alone.items())
    print("the same products by themselves: " + "; ".join(each))


def main() -> None:
    """Print the parts for each model and text, with one thread and with all."""
    options_of = parser(__doc__ or "", ARTICLE, (160,), 5)
    options: argparse.Namespace = options_of.parse_args()
    begin(options)
    print(f"torch computes by {torch.backends.cpu.get_cpu_capability()}")
    # As many threads as are asked for, whatever else runs.
    THREADS.enabled = False
    for subject in subjects(options):
        for length in options.lengths:
            for threads in sorted({1, options.threads}):
                report(case(subject, length, options), threads, options.rounds)


if __name__ == "__main__":
    main()

"""How many times faster all rows are than naive autograd, process by process, and page faults.

Naive autograd of an LSTM keeps to one of two speeds in a process. torch's backward pass takes new
memory for each row, some 45 MB at 2 x 600 units. Where glibc gives it back to the system after the
row, the next row has to wait for as many pages; whether it does depends on what happens to lie at
the end of the heap. So each process is a row of the table here, with its page faults, and the same
is measured with an allocator that gives nothing back (glibc's tunables, on Linux).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import rivals
import torch
from article_model import ARTICLE, BIDIRECTIONAL
from bench import begin, case, parser, subjects
from matrix import engine_of

from rnnviz_widget.engines import measure_named

KEEPS = "glibc.malloc.trim_threshold=4294967296:glibc.malloc.mmap_threshold=1073741824"
ALLOCATORS = {"as it is": "", "gives nothing back": KEEPS}
COLUMNS = (
    "naive",
    "faults a row",
    "ours",
    "worst",
    "faults",
    "ratio",
    "naive, proc.",
    "ours, proc.",
    "ratio",
)
CHILD = "RNNVIZ_BENCHMARK_CHILD"


def metered(job: Callable[[], object]) -> dict[str, float]:
    """Seconds by the clock and of the processor, and page faults."""
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    wall, processor = time.perf_counter(), time.process_time()
    job()
    return {
        "wall": time.perf_counter() - wall,
        "processor": time.process_time() - processor,
        "faults": resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults,
    }


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """What one process takes: medians, of naive autograd scaled to all rows."""
    (length,), (subject,) = options.lengths, subjects(options)
    of = case(subject, length, options)
    module, norm = of.model.network.module, measure_named("norm")
    rows = rivals.spread_rows(length, min(options.sample, length))
    targets = [of.targets[row] for row in rows]
    embedded, hidden = rivals.read(module, of.ids)

    def naive_rows() -> None:
        for row, target in zip(rows, targets, strict=True):
            rivals.naive_row(module, embedded, hidden, row, target)

    def ours() -> None:
        engine_of(of).rows(range(length), of.targets, norm, tolerance=0.0)

    jobs = {"forward": partial(rivals.read, module, of.ids), "naive": naive_rows, "ours": ours}
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in jobs}
    for _ in range(options.rounds + 1):
        for name, job in jobs.items():
            rounds[name].append(metered(job))
    # The first round warms up.
    middle = {
        name: {key: statistics.median(each[key] for each in taken[1:]) for key in taken[0]}
        for name, taken in rounds.items()
    }
    forward, each, whole = middle["forward"], middle["naive"], middle["ours"]
    scale = length / len(rows)
    return {
        "title": of.title,
        "naive": {key: forward[key] + scale * each[key] for key in ("wall", "processor")},
        "naive_faults": each["faults"] / len(rows),
        "ours": whole,
        "worst": max(each["wall"] for each in rounds["ours"][1:]),
    }


def in_a_process(model: str, length: int, tunables: str) -> dict[str, Any]:
    """Measure one model in a process of its own."""
    command = [sys.executable, *sys.argv, "--models", model, "--lengths", str(length)]
    environment = os.environ | {CHILD: "1"} | ({"GLIBC_TUNABLES": tunables} if tunables else {})
    done = subprocess.run(  # noqa: S603 - this program
        command, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def print_process(name: str, found: dict[str, Any]) -> None:
    """Print a row of the table."""
    naive, ours = found["naive"], found["ours"]
    cells = [
        f"{naive['wall']:.2f} s",
        f"{found['naive_faults']:,.0f}",
        f"{1e3 * ours['wall']:.0f} ms",
        f"{1e3 * found['worst']:.0f} ms",
        f"{ours['faults']:,.0f}",
        f"{naive['wall'] / ours['wall']:.1f}x",
        f"{naive['processor']:.2f} s",
        f"{1e3 * ours['processor']:.0f} ms",
        f"{naive['processor'] / ours['processor']:.1f}x",
    ]
    print(f"{name:<20}" + "".join(f"{each:>13}" for each in cells), flush=True)


def main() -> None:
    """Print a table for each model and text."""
    models = tuple(name for name in (*ARTICLE, BIDIRECTIONAL) if name not in {"rnn", "min-gru"})
    options_of = parser(__doc__ or "", models, (160,), 5)
    options_of.add_argument("--sample", type=int, default=8, help="naive rows that are timed (8)")
    options_of.add_argument("--processes", type=int, default=5, help="for each allocator (5)")
    options = options_of.parse_args()
    if os.environ.get(CHILD):
        torch.set_num_threads(options.threads)
        print(json.dumps(measure(options)))
        return
    begin(options)
    print(f"torch computes by {torch.backends.cpu.get_cpu_capability()}")
    for model in options.models:
        for length in options.lengths:
            print(f"\n{model}, T = {length:,}: naive autograd (all rows, scaled), then ours")
            print(f"{'the allocator':<20}" + "".join(f"{each:>13}" for each in COLUMNS))
            for name, tunables in ALLOCATORS.items():
                for _ in range(options.processes):
                    print_process(name, in_a_process(model, length, tunables))


if __name__ == "__main__":
    main()

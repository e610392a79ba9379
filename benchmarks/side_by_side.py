"""Several models over one text, side by side in threads, or one after the other.

Three models of the article's size read a text, and all rows of each are computed. One after the
other they have as many of torch's threads as are fastest; side by side each has its own Python
thread, and a share of torch's threads. Ways take turns, in one process.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import bench
import torch

from rnnviz_widget.engines.thread_count import THREADS
from rnnviz_widget.models import TRUTH, SequenceModel
from rnnviz_widget.reading import Question, Reading

# As the background fill does it.
_PATIENCE = 0.1

Way = Callable[[], tuple[float, float]]
Map = Callable[[Callable[..., object], Iterable[object]], Iterable[object]]


def main() -> None:
    """See above."""
    options = bench.parser(__doc__ or "", ["gru", "lstm", "nested-lstm"], [200], 3)
    given = options.parse_args()
    bench.begin(given)
    subjects = bench.subjects(given)
    models = [subject.model for subject in subjects]
    for length in given.lengths:
        text = bench.case(subjects[0], length, given).text
        ways = _ways(models, text, given.threads)
        for way in ways.values():
            way()
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(given.rounds):
            for name, way in ways.items():
                times[name].append(way())
        print(f"\n{len(models)} models, T = {length:,}: median (best, worst), seconds")
        for name, found in times.items():
            read, rows = ([one[part] for one in found] for part in (0, 1))
            print(f"  {name:46} reading {_spread(read)}   all rows {_spread(rows)}")


def _ways(models: list[SequenceModel], text: str, threads: int) -> dict[str, Way]:
    each = max(1, threads // len(models))
    ways: dict[str, Way] = {
        "one after the other, threads by measurement": lambda: _timed(
            map, models, text, measured=True
        ),
        f"one after the other, {threads} threads": lambda: _timed(map, models, text),
    }
    for workers in sorted({min(threads, len(models)), len(models)}):
        side_by_side = partial(_side_by_side, workers, each, models, text)
        ways[f"{workers} side by side, torch threads each: {each}"] = side_by_side
    return ways


def _spread(times: list[float]) -> str:
    return f"{statistics.median(times):.2f} ({min(times):.2f}, {max(times):.2f})"


def _side_by_side(
    workers: int, threads: int, models: list[SequenceModel], text: str
) -> tuple[float, float]:
    """With so many Python threads, each with so many threads of torch."""
    before = torch.get_num_threads()
    # Also the number of threads of Python that begin now.
    torch.set_num_threads(threads)
    try:
        with ThreadPoolExecutor(workers) as pool:
            return _timed(pool.map, models, text)
    finally:
        torch.set_num_threads(before)


def _timed(
    each: Map, models: list[SequenceModel], text: str, *, measured: bool = False
) -> tuple[float, float]:
    """How long reading takes, and then all rows."""
    THREADS.enabled = measured
    question = Question(TRUTH, None, None)
    start = time.perf_counter()
    readings = list(each(lambda model: Reading(model, text, question), models))
    read = time.perf_counter()
    list(each(_fill, readings))
    return read - start, time.perf_counter() - read


def _fill(reading: Reading) -> None:
    for _ in reading.fill(range(len(reading)), patience=_PATIENCE):
        pass


if __name__ == "__main__":
    main()

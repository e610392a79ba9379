"""All rows of a text beside other processes that keep the cores busy, as a training does.

The rival is the same computation with torch's own number of threads, and with one. Each round does
all of them in turns, quiet and beside the busy processes, which only begin for that part.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator

import bench
import torch

from rnnviz_widget.engines.thread_count import THREADS
from rnnviz_widget.models import TRUTH
from rnnviz_widget.reading import Question, Reading

_BUSY = "while True: pass"


def main() -> None:
    """See above."""
    options = bench.parser(__doc__ or "", ["gru", "lstm"], [160], 5)
    options.add_argument("--busy", type=int, default=2, help="other busy processes (2)")
    given = options.parse_args()
    bench.begin(given)
    for subject in bench.subjects(given):
        for length in given.lengths:
            case = bench.case(subject, length, given)
            question = Question(TRUTH, None, None)
            Reading(case.model, case.text, question).matrix()  # checks the model once

            def whole(case: bench.Case = case, question: Question = question) -> None:
                Reading(case.model, case.text, question).matrix()

            ways = {
                "ours: threads by measurement": lambda whole=whole: timed(whole, enabled=True),
                f"always {given.threads} threads": lambda whole=whole: timed(whole, enabled=False),
                "always one thread": lambda whole=whole: timed(whole, enabled=False, one=True),
            }
            print(f"\n{case.title}: reading and all rows")
            quiet = bench.alternate(ways, given.rounds)
            with busy(given.busy):
                beside = bench.alternate(ways, given.rounds)
            for name in ways:
                print(f"  {name:32} quiet {bench.spread(quiet[name])}", end="")
                print(f"   beside {given.busy} others {bench.spread(beside[name])}")


def timed(job, *, enabled: bool, one: bool = False) -> float:  # noqa: ANN001 - a function
    """How long a job takes with torch's threads chosen, all, or one."""
    threads = torch.get_num_threads()
    THREADS.enabled = enabled
    if one:
        torch.set_num_threads(1)
    try:
        return bench.seconds(job)
    finally:
        torch.set_num_threads(threads)
        THREADS.enabled = True


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """While so many other processes compute."""
    others = [
        subprocess.Popen([sys.executable, "-c", _BUSY])  # noqa: S603 - our own line
        for _ in range(count)
    ]
    try:
        time.sleep(0.5)
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


if __name__ == "__main__":
    main()

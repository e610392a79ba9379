"""How time and memory grow with the text: rv.connectivity as one calls it, tolerance and all.

The time is taken apart by a clock around the functions that do each part, which the same calls go
through: the forward pass and the engine; the recurrence, that is the carriers' steps through time
and their compressions; the writing of the T x T scores, which is what is left of the sweep; and
what is left of the call, mostly predictions. The exponents are least squares on logarithms.
The rival is naive autograd, a row at a time: a few rows are timed and scaled to all.
Then the longest text is swept in another thread, again and again, while rows are asked for: how
long their nearest inputs take, as in the widget, whose fill pauses for a hover, and without that.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import math
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from unittest import mock

import rivals
from bench import Case, alternate, begin, case, parser, peak_memory, seconds, spread, subjects

import rnnviz_widget as rv
from rnnviz_widget.engines import TOLERANCE, choose_engine, measure_named
from rnnviz_widget.engines.sweep.lowrank import Compressor
from rnnviz_widget.engines.sweep.stack import StackBatch
from rnnviz_widget.engines.sweep.sweep_engine import SweepEngine
from rnnviz_widget.explorer.turns import Turns

# The package's name for it is that of the function.
_CONNECTIVITY = importlib.import_module("rnnviz_widget.connectivity")
CLOCKED = {
    "reading": (_CONNECTIVITY, "choose_engine"),
    "sweep": (SweepEngine, "rows"),
    "steps": (StackBatch, "step"),
    "compressions": (Compressor, "compress"),
}
TOTAL, RECURRENCE, NAIVE = "total", "recurrence", "naive ~"
PARTS = (TOTAL, "reading", "steps", "compressions", RECURRENCE, "writing", "rest", NAIVE)


@contextlib.contextmanager
def clocked() -> Iterator[Counter[str]]:
    """The seconds that the functions of `CLOCKED` take meanwhile."""
    spent: Counter[str] = Counter()

    def watched(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **options: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*args, **options)
            finally:
                spent[part] += time.perf_counter() - start

        return run

    with contextlib.ExitStack() as stack:
        for part, (owner, name) in CLOCKED.items():
            function = watched(part, getattr(owner, name))
            stack.enter_context(mock.patch.object(owner, name, function))
        yield spent


class Call:
    """One call of rv.connectivity, and the same by autograd.

    Args:
        of: Model and text.
        sample: How many rows of the rival's are timed.

    Attributes:
        parts: What each part took, call by call.
        made: What the last call gave, of its accuracy.
    """

    def __init__(self, of: Case, sample: int) -> None:
        self._of = of
        self._rows = rivals.spread_rows(len(of.ids), sample)
        self._names = [of.model.outputs[target] for target in of.targets]
        self.parts: dict[str, list[float]] = {part: [] for part in PARTS}

    def run(self) -> None:
        """The call."""
        made = rv.connectivity(self._of.model, self._of.text, target=self._names, engine="sweep")
        self.made = made.accuracy

    def ours(self) -> float:
        """The call, taken apart."""
        with clocked() as spent:
            total = seconds(self.run)
        recurrence = spent["steps"] + spent["compressions"]
        every = {
            TOTAL: total,
            "reading": spent["reading"],
            "steps": spent["steps"],
            "compressions": spent["compressions"],
            RECURRENCE: recurrence,
            "writing": spent["sweep"] - recurrence,
            "rest": total - spent["reading"] - spent["sweep"],
        }
        for part, value in every.items():
            self.parts[part].append(value)
        return total

    def naive(self) -> float:
        """The rival, scaled."""
        targets = [self._of.targets[row] for row in self._rows]
        module = self._of.model.network.module
        taken = rivals.naive(module, self._of.ids, self._rows, targets).seconds
        self.parts[NAIVE].append(taken)
        return taken


def exponent(lengths: list[int], times: list[float]) -> float:
    """The slope of log time against log length."""
    return statistics.linear_regression(
        [math.log(length) for length in lengths], [math.log(max(t, 1e-9)) for t in times]
    ).slope


def growth(cases: list[Case], options: argparse.Namespace) -> None:
    """Print a line a length, and the exponents."""
    calls = {len(of.ids): Call(of, options.sample) for of in cases}
    memory = {length: peak_memory(call.run) for length, call in calls.items()}
    jobs: dict[str, Callable[[], float]] = {}
    for length, call in calls.items():
        jobs |= {f"naive {length}": call.naive, f"ours {length}": call.ours}
    alternate(jobs, options.rounds)
    print(f"{'T':>9}" + "".join(f"{part:>14}" for part in PARTS) + f"{'naive/total':>13}{'MB':>7}")
    middles = {
        part: [statistics.median(call.parts[part]) for call in calls.values()] for part in PARTS
    }
    for number, (length, call) in enumerate(calls.items()):
        line = f"{length:9,}" + "".join(f"{middles[part][number]:12.3f} s" for part in PARTS)
        ratio = middles[NAIVE][number] / middles[TOTAL][number]
        line += f"{ratio:12.1f}x{memory[length]:7.0f}"
        made = call.made
        print(f"{line}  rank {made.rank}, measured error {made.error:.1e}")
    if len(calls) > 1:
        slopes = (exponent(list(calls), middles[part]) for part in PARTS)
        print(f"{'exponent':>9}" + "".join(f"{slope:14.2f}" for slope in slopes))


class Beside:
    """Hovered rows, and sweeps of all rows in another thread, one after another.

    Args:
        of: Model and text.
        pausing: Whether the sweeps pause for hovers, by the widget's own rules.
    """

    def __init__(self, of: Case, *, pausing: bool) -> None:
        self._targets = of.targets
        self._engine = choose_engine(of.model.network, of.ids, "sweep")
        self._measure = measure_named("norm")
        self._turns = Turns()
        self._pausing = pausing
        self._stop = threading.Event()

    def _sweep(self) -> None:
        rows = range(len(self._targets))
        with self._turns.fill() as me:
            while True:
                fill = self._engine.fill(rows, self._targets, self._measure, tolerance=TOLERANCE)
                for _ in fill:
                    if self._pausing:
                        self._turns.wait(me, self._stop.is_set, lambda: False)
                    if self._stop.is_set():
                        return

    def _nearest(self, s: int) -> None:
        with self._turns.hover() if self._pausing else contextlib.nullcontext():
            next(iter(self._engine.pieces(s, self._targets[s], self._measure)))

    def hovers(self, count: int, seed: int) -> list[float]:
        """How long the nearest inputs of rows here and there take, a few a second."""
        draw = random.Random(seed)  # noqa: S311 - places in a text, not secrets
        taken = []
        for _ in range(count):
            time.sleep(draw.uniform(0.1, 0.4))
            s = draw.randrange(len(self._targets) // 2, len(self._targets))
            taken.append(seconds(partial(self._nearest, s)))
        return taken

    def hovers_meanwhile(self, count: int, seed: int) -> list[float]:
        """The same while the sweeps go on."""
        thread = threading.Thread(target=self._sweep)
        thread.start()
        try:
            return self.hovers(count, seed)
        finally:
            self._stop.set()
            self._turns.wake()
            thread.join()


def latency(of: Case, options: argparse.Namespace) -> None:
    """Print how long hovers take."""
    print(f"nearest inputs of a hovered row, T = {len(of.ids):,}, n = {options.hovers} each")
    pausing, going_on = Beside(of, pausing=True), Beside(of, pausing=False)
    rows = {
        "nothing beside": pausing.hovers,
        "a sweep that pauses, as the widget's": pausing.hovers_meanwhile,
        "a sweep that goes on": going_on.hovers_meanwhile,
    }
    alone = 0.0
    for name, ask in rows.items():
        taken = ask(options.hovers, options.seed)
        alone = alone or statistics.median(taken)
        print(f"  {name:<38}{spread(taken)}{statistics.median(taken) / alone:9.2f} x alone")


def main() -> None:
    options_of = parser(__doc__ or "", ("bundled-gru",), (1000, 2000, 5000, 10_000), 3)
    options_of.add_argument("--sample", type=int, default=2, help="rows of the rival (2)")
    options_of.add_argument("--hovers", type=int, default=40, help="of each kind (40)")
    options = options_of.parse_args()
    begin(options)
    print(
        f"tolerance {TOLERANCE:g}, as by default. recurrence = steps + compressions, by a clock "
        "around StackBatch.step and\nCompressor.compress; reading: choose_engine; writing: what "
        "is left of the sweep, the scores; rest: of the call,\npredictions and packing. ~: the "
        f"forward pass and {options.sample} rows, scaled to all T. MB: the rise of VmHWM, set back "
        "before, in a\nfirst round that is not timed"
    )
    for subject in subjects(options):
        cases = [case(subject, length, options) for length in sorted(options.lengths)]
        print(f"\n{subject.title}", flush=True)
        growth(cases, options)
        latency(cases[-1], options)


if __name__ == "__main__":
    main()

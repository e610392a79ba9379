"""How long a match takes over a large corpus: ours, and LSTMVis' algorithm as it was published.

Prints medians of interleaved runs in one process, on made-up states that stay on for a while: our
own search, our compatibility mode, and the published algorithm in numpy on the states themselves,
whose first matches must be those of the compatibility mode.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Literal

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from inside import lstmvis_published

from rnnviz_widget.inside.find_matches import find_matches
from rnnviz_widget.inside.lstmvis import lstmvis_matches
from rnnviz_widget.inside.on_bits import OnBits
from rnnviz_widget.inside.selection import UnitSelection, select_units
from rnnviz_widget.inside.text_states import States, TextStates
from rnnviz_widget.inside.thresholds import fixed_threshold, quantile_thresholds

THRESHOLD = 0.3
Mode = Literal["fast", "precise"]


def made_up_states(steps: int, units: int) -> States:
    """Tanh of noise that each unit smooths by its own factor, single precision."""
    rng = np.random.default_rng(0)
    keep = rng.uniform(0.3, 0.97, units).astype(np.float32)
    fresh = np.sqrt(1 - keep**2)
    states = rng.standard_normal((steps, units), np.float32)
    for t in range(1, steps):
        states[t] = keep * states[t - 1] + fresh * states[t]
    return np.tanh(states, out=states)


def spans(on: OnBits, count: int, wanted: int) -> list[UnitSelection]:
    """Selections of at least so many units, from spans of 3 steps."""
    found = (select_units(on, t, t + 3) for t in range(1_000, on.steps - 10, 101))
    return [next(each for each in found if len(each) >= wanted) for _ in range(count)]


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and the result."""
    start = time.perf_counter()
    found = act()
    return time.perf_counter() - start, found


def print_times(name: str, seconds: list[float], rival: list[float] | None = None) -> None:
    """Print the median and the worst, and how many times the rival took."""
    ratio = "" if rival is None else f", {median(rival) / median(seconds):.0f} times as fast"
    print(f"  {name}: {median(seconds) * 1e3:,.0f} ms (worst {max(seconds) * 1e3:,.0f}){ratio}")


def print_mode(mode: Mode, on: OnBits, high: OnBits, states: States, rounds: int) -> None:
    """Print the times of the three searches, LSTMVis' in one of its modes."""
    ours, compatible, rival, sizes = [], [], [], []
    selections = zip(spans(on, rounds, 3), spans(high, rounds, 3), strict=True)
    for mine, theirs in selections:
        cells = list(theirs.units)
        sizes.append(len(cells))
        ours.append(timed(partial(find_matches, on, mine))[0])
        taken, found = timed(partial(lstmvis_matches, high, theirs, mode=mode))
        compatible.append(taken)
        published = partial(lstmvis_published.matches, left=True, right=False, mode=mode)
        taken, (_, right) = timed(partial(published, states, THRESHOLD, cells))
        rival.append(taken)
        assert [m.start for m in found.places] == [place[0] for place in right]
    print(f"\nLSTMVis' mode {mode}, {min(sizes)} to {max(sizes)} units selected")
    print_times("LSTMVis, as published", rival)
    print_times("ours, compatibility mode: the same matches", compatible, rival)
    print_times("ours, all steps, both sides, windows of 3 steps", ours, rival)


def main() -> None:
    """Run the program."""
    options = _parser().parse_args()
    states = made_up_states(options.steps, options.units)
    texts = TextStates.of(states)
    print(f"{options.steps:,} steps x {options.units} units, float32 {states.nbytes / 1e9:.1f} GB")
    quantile, thresholds = timed(lambda: quantile_thresholds(texts))
    packing, on = timed(lambda: OnBits.of(texts, thresholds))
    print(f"once: thresholds {quantile:.1f} s, bits {packing:.1f} s, {on.bits.nbytes / 1e6:.0f} MB")
    high = OnBits.of(texts, fixed_threshold(texts, THRESHOLD))
    for mode in ("fast", "precise"):
        print_mode(mode, on, high, states, options.rounds)
    everything = UnitSelection(
        0,
        1_000,
        1_003,
        1,
        0,
        tuple(range(on.units)),
        ("high",) * on.units,
        on.rows[: on.units],
        on.units,
    )
    most = [timed(partial(find_matches, on, everything))[0] for _ in range(options.rounds)]
    print("\nAll units selected")
    print_times("ours", most)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--units", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    return parser


if __name__ == "__main__":
    main()

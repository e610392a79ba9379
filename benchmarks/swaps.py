"""What the instrument swap costs, and what it finds: every other symbol in one place, by two draws.

Of outputs drawn at random and one of the inputs before each it prints how long a swap takes; how
likely a symbol drawn by its frequency is by the model's own predictions at its place, beside the
symbol that stands there; how far the probability of the best prediction falls on average by either
draw, and how often the two disagree on the direction; and of how many symbols the gradient has the
direction right.
"""

from __future__ import annotations

import argparse
import time
from statistics import mean, median

import numpy as np
from bench import BUNDLED, begin, case, parser, subjects

import rnnviz_widget as rv
from rnnviz_widget.reading import Question, Reading
from rnnviz_widget.scene.swaps import InputSwaps

PAIRS = 60
# The input is one of so many before the output, where it still matters.
NEAR = 8


def swaps(reading: Reading, s: int, t: int) -> tuple[InputSwaps, float]:
    """The swaps, and how many seconds they took."""
    start = time.perf_counter()
    *_, found = reading.swaps(s, t)
    assert isinstance(found, InputSwaps)
    return found, time.perf_counter() - start


def direction(found: InputSwaps) -> float:
    """Of which share of the symbols the gradient has the direction."""
    really, predicted = (
        values[1:] - found.numbers[0] for values in (found.numbers, found.predicted)
    )
    return float(np.mean(really * predicted > 0))


def print_figures(reading: Reading) -> None:
    """Print the figures of one model on one text."""
    generator = np.random.default_rng(0)
    outputs = generator.integers(NEAR, len(reading), PAIRS).tolist()
    inputs = [
        s - int(back) for s, back in zip(outputs, generator.integers(0, NEAR, PAIRS), strict=True)
    ]
    each = [swaps(reading, s, t) for s, t in zip(outputs, inputs, strict=True)]
    found, seconds = [one for one, _ in each], [taken for _, taken in each]
    known = [(one, one.plausible) for one in found if one.plausible is not None]
    print(f"  {median(seconds) * 1e3:.0f} ms a swap (median of {PAIRS})")
    expected = [float(one.frequency.shares @ own.shares) for one, own in known]
    stands = [float(own.shares[0]) for _, own in known]
    print(
        f"  the model expects a symbol drawn by frequency with {mean(expected):.1%}, the one that "
        f"stands there with {mean(stands):.1%} ({len(known)} places)"
    )
    falls = np.array(
        [[one.numbers[0] - drawn.expected for drawn in (one.frequency, own)] for one, own in known]
    )
    apart = float(np.mean(falls[:, 0] * falls[:, 1] < 0))
    print(
        f"  the probability falls by {100 * falls[:, 0].mean():.1f} points by frequency, by "
        f"{100 * falls[:, 1].mean():.1f} plausibly; {apart:.0%} of the places disagree on the sign"
    )
    print(f"  the gradient has the direction of {mean(map(direction, found)):.0%} of the symbols")


def main() -> None:
    """Run the program."""
    options = _parser().parse_args()
    begin(options)
    for subject in subjects(options):
        for length in options.lengths:
            of = case(subject, length, options)
            print(f"\n{of.title}")
            print_figures(Reading(of.model, of.text, Question(rv.TOP)))


def _parser() -> argparse.ArgumentParser:
    return parser(__doc__ or "", models=[*BUNDLED], lengths=[160], rounds=1)


if __name__ == "__main__":
    main()

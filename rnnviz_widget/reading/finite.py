"""Scores that a number of their precision can hold, or words that say why not."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rnnviz_widget.engines import MEASURES, AnyMeasure, Engine, Explained, Measure, Method

_ZERO = (
    "a square root or a logarithm of 0 has no finite one: if its forward takes one, as of silence, "
    "keep what it reads from being exactly 0, by a little noise, say"
)
_SQUARES = 'measure="norm" is its square root, and has room for it'


def all_finite(numbers: Tensor) -> bool:
    """Whether all are, told by the smallest and the largest, which NaN would be.

    Many times as fast as `isfinite`, and it takes no room of the size of the numbers.
    """
    return all(map(torch.isfinite, torch.aminmax(numbers)))


def check_logits(logits: Tensor, tokens: Sequence[str], first: int, name: str) -> None:
    """Refuse logits (N, V) of a model's outputs from `first` on that have no probabilities.

    Raises:
        FloatingPointError: Which tells the first such output.
    """
    if all_finite(logits):
        return
    # A class that is masked has -inf, which is as good as any; but not all of them.
    masked = logits.isneginf()
    bad = ~(logits.isfinite() | masked).all(dim=1) | masked.all(dim=1)
    if not bad.any():
        return
    at = first + int(bad.nonzero()[0])
    what = "only logits of -inf" if masked[bad][0].all() else "logits that are not finite"
    raise FloatingPointError(
        f"{name} gives {what}, first at token {at} ({tokens[at]!r}); a class may be masked by "
        "-inf, but not all of them, and NaN and +inf have no probabilities: check the weights for "
        "NaN"
    )


def check_finite(scores: Tensor, rows: Sequence[int], measure: AnyMeasure, name: str) -> None:
    """Refuse scores (N, T) of some outputs that are not finite.

    Raises:
        FloatingPointError: Which tells the first such output.
    """
    if all_finite(scores):
        return
    row = next(r for r, c in zip(rows, scores, strict=True) if not c.isfinite().all())
    if _is_square(measure) and not scores.isnan().any():
        raise FloatingPointError(
            f"the squared gradient of {name} is too large for {_named(scores)} at output {row}: "
            f"{_SQUARES}"
        )
    if isinstance(measure, Method) and measure.by_running:
        raise FloatingPointError(
            f"at output {row} {name} gives a number that is not finite when an input is another, "
            f"so that {measure.name} has no score there; use a measure of gradients, such as norm"
        )
    raise FloatingPointError(f"the gradient of {name} is not finite at output {row}; {_ZERO}")


def check_squares(  # noqa: PLR0917 - what they are is plain
    peaks: Tensor,
    rows: Sequence[int],
    targets: Sequence[Explained],
    name: str,
    engine: Engine,
    measure: AnyMeasure,
) -> None:
    """Refuse whole rows whose squares are too small to be told apart, or from nothing at all.

    Args:
        peaks: The largest score of each of these rows, (N,).
        rows: Outputs.
        targets: What is explained at each.
        name: The model's.
        engine: What computed them.
        measure: What the scores are.

    Raises:
        FloatingPointError: If a row that is not zero has only such.
    """
    if not _is_square(measure):
        return
    small = (peaks < torch.finfo(peaks.dtype).tiny).nonzero()[:, 0].tolist()
    if not small:
        return
    some = [rows[n] for n in small]
    lengths, _ = engine.rows(some, [targets[n] for n in small], MEASURES["norm"])
    vanished = lengths.any(dim=1).nonzero()[:, 0].tolist()
    if vanished:
        raise FloatingPointError(
            f"the squared gradient of {name} is too small for {_named(peaks)} at output "
            f"{some[vanished[0]]}: {_SQUARES}"
        )


def _is_square(measure: AnyMeasure) -> bool:
    return isinstance(measure, Measure) and measure.degree > 1


def _named(numbers: Tensor) -> str:
    return "double precision" if numbers.dtype == torch.float64 else "single precision"

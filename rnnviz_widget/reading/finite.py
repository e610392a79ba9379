"""Checks that logits and scores are finite, with errors that say what to do."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rnnviz_widget.engines import MEASURES, AnyMeasure, Engine, Explained, Measure, Method

_ZERO = (
    "the square root and the logarithm have no finite gradient at 0: if its forward takes one of "
    "them, keep its inputs from being exactly 0, such as silence, by a little noise"
)
_SQUARES = 'measure="norm" is its square root, which is in range'


def all_finite(numbers: Tensor) -> bool:
    """Whether all numbers are finite, judged by the smallest and the largest (NaN if there is one).

    This is many times faster than `isfinite`, and needs no memory of the size of the numbers.
    """
    return not numbers.numel() or all(map(torch.isfinite, torch.aminmax(numbers)))


def check_logits(logits: Tensor, tokens: Sequence[str], rows: Sequence[int], name: str) -> None:
    """Raise a FloatingPointError if the logits of some outputs, (N, V), have no probabilities."""
    if all_finite(logits):
        return
    # A logit of -inf masks a class, which is fine unless all classes are masked.
    masked = logits.isneginf()
    bad = ~(logits.isfinite() | masked).all(dim=1) | masked.all(dim=1)
    if not bad.any():
        return
    at = rows[int(bad.nonzero()[0])]
    what = "only logits of -inf" if masked[bad][0].all() else "logits that are not finite"
    raise FloatingPointError(
        f"{name} gives {what}, first at token {at} ({tokens[at]!r}); a class may be masked by "
        "-inf, but not all of them, and NaN and +inf have no probabilities: check the weights for "
        "NaN"
    )


def check_finite(scores: Tensor, rows: Sequence[int], measure: AnyMeasure, name: str) -> None:
    """Raise a FloatingPointError if scores (N, T) of these outputs are not finite."""
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


def check_squares(  # noqa: PLR0917 - two callers, in the usual order
    peaks: Tensor,
    rows: Sequence[int],
    targets: Sequence[Explained],
    name: str,
    engine: Engine,
    measure: AnyMeasure,
) -> None:
    """Raise a FloatingPointError if all squares of a row underflowed though its gradient is not 0.

    `peaks` are the largest scores of these rows, (N,).
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

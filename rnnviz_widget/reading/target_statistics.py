"""The probabilities and ranks of the classes that are explained, and the measure for a target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnnviz_widget.engines import Engine, Explained, classes_of
from rnnviz_widget.scene.facet import ExplainedClasses, Rivals

from .row_source import Floats

# How many outputs' logits are computed at a time, since each has a number for every class.
OUTPUTS_AT_ONCE = 512
# How many of these numbers are in one part: what is made of a part (2 MB in single precision) fits
# the processor's cache, and its memory serves the next part. New memory takes longer than
# computing in it.
_PART = 2**19


# For the class that is explained, and for its rival.
_MASKED = (
    "; masked here: its logit is -∞",
    "; the class it is compared with is masked here: its logit is -∞",
)


class TargetNumbers(NamedTuple):
    """Numbers of the targets at N outputs: of the class, and of the second one of a pair.

    Attributes:
        logs: Log probabilities, in nats, or a model's one number, (N, 2).
        ranks: Ranks among all classes, from 1, (N, 2).
    """

    logs: Floats
    ranks: npt.NDArray[np.integer]

    def replaced(self, kept: int, rows: Sequence[int], others: TargetNumbers) -> TargetNumbers:
        """The first `kept` of these, with others at some rows, and at all from there on."""
        pairs = zip(self, others, strict=True)
        return TargetNumbers(*(replaced(one[:kept], rows, other) for one, other in pairs))


@dataclass(frozen=True)
class TargetStatistics:
    """The targets at N outputs, with their probabilities.

    Attributes:
        explained: The targets, N of them.
        numbers: Their numbers.
        logs: Log probabilities, in nats, of the class, and of the second one of a pair, (N, 2); NaN
            for a model that gives one number.
        classes: The same classes with their probabilities (or the values of a model that gives one
            number) and ranks. The reason of a masked class says that it is masked.
    """

    explained: list[Explained]
    numbers: TargetNumbers
    logs: Floats
    classes: ExplainedClasses


class HasLogits(Protocol):
    """What has the logits of outputs, as an engine has."""

    def outputs(self, rows: Sequence[int]) -> Tensor:
        """The logits of some outputs, (N, V)."""
        ...


@dataclass(frozen=True)
class Blocks:
    """The logits of many outputs, in parts that are computed each time."""

    engine: Engine
    rows: Sequence[int]

    def __iter__(self) -> Iterator[Tensor]:
        return parts_of(self.engine, self.rows)


def logits_of(engine: Engine, rows: Sequence[int]) -> Iterable[Tensor]:
    """The logits of all outputs, if the engine has them, or of some, in parts.

    Those of few outputs are kept; those of many are computed each time.
    """
    if len(engine.logits):
        return _split(engine.logits)
    if len(rows) <= OUTPUTS_AT_ONCE:
        return _split(engine.outputs(rows))
    return Blocks(engine, rows)


def parts_of(engine: HasLogits, rows: Sequence[int]) -> Iterator[Tensor]:
    """The logits of outputs in parts, computed `OUTPUTS_AT_ONCE` at a time."""
    for first in range(0, len(rows), OUTPUTS_AT_ONCE):
        yield from _split(engine.outputs(rows[first : first + OUTPUTS_AT_ONCE]))


def _split(logits: Tensor) -> Sequence[Tensor]:
    return torch.split(logits, max(1, _PART // logits.shape[1]))


def numbers_of_targets(
    blocks: Iterable[Tensor],
    explained: Sequence[Explained],
    log_probabilities: Callable[[Tensor], Tensor] | None,
) -> TargetNumbers:
    """Find the probabilities and ranks of targets.

    Args:
        blocks: The logits, (N, V) in all.
        explained: The targets.
        log_probabilities: Maps logits (.., V) to the classes' log probabilities; None: the numbers
            are no logits, but a model's one number, (.., 1).
    """
    chosen = [classes_of(each) for each in explained]
    pairs = [(one, one if other is None else other) for one, other in chosen]
    columns = 1 if all(other is None for _, other in chosen) else 2
    logs, ranks, first = [], [], 0
    for part in blocks:
        some = pairs[first : first + len(part)]
        at = torch.tensor(some, dtype=torch.long, device=part.device).view(-1, 2)[:, :columns]
        its = part.gather(1, at)
        found = single(part) if log_probabilities is None else log_probabilities(single(part))
        logs.append(found.gather(1, at))
        # Numbers in single precision are compared and added faster than truth values, and count
        # exactly up to 2^24.
        above = torch.empty_like(part, dtype=torch.float32)
        sums = [torch.gt(part, one[:, None], out=above).sum(dim=1) for one in its.T]
        ranks.append(1 + torch.stack(sums, dim=1).long())
        first += len(part)
    both = (torch.cat(each).expand(-1, 2).cpu().numpy() for each in (logs, ranks))
    return TargetNumbers(*both)


def statistics_of_targets(
    explained: list[Explained], reasons: Sequence[str], numbers: TargetNumbers, *, one_number: bool
) -> TargetStatistics:
    """Put together what is known of targets.

    Args:
        explained: The targets.
        reasons: Why they are the targets.
        numbers: Their numbers.
        one_number: Whether these are a model's one number, and no log probabilities.
    """
    chosen = [classes_of(each) for each in explained]
    compared = any(other is not None for _, other in chosen)
    reasons, (both, rank) = list(reasons), numbers
    odds = both if one_number else np.exp(both)
    for n, masked in np.argwhere(np.isneginf(both[:, : 1 + compared])).tolist():
        reasons[n] += _MASKED[masked]
    return TargetStatistics(
        explained,
        numbers,
        np.full_like(both, np.nan) if one_number else both,
        ExplainedClasses(
            [one for one, _ in chosen],
            odds[:, 0],
            rank[:, 0],
            reasons,
            _rivals([b for _, b in chosen], odds[:, 1], rank[:, 1]) if compared else None,
        ),
    )


def replaced(
    own: npt.NDArray[Any], rows: Sequence[int], others: npt.NDArray[Any]
) -> npt.NDArray[Any]:
    """An array with others at some rows; up to the last of these it may be shorter."""
    found = np.empty((max(len(own), 1 + max(rows, default=-1)), *own.shape[1:]), own.dtype)
    found[: len(own)] = own
    found[list(rows)] = others
    return found


def _rivals(seconds: list[int | None], odds: Floats, ranks: npt.NDArray[np.integer]) -> Rivals:
    """The second class of each pair; None: there is none."""
    pairs = np.array([second is not None for second in seconds])
    return Rivals(
        [-1 if second is None else second for second in seconds],
        np.where(pairs, odds, np.nan).astype(odds.dtype),
        np.where(pairs, ranks, 0),
    )


def single(numbers: Tensor) -> Tensor:
    """Half-precision numbers in single precision; others unchanged."""
    return numbers.float() if numbers.dtype in (torch.float16, torch.bfloat16) else numbers

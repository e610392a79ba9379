"""The probabilities and ranks of the classes that are explained, and the measure for a target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnnviz_widget.engines import Engine, Explained, classes_of
from rnnviz_widget.scene.facet import ExplainedClasses, Rivals

from .row_source import Floats

# How many outputs' probabilities are computed at a time, since each has a number for every class.
OUTPUTS_AT_ONCE = 512


# For the class that is explained, and for its rival.
_MASKED = (
    "; masked here: its logit is -∞",
    "; the class it is compared with is masked here: its logit is -∞",
)


@dataclass(frozen=True)
class TargetStatistics:
    """The targets at N outputs, with their probabilities.

    Attributes:
        explained: The targets, N of them.
        logs: Log probabilities, in nats, of the class, and of the second one of a pair, (N, 2); NaN
            for a model that gives one number.
        classes: The same classes with their probabilities (or the values of a model that gives one
            number) and ranks. The reason of a masked class says that it is masked.
    """

    explained: list[Explained]
    logs: Floats
    classes: ExplainedClasses


@dataclass(frozen=True)
class Blocks:
    """The logits of all outputs of a long text, in parts that are computed each time."""

    engine: Engine
    outputs: int

    def __iter__(self) -> Iterator[Tensor]:
        return blocks_of(self.engine, range(self.outputs))


def blocks_of(engine: Engine, rows: Sequence[int]) -> Iterator[Tensor]:
    """The logits of outputs, `OUTPUTS_AT_ONCE` at a time."""
    for first in range(0, len(rows), OUTPUTS_AT_ONCE):
        yield engine.outputs(rows[first : first + OUTPUTS_AT_ONCE])


def statistics_of_targets(
    blocks: Iterable[Tensor],
    explained: list[Explained],
    reasons: list[str],
    log_probabilities: Callable[[Tensor], Tensor] | None,
) -> TargetStatistics:
    """Find the probabilities and ranks of targets.

    Args:
        blocks: The logits, (N, V) in all.
        explained: The targets.
        reasons: Why they are the targets.
        log_probabilities: Maps logits (.., V) to the classes' log probabilities; None: the numbers
            are no logits, but a model's one number, (.., 1).
    """
    reasons = list(reasons)
    chosen = [classes_of(each) for each in explained]
    pairs = [(one, one if other is None else other) for one, other in chosen]
    columns = 1 if all(other is None for _, other in chosen) else 2
    logs, ranks, first = [], [], 0
    for part in blocks:
        at = torch.tensor(pairs[first : first + len(part)], device=part.device)[:, :columns]
        its = part.gather(1, at)
        found = single(part) if log_probabilities is None else log_probabilities(single(part))
        logs.append(found.gather(1, at))
        ranks.append(torch.stack([1 + (part > one[:, None]).sum(dim=1) for one in its.T], dim=1))
        for n, masked in its.isneginf().nonzero().tolist() if its.isneginf().any() else ():
            reasons[first + n] += _MASKED[masked]
        first += len(part)
    both: Floats = torch.cat(logs).expand(-1, 2).cpu().numpy()
    odds = both if log_probabilities is None else np.exp(both)
    rank = torch.cat(ranks).expand(-1, 2).cpu().numpy()
    return TargetStatistics(
        explained,
        np.full_like(both, np.nan) if log_probabilities is None else both,
        ExplainedClasses(
            [one for one, _ in pairs],
            odds[:, 0],
            rank[:, 0],
            reasons,
            None if columns == 1 else _rivals([b for _, b in chosen], odds[:, 1], rank[:, 1]),
        ),
    )


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

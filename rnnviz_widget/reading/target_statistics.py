"""The probabilities and ranks of the classes that are explained, and the measure for a target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnnviz_widget.engines import (
    AnyMeasure,
    Engine,
    Explained,
    Method,
    Named,
    any_measure,
    in_vectors,
)
from rnnviz_widget.models import CheckedTarget, Choice, Contrast, SequenceModel, has_contrast
from rnnviz_widget.picture.format import visible
from rnnviz_widget.scene.facet import ExplainedClasses, MeasureInfo, Rivals

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
        explained: Class indices, or pairs of them, N of them.
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
    pairs = [k if isinstance(k, tuple) else (k, k) for k in explained]
    columns = 2 if any(isinstance(k, tuple) for k in explained) else 1
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
            None if columns == 1 else _rivals(explained, odds[:, 1], rank[:, 1]),
        ),
    )


def _rivals(explained: list[Explained], odds: Floats, ranks: npt.NDArray[np.integer]) -> Rivals:
    """The second class of each pair."""
    pairs = np.array([isinstance(k, tuple) for k in explained])
    return Rivals(
        [k[1] if isinstance(k, tuple) else -1 for k in explained],
        np.where(pairs, odds, np.nan).astype(odds.dtype),
        np.where(pairs, ranks, 0),
    )


def single(numbers: Tensor) -> Tensor:
    """Half-precision numbers in single precision; others unchanged."""
    return numbers.float() if numbers.dtype in (torch.float16, torch.bfloat16) else numbers


def measure_for(target: CheckedTarget, name: Named | None) -> AnyMeasure:
    """The measure for a target; for a contrast, the label says of what.

    The default for a contrast is `grad_x_input`, whose sign tells for which class an input speaks;
    otherwise `norm`, the article's formula. Raises a ValueError if there is no such measure.
    """
    compares = has_contrast(target)
    found = any_measure(("grad_x_input" if compares else "norm") if name is None else name)
    if not compares or (isinstance(found, Method) and not found.of_target):
        return found
    if isinstance(target, Contrast):
        one, other = map(_named, target)
        what = f"{found.label}, of the logit of {one} minus that of {other}"
    else:
        one, other = "the first", "the second"
        what = f"{found.label}; where two classes are compared, of the difference of their logits"
    signs = f": + speaks for {one}, − for {other}" if found.signed else ""  # noqa: RUF001 (minus)
    return replace(found, label=what + signs)


def measure_of_model(model: SequenceModel, target: CheckedTarget, name: Named | None) -> AnyMeasure:
    """The measure for a target: the model's own, the one named, or the default."""
    found = measure_for(target, name if model.measure is None else model.measure)
    if model.unit is not None:
        found = replace(found, label=found.label.replace("the logit", "the number"))
    if not model.network.capabilities.reads_vectors:
        return found
    return replace(found, label=in_vectors(found.label))


def info_of(measure: AnyMeasure) -> MeasureInfo:
    """What a score of a measure is, for the facet."""
    return MeasureInfo(measure.name, measure.signed, measure.label)


def _named(one: Choice | str) -> str:
    if one is Choice.TRUTH:
        return "the truth"
    return "the top prediction" if one is Choice.TOP else f"“{visible(one)}”"

"""The curves of a training: what was measured of its checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from .packing import Joined, Wire


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """What was measured of one checkpoint.

    Attributes:
        step: The step of the training.
        loss: The mean loss since the checkpoint before; null: not known.
        reach: The mean reach, in characters; null: not measured, as the following.
        effective: The mean number of effective characters.
        before: The mean share before the current word.
        check: By how much more the prediction falls without the strongest inputs than without
            random ones, in nats of log odds, or in the unit of a model of one number.
    """

    step: int
    loss: float | None = None
    reach: float | None = None
    effective: float | None = None
    before: float | None = None
    check: float | None = None


@dataclass(frozen=True, kw_only=True)
class TrainingCurves:
    """What is drawn of a training.

    Attributes:
        name: The model's name.
        step: The newest step.
        shown: The step whose picture is shown.
        loss_steps: Steps at which there is a loss, rising.
        losses: The losses at these, each the mean of some.
        points: The checkpoints, in order; of very many some of them.
        kept: How many checkpoints there are.
        state: What is happening, in words.
        notes: What went wrong, in words.
    """

    name: str
    step: int
    shown: int
    loss_steps: Sequence[int]
    losses: Sequence[float]
    points: Sequence[CurvePoint]
    kept: int
    state: str
    notes: Annotated[Sequence[str], Wire(Joined(), key="note")] = ()

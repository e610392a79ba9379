"""Compares the rows of a measure with the true effects of the inputs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnviz_widget.engines import ClassOrPair
from rnnviz_widget.models import SequenceModel
from rnnviz_widget.reading import Question, Reading
from rnnviz_widget.reading.other_classes import class_or_pair, targets_for

from .formulas import infidelity
from .row_effects import Curve, RowEffects, RowRerun

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RowMeasured:
    """A measure's row for one output, compared with the true effects.

    Attributes:
        scores: The scores of the inputs that can be exchanged, (N,).
        twin: The same for the re-initialised model; empty if there is none.
        other: The same with a random other class explained; empty if there is none.
        curve: The curve for exchanging the strongest inputs first.
        infidelity: The infidelity with the optimal scale; see `formulas.infidelity`.
        unexplained: The infidelity divided by that of scores of zero: 0 is best, 1 worst.
    """

    scores: Floats
    twin: Floats
    other: Floats
    curve: Curve
    infidelity: float
    unexplained: float


def strongest_first(scores: Floats, orders: Integers, *, signed: bool) -> Integers:
    """Order inputs by their scores, the largest first, (N,).

    With a signed measure, inputs that speak against the target come last. Equal scores are in
    random order.

    Args:
        scores: Shape (N,).
        orders: Random orders of the inputs; the first decides between equal scores.
        signed: Whether the measure has a sign.
    """
    sizes = scores if signed else abs(scores)
    found: Integers = orders[0][np.argsort(-sizes[orders[0]], kind="stable")]
    return found


def measure_row(
    rerun: RowRerun,
    true: RowEffects,
    scores: Mapping[str, Floats],
    *,
    signed: bool,
) -> RowMeasured:
    """Compare the scores of an output with the true effects.

    Args:
        rerun: Reruns of the output.
        true: The true effects at the output.
        scores: By name as in `RowMeasured`: "scores", "twin" and "other", each (N,) or empty.
        signed: Whether the measure has a sign.
    """
    found, plan = scores["scores"], rerun.plan
    order = strongest_first(found, plan.orders, signed=signed)
    ranks = plan.orders.argsort(axis=1)
    firsts = np.array([[each < k for k in rerun.steps] for each in ranks], bool)
    exchanged = np.stack([firsts, ~firsts], axis=2).reshape(-1, len(plan.places))
    falls = true.falls.reshape(-1)
    wrong, none = (infidelity(each, exchanged, falls) for each in (found, np.zeros_like(found)))
    return RowMeasured(
        **scores,
        curve=rerun.by_order(order),
        infidelity=wrong,
        unexplained=wrong / none if none else float("nan"),
    )


def scores_of(
    reading: Reading,
    question: Question,
    twin: SequenceModel | None,
    true_rows: Sequence[RowEffects],
    others: Sequence[ClassOrPair | None],
) -> list[dict[str, Floats]]:
    """Compute a measure's scores for some outputs: of the model, its twin, and for other classes.

    Args:
        reading: The model's reading of the text by the measure.
        question: The target and the measure.
        twin: The re-initialised model, if there is one.
        true_rows: The outputs.
        others: Another class for each output; None if the model has too few.
    """
    rows = [true.row for true in true_rows]
    found = {"scores": reading.rows(rows), "twin": None, "other": None}
    model = reading.model
    if twin is not None:
        target = targets_for(
            model, len(reading), rows, [class_or_pair(reading, row) for row in rows]
        )
        asked = dataclasses.replace(question, target=target)
        found["twin"] = Reading(twin, reading.facet.tokens.text, asked).rows(rows)
    if all(other is not None for other in others):
        target = targets_for(model, len(reading), rows, others)
        asked = dataclasses.replace(question, target=target)
        found["other"] = reading.explaining(asked).rows(rows)
    return [
        {
            name: np.zeros(0) if every is None else every[n, true.places].astype(np.float64)
            for name, every in found.items()
        }
        for n, true in enumerate(true_rows)
    ]

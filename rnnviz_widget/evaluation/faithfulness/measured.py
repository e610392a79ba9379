"""What a measure says of some outputs, and how it fares when the inputs that it names are gone."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnviz_widget.engines import ClassOrPair
from rnnviz_widget.engines.explained import classes_of
from rnnviz_widget.models import TOP, CheckedTarget, Contrast, One, SequenceModel
from rnnviz_widget.reading import Question, Reading

from .formulas import infidelity
from .truth import Curve, RowRerun, RowTruth

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RowMeasured:
    """What a measure says of one output, and how it fares.

    Attributes:
        scores: Of each input that can be exchanged, (N,).
        twin: The same of the model with its weights made anew; empty where there is none.
        other: The same with another class explained, drawn at random; empty where there is none.
        curve: What is left of the probability without its strongest inputs, and with these alone.
        infidelity: See `formulas.infidelity`, scaled.
        unexplained: That as a share of what it would be of scores of zero: 0 is best, 1 worst.
    """

    scores: Floats
    twin: Floats
    other: Floats
    curve: Curve
    infidelity: float
    unexplained: float


def strongest_first(scores: Floats, orders: Integers, *, signed: bool) -> Integers:
    """The inputs that speak most for what is explained first.

    Of a signed measure the largest scores come first and those that speak against it last; of any
    other the largest come first. Equal ones come in random order.

    Args:
        scores: Shape (N,).
        orders: Random orders of N inputs; the first decides between equal scores.
        signed: Whether the measure has a sign.
    """
    sizes = scores if signed else abs(scores)
    found: Integers = orders[0][np.argsort(-sizes[orders[0]], kind="stable")]
    return found


def measure_row(
    rerun: RowRerun,
    truth: RowTruth,
    scores: Mapping[str, Floats],
    *,
    signed: bool,
) -> RowMeasured:
    """Hold the scores of an output against what really happens.

    Args:
        rerun: Reruns of the output.
        truth: What really happens.
        scores: By name as in `RowMeasured`: "scores", "twin" and "other", each (N,) or empty.
        signed: Whether the measure has a sign.
    """
    found, plan = scores["scores"], rerun.plan
    order = strongest_first(found, plan.orders, signed=signed)
    ranks = plan.orders.argsort(axis=1)
    firsts = np.array([[each < k for k in rerun.steps] for each in ranks], bool)
    exchanged = np.stack([firsts, ~firsts], axis=2).reshape(-1, len(plan.places))
    falls = truth.falls.reshape(-1)
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
    truths: Sequence[RowTruth],
    others: Sequence[ClassOrPair | None],
) -> list[dict[str, Floats]]:
    """What a measure says of outputs of a text: as it is, of the twin, and of other classes.

    Args:
        reading: The model's reading of the text, with what is explained, by the measure.
        question: What the model was asked.
        twin: The model with its weights made anew; None: there is none.
        truths: The outputs.
        others: The other class of each; None: there is none.
    """
    rows = [truth.row for truth in truths]
    found = {"scores": reading.rows(rows), "twin": None, "other": None}
    model = reading.model
    if twin is not None:
        target = _listed(model, len(reading), rows, [class_or_pair(reading, row) for row in rows])
        asked = dataclasses.replace(question, target=target)
        found["twin"] = Reading(twin, reading.facet.tokens.text, asked).rows(rows)
    if all(other is not None for other in others):
        target = _listed(model, len(reading), rows, others)
        asked = dataclasses.replace(question, target=target)
        found["other"] = reading.explaining(asked).rows(rows)
    return [
        {
            name: np.zeros(0) if every is None else every[n, truth.places].astype(np.float64)
            for name, every in found.items()
        }
        for n, truth in enumerate(truths)
    ]


def class_or_pair(reading: Reading, row: int) -> ClassOrPair:
    """The class that is explained at an output, or the two that are compared."""
    one, other = classes_of(reading.explained[row])
    return one if other is None else (one, other)


def _listed(
    model: SequenceModel, outputs: int, rows: Sequence[int], explained: Sequence[ClassOrPair | None]
) -> CheckedTarget:
    """A list of targets: what is explained at some outputs, elsewhere the top prediction."""
    targets: list[One] = [TOP] * outputs
    if model.unit is not None:
        return targets
    for row, k in zip(rows, explained, strict=True):
        assert k is not None
        pair = [model.outputs[each] for each in (k if isinstance(k, tuple) else (k,))]
        targets[row] = Contrast(*pair) if isinstance(k, tuple) else pair[0]
    if model.network.capabilities.one_output:
        targets = [targets[rows[0]]] * outputs
    return targets


def other_class(
    generator: np.random.Generator, explained: ClassOrPair, classes: int
) -> ClassOrPair | None:
    """Another class, or pair of classes, drawn at random; None: there are too few."""
    if isinstance(explained, tuple):
        left = [k for k in range(classes) if k not in explained]
        if len(left) < 2:
            return None
        one, other = generator.choice(left, 2, replace=False).tolist()
        return one, other
    if classes < 2:
        return None
    k = int(generator.integers(classes - 1))
    return k + (k >= explained)

"""Random other classes, and lists of targets that explain given classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnviz_widget.engines import ClassOrPair
from rnnviz_widget.engines.explained import classes_of
from rnnviz_widget.models import TOP, CheckedTarget, Contrast, One, SequenceModel

from .reading import Reading


def class_or_pair(reading: Reading, row: int) -> ClassOrPair:
    """The class that is explained at an output, or the two that are compared."""
    one, other = classes_of(reading.explained[row])
    return one if other is None else (one, other)


def targets_for(
    model: SequenceModel, outputs: int, rows: Sequence[int], explained: Sequence[ClassOrPair | None]
) -> CheckedTarget:
    """Make a list of targets that explains these classes, and the top prediction elsewhere."""
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
    """Draw another class, or another pair of classes; None if there are too few."""
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

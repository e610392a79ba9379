"""Which units tell a property of the text, such as the end of a word: the area under the ROC curve.

The AUC of a unit for a property is the probability that its state is higher at a step that has the
property than at one that does not, each drawn at random, equal states counting one half:

    AUC = (number of pairs in which it is higher + equal pairs / 2) / number of pairs.

0.5: the unit tells nothing; 1: it is always higher; 0: always lower, which tells as much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnviz_widget.evaluation import Estimate
from rnnviz_widget.reading.rank_correlation import ranks

from .character_properties import Truth
from .on_bits import Side
from .text_states import Integers, Numbers, Table, TextStates, text_at

# The 0.975 quantile of the normal distribution.
_Z = 1.959963984540054


@dataclass(frozen=True)
class UnitMeaning:
    """How well one unit tells one property.

    Attributes:
        name: The property.
        unit: The unit.
        side: Whether it is high or low where the property holds.
        auc: The AUC for that side (1 - AUC for "low"), with its 95 % interval.
        chosen_by: The same on the texts by which the unit was chosen.
        share: At which share of the steps the property holds.
    """

    name: str
    unit: int
    side: Side
    auc: Estimate
    chosen_by: float
    share: float


@dataclass(frozen=True, eq=False)
class UnitMeanings:
    """The units that tell properties best.

    Attributes:
        best: For each property some units, the best first.
        without: Properties that hold nowhere or everywhere, in one of the two halves of the texts.
        halves: Whether the units were chosen by other texts than the AUC is measured on.
    """

    best: tuple[UnitMeaning, ...]
    without: tuple[str, ...]
    halves: bool

    def __repr__(self) -> str:
        said = [f"{m.name}: unit {m.unit} {m.side} {m.auc.value:.3f}" for m in self.best[:8]]
        more = ", ..." if len(self.best) > 8 else ""
        return f"UnitMeanings({', '.join(said)}{more})"

    def table(self) -> Table:
        """A row for each property and unit."""
        return [
            {
                "property": each.name,
                "unit": each.unit,
                "side": each.side,
                "auc": each.auc.value,
                "low": each.auc.low,
                "high": each.auc.high,
                "steps": each.auc.positions,
                "share": each.share,
            }
            for each in self.best
        ]


def unit_aucs(texts: TextStates, truth: npt.NDArray[np.bool_]) -> Numbers:
    """The AUC of each unit for properties.

    Args:
        texts: The states.
        truth: Whether each of K properties holds at each step, (K, T).

    Returns:
        Shape (K, H); NaN for a property that holds nowhere or everywhere.

    Raises:
        ValueError: If there is not one truth value for each step.
    """
    holds = _checked(truth, texts.steps)
    weights = holds.astype(np.float64)
    with_it = weights.sum(axis=1)
    pairs = with_it * (texts.steps - with_it)
    found = np.empty((len(holds), texts.units))
    for unit in range(texts.units):
        above = weights @ ranks(texts.states[:, unit]) - with_it * (with_it + 1) / 2
        found[:, unit] = np.divide(above, pairs, out=np.full_like(pairs, np.nan), where=pairs > 0)
    return found


def _checked(truth: npt.NDArray[np.bool_], steps: int) -> npt.NDArray[np.bool_]:
    """Properties as a matrix, (K, T).

    Raises:
        ValueError: If there is not one truth value for each step.
    """
    holds = np.atleast_2d(truth)
    if holds.dtype != bool or holds.ndim != 2 or holds.shape[1] != steps:
        raise ValueError(
            f"a property must be true or false at each of the {steps:,} steps; got {holds.dtype} "
            f"of the shape {np.shape(truth)}"
        )
    return holds


def auc_estimate(values: Numbers, truth: Truth, text: Integers) -> Estimate:
    """The AUC of one unit for one property, with an interval over texts.

    With v the share of the steps without the property that a step with it is above (equal ones
    half), and w the share of the steps with it that one without it is below: a_i and b_i are the
    sums of v - AUC and w - AUC in text i, m and n the numbers of steps with and without, and I the
    number of texts that have some (I_1 of those with it, I_0 of those without):

        var = I_1 / (I_1 - 1) sum a_i^2 / m^2 + I_0 / (I_0 - 1) sum b_i^2 / n^2
              + 2 I / (I - 1) sum a_i b_i / (m n).

    Steps of one text are not independent, texts are. With one step a text this is DeLong's
    variance. The interval is normal in log(AUC / (1 - AUC)).

    Source: Obuchowski, "Nonparametric analysis of clustered ROC curve data", 1997; DeLong, DeLong
    and Clarke-Pearson, 1988.

    Args:
        values: The unit's state at each step, (T,).
        truth: Whether the property holds, (T,).
        text: The number of each step's text, (T,).

    Returns:
        The AUC; NaN if the property holds nowhere or everywhere. The ends of its interval are NaN
        if fewer than two texts have steps of either kind, or it is 0 or 1, where nothing varies.
    """
    one, other = values[truth], values[~truth]
    m, n = len(one), len(other)
    if not m or not n:
        return Estimate(np.nan, np.nan, np.nan, m + n)
    v = _share_below(one, other)
    w = 1 - _share_below(other, one)
    auc = float(v.mean())
    count = int(text.max()) + 1
    a = np.bincount(text[truth], v - auc, count)
    b = np.bincount(text[~truth], w - auc, count)
    with_it, without = (np.bincount(text[t], minlength=count) > 0 for t in (truth, ~truth))
    texts = [int(t.sum()) for t in (with_it, without, with_it | without)]
    if min(texts) < 2 or not 0 < auc < 1:
        return Estimate(auc, np.nan, np.nan, m + n)
    scale = [k / (k - 1) for k in texts]
    parts = (a @ a / m**2, b @ b / n**2, 2 * (a @ b) / (m * n))
    variance = max(0.0, sum(s * p for s, p in zip(scale, parts, strict=True)))
    reach = _Z * np.sqrt(variance) / (auc * (1 - auc))
    centre = np.log(auc / (1 - auc))
    low, high = (float(1 / (1 + np.exp(-(centre + by)))) for by in (-reach, reach))
    return Estimate(auc, low, high, m + n)


def _share_below(values: Numbers, others: Numbers) -> Numbers:
    """The share of the others that each value is above, equal ones half."""
    ordered = np.sort(others)
    below = np.searchsorted(ordered, values, side="left")
    found: Numbers = (below + np.searchsorted(ordered, values, side="right")) / (2 * len(others))
    return found


def best_units(
    texts: TextStates, properties: Mapping[str, Truth], *, each: int = 3
) -> UnitMeanings:
    """Find the units that tell properties best, and how well they do on other texts.

    Of hundreds of units one looks good by chance. So the units are chosen by every second text (0,
    2, ...), and their AUC is that of the texts between (1, 3, ...). Of a single text both are the
    same, and there is no interval.

    Args:
        texts: The states.
        properties: Properties by name, true or false at each step, (T,).
        each: How many units for each property.

    Raises:
        ValueError: If there is no property, not one truth value for each step, or `each` is below
            1.
    """
    if each < 1:
        raise ValueError(f"each must be at least 1 unit; got {each}")
    if not properties:
        raise ValueError("there are no properties; give at least one, such as those of PROPERTIES")
    every = {name: _checked(truth, texts.steps)[0] for name, truth in properties.items()}
    truth = np.stack(list(every.values()))
    text = text_at(texts.starts, np.arange(texts.steps))
    halves = len(texts) > 1
    choosing = text % 2 == 0
    measured = ~choosing if halves else choosing
    half = TextStates(texts.states[choosing], np.array([0, int(choosing.sum())]))
    aucs = unit_aucs(half, truth[:, choosing])
    best, without = [], []
    for name, holds, chosen_by in zip(every, truth, aucs, strict=True):
        share = float(holds[measured].mean())
        if np.isnan(chosen_by[0]) or share in {0.0, 1.0}:
            without.append(name)
            continue
        for unit in np.argsort(-np.abs(chosen_by - 0.5), kind="stable")[:each].tolist():
            side: Side = "high" if chosen_by[unit] >= 0.5 else "low"
            values = texts.states[measured, unit] * (1 if side == "high" else -1)
            auc = auc_estimate(values, holds[measured], text[measured])
            by = float(max(chosen_by[unit], 1 - chosen_by[unit]))
            best.append(UnitMeaning(name, unit, side, auc, by, share))
    return UnitMeanings(tuple(best), tuple(without), halves)

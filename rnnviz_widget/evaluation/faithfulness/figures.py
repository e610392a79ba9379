"""The result of a check: figures of how far a measure tells what a model really does."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnviz_widget.evaluation.estimate import Estimate, estimate

from .figures_as_dict import figures_as_dict
from .formulas import aopc
from .record import TextCheck
from .row_figures import (
    Baseline,
    Floats,
    Order,
    Row,
    What,
    falls_of,
    gain_of,
    is_worse_than_nearest,
    over_expected,
    racu_of,
    spearman_of_known,
    sums_of,
)

STRONGEST = 8
"""For how many of an output's strongest inputs signs are compared by default."""


@dataclass(frozen=True, eq=False)
class Check:
    """How far a measure tells what a model really does, with intervals over texts.

    Every figure is an `Estimate`: a mean over the outputs that were checked, its 95 % interval from
    resampling the texts, and how many outputs (of signs: inputs) were counted. An input's *true
    effect* is the expected change of what is explained when the input is drawn by its frequency
    instead: of the log-probability of a class, or of the difference of those of two that are
    compared. Its *size* is the root of the mean square of that change.

    Attributes:
        name: The model's name.
        measure: The measure's name.
        signed: Whether it has a sign.
        target: What was explained.
        of: Which number of it the measure explains.
        steps: How many inputs were exchanged, k.
        replacements: What stood in an exchanged input's place, in words.
        texts: What each text adds.
        notes: What a reader should know, in words.
    """

    name: str
    measure: str
    signed: bool
    target: str
    of: str
    steps: Sequence[int]
    replacements: str
    texts: Sequence[TextCheck]
    notes: Sequence[str] = ()

    def __repr__(self) -> str:
        gain = self.gain()
        found = (
            f"Check({self.name!r}, {self.measure!r}, {len(self.texts)} texts, over nearest-first "
            f"{gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})"
        )
        if self.signed:
            found += f", sign {self.sign_agreement().value:.0%}"
        return found + f", rank {self.rank_agreement().value:.2f})"

    def comprehensiveness(self, k: int, order: Order = "measure") -> Estimate:
        """Mean of p(x) - p(x without its k strongest inputs), which are drawn by their frequency.

        p is the probability of the class that is explained; of two that are compared, that of the
        first if it is one of the two; of a model of one number, that number. With fewer than k
        inputs all are exchanged. Source: DeYoung et al., "ERASER", 2020.

        Args:
            k: One of `steps`.
            order: "measure", or what it is compared with: "nearest" to the output first, "random".

        Raises:
            ValueError: If `k` or `order` was not checked.
        """
        at = self._step(k)
        return self._mean(lambda row: float(falls_of(row, order, "comprehensiveness")[at]))

    def sufficiency(self, k: int, order: Order = "measure") -> Estimate:
        """Mean of p(x) - p(x with all but its k strongest inputs exchanged); small is good.

        See `comprehensiveness`.
        """
        at = self._step(k)
        return self._mean(lambda row: float(falls_of(row, order, "sufficiency")[at]))

    def aopc(self, order: Order = "measure", what: What = "comprehensiveness") -> Estimate:
        """The area over the perturbation curve: the mean of either over all `steps`.

        Random orders are easily beaten where near inputs are strong: compare with "nearest".
        """
        return self._mean(lambda row: float(aopc(falls_of(row, order, what))))

    def gain(self, over: Baseline = "nearest", what: What = "comprehensiveness") -> Estimate:
        """By how much the measure's AOPC is better than that of another order, paired.

        Above 0: the inputs that the measure names matter more than the nearest (or random) ones.
        """
        return self._mean(lambda row: gain_of(row, over, what))

    def worse_than_nearest(self) -> Estimate:
        """The share of outputs whose row does worse than nearest-first.

        That is so where the gains in comprehensiveness and in sufficiency (see `gain`) add up to
        less than 0: such a row tells less than a list of the last characters would.
        """
        return self._mean(is_worse_than_nearest)

    def racu(self, order: Order = "measure") -> Estimate:
        """The relative area between the curve of an order and that of random orders.

        Over the share of inputs that is exchanged; see `formulas.racu_parts`. 0: no better than
        random; below 0: worse. Compare with that of "nearest". Source: Madsen et al. 2022, but the
        model is not retrained.
        """
        parts = [[racu_of(row, self.steps, order) for row in rows] for rows in self._rows()]
        sums = np.array([np.sum(rows, axis=0) if rows else np.zeros(2) for rows in parts])
        found = estimate(sums[:, 0], sums[:, 1])
        return Estimate(found.value, found.low, found.high, sum(map(len, parts)))

    def sign_agreement(self, strongest: int = STRONGEST) -> Estimate:
        """How often the sign of a score is that of the true effect, of each row's strongest inputs.

        Args:
            strongest: So many of each output's inputs, by the size of their scores.

        Raises:
            ValueError: If the measure has no sign.
        """
        signs = self._signs(strongest)
        return estimate(*sums_of([[a == b for a, b in text] for text in signs]))

    def commoner_sign(self, strongest: int = STRONGEST) -> Estimate:
        """How often the same would be right with always the commoner sign: what is to be beaten."""
        signs = self._signs(strongest)
        return estimate(*sums_of([[b == self._commoner(signs) for _, b in text] for text in signs]))

    def sign_gain(self, strongest: int = STRONGEST) -> Estimate:
        """By how much the agreement of signs exceeds always the commoner sign, paired."""
        signs = self._signs(strongest)
        common = self._commoner(signs)
        return estimate(
            *sums_of([[float(a == b) - float(b == common) for a, b in text] for text in signs])
        )

    def rank_agreement(self, *, per_lag: bool = False) -> Estimate:
        """Spearman between the sizes of scores and the sizes of true effects, mean over rows.

        Args:
            per_lag: Whether both are first divided by what is expected at that lag: the mean share
                of an input so far away, over all rows that were checked. What is left is not due to
                near inputs being strong. Lags that fewer than 8 rows have are left out.
        """
        return self._correlation(lambda r: abs(r[1].scores), lambda r: r[0].size, per_lag=per_lag)

    def nearness_agreement(self) -> Estimate:
        """The same of mere nearness: what `rank_agreement` must beat to say more than that."""
        return self._correlation(
            lambda r: -r[0].lags.astype(np.float64), lambda r: r[0].size, per_lag=False
        )

    def effect_agreement(self) -> Estimate:
        """Spearman between scores and true effects, both with their signs, mean over rows.

        Raises:
            ValueError: If the measure has no sign.
        """
        self._check_signed()
        return self._correlation(lambda r: r[1].scores, lambda r: r[0].effect, per_lag=False)

    def twin_correlation(self, *, per_lag: bool = False) -> Estimate:
        """Spearman between sizes of scores and those of a twin with its weights made anew.

        Near 1: the picture is not of what the model has learnt (Adebayo et al., "Sanity checks for
        saliency maps", 2018: weight randomisation). See `rank_agreement` for `per_lag`.
        """
        return self._correlation(
            lambda r: abs(r[1].scores), lambda r: abs(r[1].twin), per_lag=per_lag
        )

    def class_correlation(self, *, per_lag: bool = False) -> Estimate:
        """Spearman between sizes of scores and those of a random other class, or pair of classes.

        Near 1: the picture is not of the class that is explained (Sixt et al., "When explanations
        lie", 2020: random logit). See `rank_agreement` for `per_lag`.
        """
        return self._correlation(
            lambda r: abs(r[1].scores), lambda r: abs(r[1].other), per_lag=per_lag
        )

    def infidelity(self) -> Estimate:
        """How badly sums of scores tell what exchanges did, in squared nats; 0 is best.

        Of random sets of inputs, with scores scaled as fits each row best; see
        `formulas.infidelity`. Source: Yeh et al. 2019.
        """
        return self._mean(lambda row: row[1].infidelity)

    def unexplained(self) -> Estimate:
        """Infidelity as a share of what it would be if all scores were zero: 0 best, 1 worst."""
        return self._mean(lambda row: row[1].unexplained)

    def as_dict(self) -> dict[str, Any]:
        """All figures, ready for JSON."""
        return figures_as_dict(self)

    def _rows(self) -> list[list[Row]]:
        return [
            list(zip(text.rows, text.measured[self.measure], strict=True)) for text in self.texts
        ]

    def _step(self, k: int) -> int:
        if k not in self.steps:
            raise ValueError(f"k must be one of {', '.join(map(str, self.steps))}; got {k!r}")
        return list(self.steps).index(k)

    def _mean(self, figure: Callable[[Row], float]) -> Estimate:
        return estimate(*sums_of([[figure(row) for row in rows] for rows in self._rows()]))

    def _correlation(
        self, one: Callable[[Row], Floats], other: Callable[[Row], Floats], *, per_lag: bool
    ) -> Estimate:
        every = self._rows()
        rows = [row for text in every for row in text]
        a, b = ([sided(row) for row in rows] for sided in (one, other))
        some = [
            len(x) == len(y) == len(row[0].places) for x, y, row in zip(a, b, rows, strict=True)
        ]
        if per_lag:
            lags = [row[0].lags for row in rows]
            a, b = (over_expected(values, lags) for values in (a, b))
        found = iter(
            spearman_of_known(x, y) if known else math.nan
            for x, y, known in zip(a, b, some, strict=True)
        )
        return estimate(*sums_of([[next(found) for _ in text] for text in every]))

    def _check_signed(self) -> None:
        if not self.signed:
            raise ValueError(
                f'{self.measure} has no sign to check: use a signed measure, as measure="occlusion"'
            )

    def _signs(self, strongest: int) -> list[list[tuple[float, float]]]:
        """Signs of scores and of true effects, text by text; inputs without either are left out."""
        self._check_signed()
        found = []
        for rows in self._rows():
            pairs = []
            for true, measured in rows:
                some = np.argsort(-abs(measured.scores), kind="stable")[:strongest]
                signs = np.sign(measured.scores[some]), np.sign(true.effect[some])
                pairs += [(a, b) for a, b in zip(*signs, strict=True) if a and b]
            found.append(pairs)
        return found

    @staticmethod
    def _commoner(signs: Sequence[Sequence[tuple[float, float]]]) -> float:
        return 1.0 if sum(b for text in signs for _, b in text) >= 0 else -1.0

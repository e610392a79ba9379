"""The result of a check: figures that compare a measure with reruns of the model."""

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
"""The default number of strongest inputs of an output whose signs are compared."""


@dataclass(frozen=True, eq=False)
class Check:
    """Figures that compare a measure with the effects of exchanging inputs and rerunning the model.

    Every figure is an `Estimate`: a mean over the checked outputs, its 95 % interval from
    resampling the texts, and the number of outputs (for signs: of inputs). The *true effect* of an
    input is the expected change of the explained number when the input is replaced by a symbol
    drawn by frequency. The explained number is the log probability of the class, or the difference
    of the log probabilities of two compared classes. The *size* of the effect is the root of the
    mean square of that change.

    Attributes:
        name: The model's name.
        measure: The measure's name.
        signed: Whether the measure has a sign.
        target: The target.
        of: The number of the target that the measure explains; see `rv.connectivity`.
        steps: The numbers k of inputs that were exchanged together.
        replacements: What replaced an exchanged input, in words.
        texts: The checks of the texts.
        notes: Notes for the reader.
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
            found += f", sign {100 * self.sign_agreement().value:.0f} %"
        return found + f", rank {self.rank_agreement().value:.2f})"

    def comprehensiveness(self, k: int, order: Order = "measure") -> Estimate:
        """Mean of p(x) - p(x with the k strongest inputs exchanged). Large is good.

        p is the probability of the explained class. For two compared classes it is the probability
        of the first, given that it is one of the two; for a model of one number it is that number.
        An output with fewer than k inputs has all of them exchanged. Source: DeYoung et al.,
        "ERASER", 2020.

        Args:
            k: One of `steps`.
            order: "measure", or a baseline: "nearest" (nearest inputs first) or "random".

        Raises:
            ValueError: If `k` or `order` was not checked.
        """
        at = self._step(k)
        return self._mean(lambda row: float(falls_of(row, order, "comprehensiveness")[at]))

    def sufficiency(self, k: int, order: Order = "measure") -> Estimate:
        """Mean of p(x) - p(x with all inputs except the k strongest exchanged). Small is good.

        See `comprehensiveness`.
        """
        at = self._step(k)
        return self._mean(lambda row: float(falls_of(row, order, "sufficiency")[at]))

    def aopc(self, order: Order = "measure", what: What = "comprehensiveness") -> Estimate:
        """The area over the perturbation curve: the mean over all `steps`.

        If near inputs are strong, any order that prefers them beats "random": compare with
        "nearest".

        Args:
            order: See `comprehensiveness`.
            what: "comprehensiveness" or "sufficiency".
        """
        return self._mean(lambda row: float(aopc(falls_of(row, order, what))))

    def gain(self, over: Baseline = "nearest", what: What = "comprehensiveness") -> Estimate:
        """By how much the AOPC of the measure is better than that of a baseline; paired interval.

        Above 0: the inputs that the measure ranks first matter more than the nearest inputs, or
        than random ones.

        Args:
            over: "nearest" or "random".
            what: "comprehensiveness" or "sufficiency".
        """
        return self._mean(lambda row: gain_of(row, over, what))

    def worse_than_nearest(self) -> Estimate:
        """The share of outputs whose row is worse than the order "nearest first".

        A row is worse if its gains in comprehensiveness and in sufficiency (see `gain`) add up to
        less than 0. Such a row is less informative than a list of the last characters.
        """
        return self._mean(is_worse_than_nearest)

    def racu(self, order: Order = "measure") -> Estimate:
        """The relative area between the curve of an order and that of random orders (RACU).

        The curves are over the share of inputs that are exchanged; see `formulas.racu_parts`.
        0 means as good as random, below 0 worse. Compare with `racu("nearest")`. Source: Madsen et
        al. 2022, but without retraining the model.

        Args:
            order: See `comprehensiveness`.
        """
        parts = [[racu_of(row, self.steps, order) for row in rows] for rows in self._rows()]
        sums = np.array([np.sum(rows, axis=0) if rows else np.zeros(2) for rows in parts])
        found = estimate(sums[:, 0], sums[:, 1])
        return Estimate(found.value, found.low, found.high, sum(map(len, parts)))

    def sign_agreement(self, strongest: int = STRONGEST) -> Estimate:
        """The share of inputs whose score has the sign of their true effect.

        Args:
            strongest: The number of inputs of each output: those with the largest scores by size.

        Raises:
            ValueError: If the measure has no sign.
        """
        signs = self._signs(strongest)
        return estimate(*sums_of([[a == b for a, b in text] for text in signs]))

    def commoner_sign(self, strongest: int = STRONGEST) -> Estimate:
        """The share of the same inputs that have the commoner sign: a baseline."""
        signs = self._signs(strongest)
        return estimate(*sums_of([[b == self._commoner(signs) for _, b in text] for text in signs]))

    def sign_gain(self, strongest: int = STRONGEST) -> Estimate:
        """`sign_agreement` minus `commoner_sign`, with a paired interval."""
        signs = self._signs(strongest)
        common = self._commoner(signs)
        return estimate(
            *sums_of([[float(a == b) - float(b == common) for a, b in text] for text in signs])
        )

    def rank_agreement(self, *, per_lag: bool = False) -> Estimate:
        """Spearman's correlation of scores and true effects, both by size; mean over rows.

        Args:
            per_lag: Whether both are divided by what is expected at their lag: the mean share, over
                all checked rows, of inputs at the same distance. This removes what is only due to
                near inputs being strong. Inputs at lags of fewer than 8 rows are left out.
        """
        return self._correlation(lambda r: abs(r[1].scores), lambda r: r[0].size, per_lag=per_lag)

    def nearness_agreement(self) -> Estimate:
        """Spearman's correlation of nearness and the size of true effects: a baseline."""
        return self._correlation(
            lambda r: -r[0].lags.astype(np.float64), lambda r: r[0].size, per_lag=False
        )

    def effect_agreement(self) -> Estimate:
        """Spearman's correlation of scores and true effects with their signs; mean over rows.

        Raises:
            ValueError: If the measure has no sign.
        """
        self._check_signed()
        return self._correlation(lambda r: r[1].scores, lambda r: r[0].effect, per_lag=False)

    def twin_correlation(self, *, per_lag: bool = False) -> Estimate:
        """Spearman's correlation of a row and the same row of the re-initialised model, by size.

        Near 1, the picture does not depend on what the model has learnt. Source: Adebayo et al.,
        "Sanity checks for saliency maps", 2018 (weight randomisation).

        Args:
            per_lag: See `rank_agreement`.
        """
        return self._correlation(
            lambda r: abs(r[1].scores), lambda r: abs(r[1].twin), per_lag=per_lag
        )

    def class_correlation(self, *, per_lag: bool = False) -> Estimate:
        """Spearman's correlation of a row and the row of a random other class, or pair, by size.

        Near 1, the picture does not depend on the class. Source: Sixt et al., "When explanations
        lie", 2020 (random logit).

        Args:
            per_lag: See `rank_agreement`.
        """
        return self._correlation(
            lambda r: abs(r[1].scores), lambda r: abs(r[1].other), per_lag=per_lag
        )

    def infidelity(self) -> Estimate:
        """How far sums of scores are from the effects of exchanging random sets of inputs.

        In squared nats; 0 is best. Scores are scaled as fits each row best, see
        `formulas.infidelity`. Source: Yeh et al. 2019.
        """
        return self._mean(lambda row: row[1].infidelity)

    def unexplained(self) -> Estimate:
        """Infidelity as a share of the infidelity of scores of zero: 0 is best, 1 worst."""
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
        """The signs of scores and true effects by text; inputs where one is 0 are left out."""
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

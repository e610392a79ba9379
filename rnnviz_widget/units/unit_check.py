"""`UnitCheck`: what was found out about a recurrent or arithmetic unit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from rnnviz_widget.evaluation.estimate import Estimate

from .parameters import ParameterFigures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FindingKind = Literal[
    "vanishing",
    "exploding",
    "overflow",
    "no gradient",
    "kept",
    "dead",
    "zero mean",
    "saturated",
    "variance",
]


@dataclass(frozen=True)
class Moments:
    """The mean and the variance of a state, an output, a weight or a gate.

    Attributes:
        name: Of what.
        mean: Its mean, over draws of the weights.
        variance: Its variance.
        expected_mean: The mean that is predicted; None: nothing is.
        expected_variance: The variance that is predicted.
        rule: By which rule, in words; "" if nothing is.
    """

    name: str
    mean: Estimate
    variance: Estimate
    expected_mean: float | None = None
    expected_variance: float | None = None
    rule: str = ""


@dataclass(frozen=True)
class GateFigures:
    """What a gate does: its moments, and how often it is at an end.

    Attributes:
        moments: Its moments.
        function: The function that makes it: "sigmoid", "tanh", "relu", ...
        low: The share of values below 0.1 (tanh: below -0.9; relu: 0).
        high: The share of values above 0.9.
        stuck: The share of units that are at one end all the time.
    """

    moments: Moments
    function: str
    low: Estimate
    high: Estimate
    stuck: Estimate


@dataclass(frozen=True)
class TriedChange:
    """A change that was made to the unit's first weights, and what it did.

    Attributes:
        change: What was changed, in words.
        before: The memory length before, in steps.
        after: The memory length with it.
        exponents: The exponents before and with it.
        expected: The memory length that mean-field theory predicts with it; None: nothing.
    """

    change: str
    before: Estimate
    after: Estimate
    exponents: tuple[Estimate, Estimate]
    expected: float | None = None


@dataclass(frozen=True)
class Finding:
    """Something that a reader should know.

    Attributes:
        kind: What it is about.
        words: A sentence or two, with a recommendation where there is one.
    """

    kind: FindingKind
    words: str


@dataclass(frozen=True, eq=False, repr=False)
class UnitCheck:
    """What was found out about a unit; printing it shows the tables.

    Every `Estimate` has a 95 % interval from resampling draws of the weights or, on data, the
    places of the text that gradients were taken back from.

    Attributes:
        name: The unit.
        call: How it was called.
        drawn: What was drawn, in words.
        norms: ``||dh_T/dh_(T-k)||_F / sqrt(n)`` at the lags k = 0, 1, ..., with h the whole state,
            n numbers: the geometric mean. Empty for feed-forward units.
        exponent: The largest Lyapunov exponent, in nats per step: the slope of the logarithm of the
            norm over the later half of the lags. None for feed-forward units.
        expected_exponent: What mean-field theory predicts of it; None: nothing.
        memory: -1/exponent: the steps in which a gradient falls by a factor of e; infinite if it
            does not. None likewise.
        forward: Of a feed-forward unit: Var z / Var x.
        backward: Of a feed-forward unit: ``||dz/dx||_F^2 / D``, the variance of the gradient at the
            inputs if that at the outputs is 1.
        moments: Of states, outputs and weights.
        gates: What gates do.
        parameters: Variances of the parameters, and the gradients that reach them.
        changes: Changes of the first weights that were tried.
        findings: What a reader should know, most important first.
        notes: Notes on how the unit was checked.
    """

    name: str
    call: str
    drawn: str
    norms: Sequence[Estimate]
    exponent: Estimate | None
    expected_exponent: float | None
    memory: Estimate | None
    forward: Estimate | None
    backward: Estimate | None
    moments: Sequence[Moments]
    gates: Sequence[GateFigures]
    parameters: Sequence[ParameterFigures]
    changes: Sequence[TriedChange]
    findings: Sequence[Finding]
    notes: Sequence[str]

    def found(self, kind: FindingKind) -> list[str]:
        """The words of all findings of a kind; [] if there are none."""
        return [finding.words for finding in self.findings if finding.kind == kind]

    def parameter(self, name: str) -> ParameterFigures:
        """The figures of a parameter.

        Raises:
            KeyError: If there is none of that name.
        """
        for each in self.parameters:
            if each.name == name:
                return each
        raise KeyError(f"{name!r}: there are {', '.join(each.name for each in self.parameters)}")

    def table(self) -> dict[str, list[Any]]:
        """All figures as columns, for instance for `pandas.DataFrame`.

        `figure` names it, `sample`, `low` and `high` are the estimate and its interval, `predicted`
        is what was derived of it (None: nothing), and `rule` how.
        """
        from .tables import figure_rows  # noqa: PLC0415 - which needs this record

        rows = figure_rows(self)
        return {
            "figure": [row.name for row in rows],
            "sample": [row.sample.value for row in rows],
            "low": [row.sample.low for row in rows],
            "high": [row.sample.high for row in rows],
            "predicted": [row.predicted for row in rows],
            "rule": [row.rule for row in rows],
        }

    def __repr__(self) -> str:
        from .tables import as_text  # noqa: PLC0415

        return as_text(self)

    def _repr_html_(self) -> str:
        from .tables import as_html  # noqa: PLC0415

        return as_html(self)

    def plot(self, *, width: float = 6.5, theme: str = "light") -> Figure:
        """Draw the norm by lag with its prediction, and the gates, as a matplotlib figure.

        Of a feed-forward unit the gradients of its parameters are drawn.

        Args:
            width: The width in inches, 2 to 200.
            theme: "light" (a white ground) or "dark".

        Returns:
            A figure that pyplot does not know, so that nothing pops up.

        Raises:
            ImportError: If matplotlib is not installed.
            ValueError: If an argument is out of range.
        """
        from .figure import figure_of  # noqa: PLC0415

        return figure_of(self, width=width, theme=theme)

    def save(self, path: str | os.PathLike[str], *, dpi: float = 200, **look: Any) -> None:
        """Write the figure to a file, completely or not at all, in the format of its suffix.

        Args:
            path: Ends in .png, .svg or .pdf.
            dpi: The dots per inch of a PNG.
            look: The arguments of `plot`.

        Raises:
            ImportError: If matplotlib is not installed.
            OSError: If the file can't be written.
            ValueError: If the path ends in something else, or an argument is out of range.
        """
        from rnnviz_widget.picture.export import save_figure  # noqa: PLC0415

        save_figure(lambda: self.plot(**look), path, dpi=dpi)

"""Figures with intervals, from what was measured of each draw."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from torch import nn

from rnnviz_widget.evaluation.estimate import Estimate
from rnnviz_widget.models.recurrent_module import RecurrentModule

from .along_time import memory_steps
from .arithmetic import AT_MEAN, ExpectedMoments
from .estimates import mapped, over_draws
from .mean_field import MeanField
from .measured import MeanAndSquare, Measured, MeasuredGate, log_norm_means
from .unit_check import Finding, GateFigures, Moments

# Sums that vary more, or lie further out, are outside of what a second-order series is near to.
_WIDE, _FAR = 2.0, 30.0
_Function = Callable[[float], float]
_SECOND: dict[str, _Function] = {
    "sigmoid": lambda s: s * (1 - s) * (1 - 2 * s),
    "tanh": lambda t: -2 * t * (1 - t * t),
}
_SLOPE: dict[str, _Function] = {"sigmoid": lambda s: s * (1 - s), "tanh": lambda t: 1 - t * t}
_VALUE: dict[str, _Function] = {"sigmoid": lambda a: 1 / (1 + math.exp(-a)), "tanh": math.tanh}


def norm_estimates(measured: Sequence[Measured]) -> list[Estimate]:
    """The norm by lag, the geometric mean over draws and sequences."""
    logs = log_norm_means(list(measured))
    return [mapped(over_draws(column), _exponential) for column in logs.T]


def _exponential(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


def exponent_estimate(measured: Sequence[Measured]) -> Estimate:
    """The largest Lyapunov exponent; of draws whose gradients become exactly zero -inf, if most."""
    every = [each.exponent for each in measured if each.exponent is not None]
    alive = [exponent for exponent in every if not math.isinf(exponent) or exponent > 0]
    return over_draws(alive if 2 * len(alive) > len(every) else every)


def memory_estimate(exponent: Estimate) -> Estimate:
    """-1/exponent, with its interval."""
    return mapped(exponent, memory_steps)


def moments_of(
    measured: Sequence[Measured],
    theory: MeanField | None,
    known: Mapping[str, ExpectedMoments],
    module: nn.Module,
) -> list[Moments]:
    """Moments of each tensor of the state, of the output, and of an arithmetic unit's weights."""
    if not measured:
        return []
    found = []
    count = len(measured[0].states)
    for number, name in enumerate(_state_names(module, count)):
        square = None
        if theory is not None and number < len(theory.states):
            square = theory.states[number]
        each = _moments(name, [one.states[number] for one in measured])
        rule = "mean field" if square is not None else ""
        found.append(Moments(each.name, each.mean, each.variance, None, square, rule))
    parts = {"weight": [one.weight for one in measured if one.weight is not None]}
    if not count:
        parts["output"] = [one.output for one in measured]
        parts[AT_MEAN] = [one.at_mean for one in measured if one.at_mean is not None]
    for name, values in parts.items():
        if values:
            found.append(_moments(name, values, known.get(name)))
    return found


def _state_names(module: nn.Module, count: int) -> list[str]:
    if isinstance(module, (nn.LSTM, nn.LSTMCell)) and count == 2:
        return ["h", "c"]
    if isinstance(module, RecurrentModule):
        return list(module.state_names)
    return ["state"] if count == 1 else [f"state {number + 1}" for number in range(count)]


def _moments(
    name: str, values: Sequence[MeanAndSquare], expected: ExpectedMoments | None = None
) -> Moments:
    mean = over_draws([each.mean for each in values])
    # Around the mean over all draws, so that what differs between draws counts.
    variance = over_draws([each.square - mean.value * mean.value for each in values])
    if expected is None:
        return Moments(name, mean, variance)
    return Moments(name, mean, variance, expected.mean, expected.variance, expected.rule)


def gate_figures(
    measured: Sequence[Measured],
    theory: MeanField | None,
    known: Mapping[str, ExpectedMoments] | None,
) -> list[GateFigures]:
    """The figures of each gate, with what is predicted of it; on data (`known` is None) nothing."""
    if not measured:
        return []
    found = []
    for name, first in measured[0].gates.items():
        every = [each.gates[name] for each in measured if name in each.gates]
        expected = None if known is None else known.get(name)
        if theory is not None and name in theory.gates:
            expected = ExpectedMoments(*theory.gates[name], "mean field")
        elif expected is None and known is not None:
            expected = taylor(every)
        found.append(
            GateFigures(
                _moments(name, [each.values for each in every], expected),
                first.function,
                over_draws([each.low for each in every]),
                over_draws([each.high for each in every]),
                over_draws([each.stuck for each in every]),
            )
        )
    return found


def taylor(gates: Sequence[MeasuredGate]) -> ExpectedMoments | None:
    """What a second-order Taylor series says of a gate, from the moments of what it is made of.

    Source: Madsen and Johansen, 2020, appendix. It is near only where a varies little; where its
    variance is above 2 there is no prediction.

    ``E f(a) ~ f(m) + v/2 f''(m)`` and ``Var f(a) ~ v f'(m)^2``, with m and v the mean and the
    variance of a.
    """
    function = gates[0].function
    if function not in _VALUE:
        return None
    mean = sum(gate.sums.mean for gate in gates) / len(gates)
    variance = sum(gate.sums.square for gate in gates) / len(gates) - mean**2
    if not math.isfinite(mean) or abs(mean) > _FAR or not variance <= _WIDE:
        return None
    value = _VALUE[function](mean)
    return ExpectedMoments(
        value + variance / 2 * _SECOND[function](value),
        variance * _SLOPE[function](value) ** 2,
        "Taylor, from sampled sums",
    )


def overflow_findings(measured: Sequence[Measured]) -> list[Finding]:
    """Whether states were infinite or NaN, and when."""
    steps = [each.overflow for each in measured if each.overflow is not None]
    if not steps:
        return []
    return [
        Finding(
            "overflow",
            f"States overflow: in {len(steps)} of {len(measured)} draws a number is infinite or "
            f"NaN, at step {min(steps)} first; what follows is said of the steps before",
        )
    ]

"""What a reader should know of a unit check, in words, with recommendations."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from torch import nn

from rnnviz_widget.evaluation.estimate import Estimate
from rnnviz_widget.models import NAC, NMU, MultiplicativeNAC

from .along_time import memory_steps
from .arithmetic import AT_MEAN, nac_bound_for, nac_weight_variance
from .numbers_in_words import number, steps, with_interval
from .parameters import ParameterFigures
from .unit_check import Finding, GateFigures, Moments, TriedChange

# Along time: what is left of a gradient after all lags; over one layer: of a standard deviation.
_VANISHED, _EXPLODED = 1e-3, 1e3
_SHRINKS, _GROWS = 0.1, 10.0
_STUCK = 0.05
_SATURATED = 0.5
# A variance that differs from Glorot's by less than this factor is not spoken of.
_FAR = 2.0


def along_time_findings(
    norms: Sequence[Estimate],
    exponent: Estimate | None,
    memory: Estimate | None,
    expected: float | None,
    changes: Sequence[TriedChange],
) -> Iterator[Finding]:
    """Whether gradients vanish or explode along time, and what would help."""
    if exponent is None or memory is None or not norms:
        return
    lags, left = len(norms) - 1, norms[-1].value
    if math.isinf(exponent.value) and exponent.value < 0:
        yield Finding(
            "no gradient",
            "No gradient passes from a step to those long before: it becomes exactly zero. The "
            "state is detached or rounded, or no longer read, on the way from one step to the next",
        )
        return
    predicted = critical = ""
    if expected is not None:
        predicted = f"; mean-field theory predicts {steps(memory_steps(expected))}"
        critical = f"; mean-field theory predicts {number(expected)}"
    after = f"after {lags} steps {number(left)} of it is left"
    if left > _EXPLODED:
        yield Finding(
            "exploding",
            f"Gradients explode along time: {after} (exponent {with_interval(exponent)} nats a "
            f"step, where 0 is critical){critical}{_advice(changes)}",
        )
    elif left < _VANISHED:
        yield Finding(
            "vanishing",
            "Gradients vanish along time: they fall by a factor of e in "
            f"{with_interval(memory)} steps, and {after}{predicted}{_advice(changes)}",
        )
    else:
        endless = math.isinf(memory.value)
        length = "without end" if endless else f"{with_interval(memory)} steps"
        yield Finding(
            "kept",
            f"Gradients neither vanish nor explode within {lags} steps: {after}; memory "
            f"{length}{predicted}{_advice(changes)}",
        )


def _advice(changes: Sequence[TriedChange]) -> str:
    return "".join(f". {_change_in_words(change)}" for change in changes)


def _change_in_words(change: TriedChange) -> str:
    what = change.change[0].upper() + change.change[1:]
    before, after = change.before.value, change.after.value
    if math.isinf(before) or math.isinf(after):
        one, other = (exponent.value for exponent in change.exponents)
        return f"{what} brings the exponent from {number(one)} to {number(other)}"
    verb = "lengthens" if after > before else "shortens"
    end = f" (predicted: {number(change.expected)})" if change.expected is not None else ""
    return f"{what} {verb} memory from {number(before)} to {steps(after)}{end}"


def feed_forward_findings(
    module: nn.Module,
    forward: Estimate | None,
    backward: Estimate | None,
    moments: Sequence[Moments],
    input_variance: float,
) -> Iterator[Finding]:
    """Whether a feed-forward unit makes outputs or gradients explode or vanish."""
    if forward is None or backward is None:
        return
    expected = {each.name: each for each in moments}
    output, at_mean = expected.get("output"), expected.get(AT_MEAN)
    predicted = None if output is None else output.expected_variance
    ratio = None if predicted is None or not input_variance else predicted / input_variance
    square = None if at_mean is None or at_mean.expected_mean is None else at_mean.expected_mean**2
    ways = {
        "the variance of its outputs is {} times that of its inputs": forward.value,
        "by prediction the variance of its outputs is {} times that of its inputs": ratio,
        "by prediction the square of its mean output is {} where all inputs are at their mean": (
            square
        ),
        "the variance of gradients grows by {} from its outputs to its inputs": backward.value,
    }
    known = {words: value for words, value in ways.items() if value is not None}
    grows = [w.format(number(v)) for w, v in known.items() if not v <= _GROWS**2]
    shrinks = [w.format(number(v)) for w, v in known.items() if v < _SHRINKS**2 and v != square]
    if grows:
        cure = "; rv.NMU multiplies without logarithms" if _multiplies(module) else ""
        yield Finding("exploding", f"Explodes: {', and '.join(grows)}{cure}")
    elif backward.value == 0:
        yield Finding("no gradient", "No gradient passes from its outputs to its inputs")
    elif shrinks:
        cure = ""
        if isinstance(module, NMU):
            cure = "; fewer inputs help, since each halves the expected product"
        yield Finding("vanishing", f"Vanishes: {', and '.join(shrinks)}{cure}")
    else:
        yield Finding(
            "kept",
            f"Neither explodes nor vanishes: the variance of its outputs is "
            f"{number(forward.value)} times that of its inputs, that of gradients changes by "
            f"{number(backward.value)}",
        )
    if isinstance(module, NAC):
        yield from _nac_variance(module)


def _multiplies(module: nn.Module) -> bool:
    return isinstance(module, MultiplicativeNAC)


def _nac_variance(module: NAC) -> Iterator[Finding]:
    wanted = 2 / (module.in_features + module.out_features)
    own = math.sqrt(3 * wanted)
    bound = nac_bound_for(wanted)
    if bound is not None:
        yield Finding(
            "variance",
            f"Var W is {number(nac_weight_variance(own) / wanted)} of the {number(wanted)} that "
            f"Glorot asks for: weight_hat and mask_hat are drawn from ±{number(own)}, and would "
            f"have to be from ±{number(bound)}",
        )


def parameter_findings(parameters: Sequence[ParameterFigures]) -> Iterator[Finding]:
    """Parameters that no gradient reaches, or whose expected gradient is zero."""
    dead = [each.name for each in parameters if each.dead]
    if dead:
        yield Finding("dead", f"No gradient reaches {_listed(dead)}: exactly zero in every draw")
    partly = [f"{each.name} ({100 * each.zero:.0f} %)" for each in parameters if 0 < each.zero < 1]
    if partly:
        yield Finding("dead", f"No gradient reaches a part of {_listed(partly)}")
    zero_mean = [each for each in parameters if each.zero_mean]
    none = [each.name for each in zero_mean]
    if none:
        derived = all(each.expected == 0 for each in zero_mean)
        reason = ", as is derived" if derived else ""
        yield Finding(
            "zero mean",
            f"The expected gradient of {_listed(none)} is zero{reason}: whatever the loss wants, "
            "where it is pushed depends on how other weights were drawn",
        )


def gate_findings(gates: Sequence[GateFigures]) -> Iterator[Finding]:
    """Gates that are at an end most of the time."""
    for gate in gates:
        name = gate.moments.name
        if gate.function == "relu":
            if gate.stuck.value > _STUCK:
                stuck = 100 * gate.stuck.value
                yield Finding("dead", f"{stuck:.0f} % of the units of {name} are never on")
            continue
        low, high = gate.low.value, gate.high.value
        if max(low, high, low + high) > _SATURATED:
            yield Finding(
                "saturated",
                f"{name} is saturated: {100 * low:.0f} % of its values are at its lower end, "
                f"{100 * high:.0f} % at its upper end, where little gradient passes through it",
            )


def variance_findings(parameters: Sequence[ParameterFigures]) -> Iterator[Finding]:
    """Matrices whose variance is far from what Glorot and He ask for."""
    said = [
        f"{each.name} ({number(each.variance.value / each.glorot)} times)"
        for each in parameters
        if each.glorot and each.he and _is_far(each)
    ]
    if said:
        yield Finding(
            "variance",
            f"The first weights differ in variance from what Glorot asks for, by more than a "
            f"factor of {_FAR:g}: {_listed(said)}",
        )


def _is_far(each: ParameterFigures) -> bool:
    assert each.glorot is not None
    ratio = each.variance.value / each.glorot
    return not 1 / _FAR <= ratio <= _FAR


def _listed(names: Sequence[str], most: int = 6) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")

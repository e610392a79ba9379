"""Checking a unit on data: its own weights, gradients taken back from several places."""

from __future__ import annotations

import dataclasses

from torch import Tensor, nn

from .along_time import UnitRun, run_forward
from .calling import UnitCall
from .check_at_start import DrawSettings
from .estimates import over_draws
from .findings import along_time_findings, gate_findings, parameter_findings
from .measured import FEWEST_LAGS, measure_feed_forward, measure_recurrent
from .parameters import ParameterTotals, parameter_gradients
from .summary import (
    exponent_estimate,
    gate_figures,
    memory_estimate,
    moments_of,
    norm_estimates,
    overflow_findings,
)
from .unit_check import UnitCheck

_PLACES = 8
_FEWEST_STEPS = 2 * FEWEST_LAGS


def check_on_data(
    name: str, call: UnitCall, module: nn.Module, inputs: Tensor, settings: DrawSettings
) -> UnitCheck:
    """Check a unit with its own weights on inputs (T, B, D) or (T, D); see `check_unit`.

    Raises:
        ValueError: If there are fewer than 8 steps.
        FloatingPointError: If it gives NaN or infinity within the first of them.
    """
    x = inputs.unsqueeze(1) if inputs.dim() == 2 else inputs
    recurrent = call.kind != "feed-forward"
    if recurrent and len(x) < _FEWEST_STEPS:
        raise ValueError(
            f"at least {_FEWEST_STEPS} steps are needed to follow gradients along time; got "
            f"{len(x)}"
        )
    parts = 1
    if recurrent:
        run = run_forward(call, module, x)
        usable = len(run.inputs)
        if usable < _FEWEST_STEPS:
            raise FloatingPointError(f"{name} gives NaN or infinity at step {run.overflow} already")
        lags = min(settings.lags, usable // 2)
        parts = min(_PLACES, usable - lags)
        ends = [usable - (usable - lags - 1) * k // max(1, parts) for k in range(parts)]
        measured = [
            measure_recurrent(call, module, _until(run, end), lags=lags, seed=settings.seed + end)
            for end in sorted(ends)
        ]
    else:
        x = x.reshape(1, -1, x.shape[-1])
        measured = [measure_feed_forward(call, module, x, settings.seed)]
    totals = ParameterTotals(call.shapes[0][-1] if recurrent else None, {})
    totals.add(module, parameter_gradients(call, module, x[:64]))
    parameters = [
        dataclasses.replace(each, glorot=None, he=None) for each in totals.figures(redrawn=False)
    ]
    exponent = exponent_estimate(measured) if recurrent else None
    memory = None if exponent is None else memory_estimate(exponent)
    norms = norm_estimates(measured) if recurrent else []
    gates = gate_figures(measured, None, None)
    backward = [each.backward for each in measured if each.backward is not None]
    findings = overflow_findings(measured[-1:])
    findings += along_time_findings(norms, exponent, memory, None, ())
    findings += parameter_findings(parameters)
    findings += gate_findings(gates)
    return UnitCheck(
        name=name,
        call=call.words,
        drawn=f"its own weights on {len(x) if recurrent else x.shape[1]} inputs"
        + (_places_in_words(parts, x.shape[1]) if recurrent else ""),
        norms=norms,
        exponent=exponent,
        expected_exponent=None,
        memory=memory,
        forward=None,
        backward=over_draws(backward) if backward else None,
        moments=moments_of(measured, None, {}, module),
        gates=gates,
        parameters=parameters,
        changes=(),
        findings=findings,
        notes=[
            "intervals are over places in the same data, which are not independent of each other"
        ]
        if parts > 1
        else [],
    )


def _places_in_words(places: int, sequences: int) -> str:
    several = f" of each of {sequences} sequences" if sequences > 1 else ""
    return f"{several}; gradients are taken back from {places} places" if places > 1 else several


def _until(run: UnitRun, end: int) -> UnitRun:
    overflow = run.overflow if end == len(run.inputs) else None
    return UnitRun(run.inputs[:end], run.outputs[:end], run.states[: end + 1], overflow)

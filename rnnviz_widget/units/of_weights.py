"""Checking a unit at the start: over draws of its weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz_widget.evaluation.estimate import Estimate, estimate

from .along_time import memory_steps, run_forward
from .arithmetic import ExpectedMoments, expected_gradients, expected_moments
from .calling import UnitCall
from .changes import Change, best_change, chrono_change
from .findings import (
    along_time_findings,
    feed_forward_findings,
    gate_findings,
    parameter_findings,
    variance_findings,
)
from .mean_field import mean_field
from .measured import Measured, measure_feed_forward, measure_recurrent
from .parameters import ParameterTotals, parameter_gradients
from .record import Finding, TriedChange, UnitCheck
from .summary import (
    exponent_estimate,
    gate_figures,
    memory_estimate,
    moments_of,
    norm_estimates,
    overflow_findings,
)
from .weight_draws import WeightDraws

# The steps after which parameters' gradients are taken, the inputs of a feed-forward unit, and how
# many times more draws it gets.
_GRADIENT_STEPS = 16
_INPUTS = 64
_MORE_DRAWS = 16


@dataclass(frozen=True)
class Settings:
    """The arguments of `check_unit` that say what is drawn."""

    steps: int
    sequences: int
    draws: int
    mean: float
    std: float
    seed: int
    changes: bool

    @property
    def lags(self) -> int:
        """How many steps gradients are taken back."""
        return self.steps * 3 // 4


class Somewhere(Protocol):
    """Where a unit is computed with."""

    def of(self, module: nn.Module) -> nn.Module:
        """The module there."""
        ...


def check_at_start(
    name: str, call: UnitCall, weights: WeightDraws, place: Somewhere, settings: Settings
) -> UnitCheck:
    """Check a unit over draws of its weights; `check_unit` describes it."""
    recurrent = call.kind != "feed-forward"
    draws = settings.draws * (1 if recurrent else _MORE_DRAWS)
    first = place.of(weights.drawn(0))
    totals = ParameterTotals(
        call.shapes[0][-1] if recurrent else None, expected_gradients(first)
    )
    measured = []
    for number in range(draws):
        module = place.of(weights.drawn(number))
        inputs = draw_inputs(call, first, settings, number)
        gradients, _ = parameter_gradients(
            call, module, inputs[:_GRADIENT_STEPS] + (1.0 - settings.mean)
        )
        totals.add(module, gradients)
        if recurrent:
            run = run_forward(call, module, inputs)
            seed = settings.seed + number
            measured.append(measure_recurrent(call, module, run, settings.lags, seed))
        else:
            measured.append(measure_feed_forward(call, module, inputs, settings.seed + number))
    parameters = totals.figures(redrawn=weights.why_not is None)
    notes = [] if weights.why_not is None else [weights.why_not]
    notes += _differs_in_steps(call, first, settings)
    finite = [each for each in measured if recurrent is (each.logs is not None)]
    if not finite and all(each.overflow == 1 for each in measured):
        raise FloatingPointError(
            f"{name} gives NaN or infinity at its first step, in each of {draws} draws"
        )
    square = settings.std**2 + settings.mean**2
    theory = mean_field(first, square) if recurrent else None
    known = expected_moments(first, settings.mean, settings.std**2)
    exponent = exponent_estimate(finite) if recurrent else None
    memory = None if exponent is None else memory_estimate(exponent)
    norms = norm_estimates(finite) if recurrent else []
    forward, backward = _ratios(measured, settings) if not recurrent else (None, None)
    moments = moments_of(finite, theory, known)
    gates = gate_figures(finite, theory, known)
    findings: list[Finding] = overflow_findings(measured)
    tried: list[TriedChange] = []
    if settings.changes and norms and memory is not None and _should_change(norms):
        tried = _tried_changes(call, weights, place, settings, memory)
    expected = None if theory is None else theory.exponent
    findings += along_time_findings(norms, exponent, memory, expected, tried)
    variance = settings.std**2
    findings += feed_forward_findings(first, forward, backward, moments, variance)
    findings += parameter_findings(parameters)
    findings += gate_findings(gates)
    findings += variance_findings(parameters) if weights.why_not is None else []
    return UnitCheck(
        name=name,
        call=call.words,
        drawn=_drawn_in_words(draws, call, settings, redrawn=weights.why_not is None),
        norms=norms,
        exponent=exponent,
        expected_exponent=expected,
        memory=memory,
        forward=forward,
        backward=backward,
        moments=moments,
        gates=gates,
        parameters=parameters,
        changes=tried,
        findings=findings,
        notes=notes,
    )


def draw_inputs(call: UnitCall, module: nn.Module, settings: Settings, number: int) -> Tensor:
    """Normal inputs of one draw, (T, B, D); (1, B, D) for a feed-forward unit."""
    generator = torch.Generator().manual_seed(1_000_003 * (settings.seed + 1) + number)
    recurrent = call.kind != "feed-forward"
    shape = (settings.steps, settings.sequences) if recurrent else (1, _INPUTS)
    drawn = torch.randn(*shape, call.input_size, generator=generator, dtype=torch.float64)
    like = next(module.parameters(), drawn)
    return (settings.mean + settings.std * drawn).to(like.device, like.dtype)


def _drawn_in_words(draws: int, call: UnitCall, settings: Settings, *, redrawn: bool) -> str:
    what = f"{draws} draws of its weights" if redrawn else f"its own weights, {draws} times"
    count, length = settings.sequences, f" of {settings.steps} inputs"
    if call.kind == "feed-forward":
        count, length = _INPUTS, ""
    each = "inputs" if call.kind == "feed-forward" else "sequences"
    normal = f"mean {settings.mean:g} and standard deviation {settings.std:g}"
    return f"{what}, each on {count} {each}{length}, normal with {normal}"


def _should_change(norms: Sequence[Estimate]) -> bool:
    left = norms[-1].value
    return not 0.1 <= left <= 1e3


def _ratios(measured: Sequence[Measured], settings: Settings) -> tuple[Estimate, Estimate]:
    """Var z / Var x, and the factor of the variance of gradients."""
    ones = np.ones(len(measured))
    second = np.array([each.output.square for each in measured])
    mean = np.array([each.output.mean for each in measured]).mean()
    forward = (second - mean**2) / (settings.std**2 or math.nan)
    backward = np.array([each.backward for each in measured], float)
    return estimate(forward, ones), estimate(backward, ones)


def _differs_in_steps(call: UnitCall, module: nn.Module, settings: Settings) -> list[str]:
    """Whether a layer keeps more from step to step than the state that it returns."""
    if call.kind != "layer" or call.forward is not None:
        return []
    x = draw_inputs(call, module, settings, 0)[:6]
    run = run_forward(call, module, x)
    if run.overflow is not None:
        return []
    state = call.start(x[0])
    read = x.transpose(0, 1) if call.batch_first else x
    with torch.no_grad():
        whole = (module(read) if state is None else module(read, *state))[0]
    whole = whole.transpose(0, 1) if call.batch_first else whole
    if torch.allclose(whole, torch.stack(run.outputs), rtol=1e-3, atol=1e-5):
        return []
    return [
        "the layer keeps more from step to step than the state that it returns, such as a delay: "
        "it gives other outputs for a whole sequence than step by step. What is said of gradients "
        "along time is of the state that it returns alone"
    ]


def _tried_changes(
    call: UnitCall,
    weights: WeightDraws,
    place: Somewhere,
    settings: Settings,
    before: Estimate,
) -> list[TriedChange]:
    first = place.of(weights.drawn(0))
    inputs = draw_inputs(call, first, settings, 0)
    found = best_change(call, first, inputs, settings.seed)
    chrono = chrono_change(first, settings.lags, settings.seed)
    return [
        _tried(call, weights, place, settings, before, change)
        for change in (found, chrono if before.value < settings.lags else None)
        if change is not None
    ]


def _tried(
    call: UnitCall,
    weights: WeightDraws,
    place: Somewhere,
    settings: Settings,
    before: Estimate,
    change: Change,
) -> TriedChange:
    def changed(number: int) -> Measured:
        module = change.on(place.of(weights.drawn(number)))
        run = run_forward(call, module, draw_inputs(call, module, settings, number))
        return measure_recurrent(
            call, module, run, settings.lags, settings.seed + number, probes=8
        )

    measured = _every(changed, settings.draws)
    theory = mean_field(
        change.on(place.of(weights.drawn(0))), settings.std**2 + settings.mean**2
    )
    return TriedChange(
        change=change.words,
        before=before,
        after=memory_estimate(exponent_estimate(measured)),
        expected=None if theory is None else memory_steps(theory.exponent),
    )


def _every(measure: Callable[[int], Measured], draws: int) -> list[Measured]:
    return [each for each in map(measure, range(draws)) if each.logs is not None]


__all__ = ["ExpectedMoments", "Settings", "check_at_start", "draw_inputs"]

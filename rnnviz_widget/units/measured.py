"""What is measured of one draw of the weights, or at one step of a text."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz_widget.models import NALU, MultiplicativeNAC

from .along_time import Floats, UnitRun, exponent_of, log_norms
from .calling import UnitCall, floating
from .gates import GateValue, gates_of_step

# How many steps of a run are looked at for gates.
_GATE_STEPS = 24
_LOW, _HIGH = 0.1, 0.9
FEWEST_LAGS = 4
"""Over fewer steps nothing is said of gradients along time."""


@dataclass(frozen=True)
class MeanAndSquare:
    """The mean of some numbers, and the mean of their squares."""

    mean: float
    square: float


@dataclass(frozen=True)
class MeasuredGate:
    """One gate: `values` after and `sums` before its function.

    Attributes:
        function: The function.
        values: The moments of its values.
        sums: The moments of what it is a function of.
        low: The share of values below 0.1 (of tanh below -0.9, of relu 0).
        high: The share of values above 0.9.
        stuck: The share of units that are all the time at one of these ends.
    """

    function: str
    values: MeanAndSquare
    sums: MeanAndSquare
    low: float
    high: float
    stuck: float


@dataclass(frozen=True, eq=False)
class Measured:
    """One draw of the weights, or one place in a text.

    Attributes:
        logs: The log of the norm by lag, (K + 1, B); None of a feed-forward unit, or where there
            are not enough finite steps.
        exponent: The largest Lyapunov exponent of it.
        states: Moments of each tensor of the state.
        output: Moments of the output.
        weight: Moments of the effective weights of an arithmetic unit.
        gates: Its gates, by name.
        overflow: The step at which a state was not finite, if one was.
        at_mean: Of a multiplicative NAC: moments of the output where all inputs are their mean.
        backward: Of a feed-forward unit: ``||dz/dx||_F^2 / D``.
    """

    output: MeanAndSquare
    logs: Floats | None = None
    exponent: float | None = None
    states: tuple[MeanAndSquare, ...] = ()
    weight: MeanAndSquare | None = None
    at_mean: MeanAndSquare | None = None
    gates: dict[str, MeasuredGate] = field(default_factory=dict)
    overflow: int | None = None
    backward: float | None = None


def moments(values: Tensor) -> MeanAndSquare:
    """The moments of all numbers of a tensor; NaN of none."""
    values = values.detach().double()
    return MeanAndSquare(float(values.mean()), float(values.square().mean()))


def measure_recurrent(
    call: UnitCall, module: nn.Module, run: UnitRun, *, lags: int, seed: int, probes: int = 16
) -> Measured:
    """Measure the last `lags` steps of a run; fewer if it is shorter."""
    length = len(run.inputs)
    first = 0 if run.states[0] is not None else 1
    lags = min(lags, length - first)
    seen = range(max(length - max(lags, 1), first), length)
    if lags < FEWEST_LAGS:
        nothing = moments(run.inputs.new_full((1,), torch.nan))
        return Measured(output=nothing, overflow=run.overflow)
    logs = log_norms(call, module, run, steps=lags, seed=seed, probes=probes)
    every = [state for state in (run.states[t + 1] for t in seen) if state is not None]
    numbers = floating(every[0])
    return Measured(
        output=moments(torch.stack([run.outputs[t] for t in seen])),
        logs=logs,
        exponent=exponent_of(logs),
        states=tuple(moments(torch.stack([state[n] for state in every])) for n in numbers),
        gates=_gates(call, module, run, seen),
        overflow=run.overflow,
    )


def _gates(call: UnitCall, module: nn.Module, run: UnitRun, seen: range) -> dict[str, MeasuredGate]:
    values: dict[str, list[GateValue]] = defaultdict(list)
    for t in seen[:: max(1, len(seen) // _GATE_STEPS)]:
        state = run.states[t]
        assert state is not None
        for gate in gates_of_step(call, module, run.inputs[t], state):
            values[gate.name].append(gate)
    found = {}
    for name, each in values.items():
        if any(gate.values.shape != each[0].values.shape for gate in each):
            continue  # not the same gate at each step
        after = torch.stack([gate.values for gate in each])
        low_end = {"tanh": -_HIGH, "hard tanh": -_HIGH, "relu": 0.0}.get(each[0].function, _LOW)
        low = after <= low_end if each[0].function == "relu" else after < low_end
        high = torch.zeros_like(low) if each[0].function == "relu" else after > _HIGH
        stuck = low.flatten(0, 1).all(0) | high.flatten(0, 1).all(0)
        found[name] = MeasuredGate(
            function=each[0].function,
            values=moments(after),
            sums=moments(torch.stack([gate.sums for gate in each])),
            low=float(low.double().mean()),
            high=float(high.double().mean()),
            stuck=float(stuck.double().mean()),
        )
    return found


def measure_feed_forward(
    call: UnitCall, module: nn.Module, inputs: Tensor, seed: int, mean: float | None = None
) -> Measured:
    """Measure a feed-forward unit on inputs (1, B, D), whose mean is known or None."""
    x = inputs[0].detach().requires_grad_()
    with torch.enable_grad():
        output, _ = call.step(module, x, None)
    generator = torch.Generator().manual_seed(seed)
    signs = torch.randint(0, 2, output.shape, generator=generator).to(x.device, x.dtype) * 2 - 1
    backward = 0.0
    if output.requires_grad:
        (found,) = torch.autograd.grad(output, x, signs, allow_unused=True)
        backward = 0.0 if found is None else float(found.double().square().mean())
    weight = getattr(module, "weight", None)
    gate = _nalu_gate(module, x.detach())
    at_mean = None
    if mean is not None and type(module) is MultiplicativeNAC:
        with torch.no_grad():
            at_mean = moments(module(torch.full_like(x[:1], mean)))
    return Measured(
        output=moments(output),
        weight=moments(weight) if isinstance(weight, Tensor) else None,
        at_mean=at_mean,
        backward=backward,
        gates={} if gate is None else {"gate": gate},
        overflow=None if bool(output.isfinite().all()) else 1,
    )


def _nalu_gate(module: nn.Module, x: Tensor) -> MeasuredGate | None:
    if not isinstance(module, NALU):
        return None
    sums = x @ module.gate.T
    values = sums.sigmoid()
    low, high = values < _LOW, values > _HIGH
    stuck = float((low.all(0) | high.all(0)).double().mean())
    ends = float(low.double().mean()), float(high.double().mean())
    return MeasuredGate("sigmoid", moments(values), moments(sums), *ends, stuck)


def log_norm_means(measured: list[Measured]) -> Floats:
    """The mean over sequences of the log of the norm, one line a draw, (R, K + 1).

    Sequences whose gradient is exactly zero are left out, unless all are.
    """
    rows = [each.logs for each in measured if each.logs is not None]
    if not rows:
        return np.zeros((0, 0))
    length = min(len(row) for row in rows)
    found = np.empty((len(rows), length))
    for number, row in enumerate(rows):
        for lag, values in enumerate(row[:length]):
            alive = values[~np.isneginf(values)]
            found[number, lag] = alive.mean() if len(alive) else -np.inf
    return found

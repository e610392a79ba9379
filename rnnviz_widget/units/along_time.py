"""Running a unit forwards, and gradients backwards along time.

With J_t = dh_t/dh_(t-1), h the whole state of one sequence, n numbers, the norm by lag is

    ||dh_T/dh_(T-k)||_F / sqrt(n),    dh_T/dh_(T-k) = J_T J_(T-1) ... J_(T-k+1)

the root mean square of the length that a random gradient of length 1 at step T has k steps earlier.
Orthonormal gradients V (n, P) are pushed backwards, one step at a time, and brought to length one
after each, so that nothing overflows; ``||dh_T/dh_(T-k)^T V||_F / sqrt(P)`` is then exact for
P = n, and right on average for fewer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from .calling import State, UnitCall, floating

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class UnitRun:
    """A unit's way through a batch of sequences.

    Attributes:
        inputs: What it read, (T, B, D).
        outputs: Its outputs, (B, H) each.
        states: The states before step 1 (if it does not start by itself), and after each step.
        overflow: The step at which a state was not finite, from 1; None: all were.
    """

    inputs: Tensor
    outputs: list[Tensor]
    states: list[State | None]
    overflow: int | None


def run_forward(call: UnitCall, module: nn.Module, inputs: Tensor) -> UnitRun:
    """Run a unit over (T, B, D), up to the step before a state is infinite or NaN."""
    state = call.start(inputs[0])
    states: list[State | None] = [state]
    outputs: list[Tensor] = []
    with torch.no_grad():
        for t, x in enumerate(inputs):
            output, state = call.step(module, x, state)
            tensors = [state[number] for number in floating(state)] or [output]
            if not all(bool(tensor.isfinite().all()) for tensor in tensors):
                return UnitRun(inputs[:t], outputs, states, t + 1)
            outputs.append(output)
            states.append(state)
    return UnitRun(inputs, outputs, states, None)


def log_norms(
    call: UnitCall, module: nn.Module, run: UnitRun, *, steps: int, seed: int, probes: int = 16
) -> Floats:
    """The natural logarithm of the norm by lag, from the last step backwards.

    Args:
        call: How the unit is called.
        module: The unit; its parameters need no gradients.
        run: Its way.
        steps: The largest lag, K.
        seed: Of the gradients at the last step.
        probes: The most gradients, P, for each sequence.

    Returns:
        (K + 1, B), 0 at lag 0; -inf from where the gradient is exactly zero, inf from where it is
        not finite.
    """
    batch, n = run.inputs.shape[1], call.state_size
    count = min(n, probes)
    generator = torch.Generator().manual_seed(seed)
    normal = torch.randn(batch, n, count, generator=generator, dtype=torch.float64)
    frames = torch.linalg.qr(normal).Q.transpose(1, 2).reshape(batch * count, n)
    gradient = frames.to(run.inputs.device, run.inputs.dtype)
    found = np.zeros((steps + 1, batch))
    for lag in range(1, steps + 1):
        t = len(run.inputs) - lag
        before = run.states[t]
        assert before is not None
        gradient = _step_backward(call, module, (run.inputs[t], before), gradient, count)
        size = gradient.double().view(batch, -1).square().sum(1).div(count).sqrt()
        known, ratio = np.isfinite(found[lag - 1]), _log(size.cpu().numpy())
        found[lag] = np.where(known, found[lag - 1] + np.where(known, ratio, 0), found[lag - 1])
        scale = torch.where((size > 0) & size.isfinite(), size, 1.0).to(gradient.dtype)
        gradient = gradient / scale.repeat_interleave(count)[:, None]
        # Behind an overflow nothing can be known.
        gradient = torch.where(gradient.isfinite(), gradient, 0.0)
        if not np.isfinite(found[lag]).any():
            found[lag + 1 :] = found[lag]
            break
    return found


def _log(size: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.where(np.isfinite(size), np.log(size), math.inf)


def _step_backward(
    call: UnitCall,
    module: nn.Module,
    read: tuple[Tensor, State],
    gradient: Tensor,
    count: int,
) -> Tensor:
    """The gradient (B * P, n) at a state, taken back through one step."""
    x, before = read
    start = call.repeated(before, count)
    sources = [start[number].requires_grad_() for number in floating(start)]
    with torch.enable_grad():
        _, after = call.step(module, x.repeat_interleave(count, dim=0), start)
    pairs = [
        (after[number], part)
        for number, part in zip(floating(after), call.leaves(gradient), strict=True)
        if after[number].requires_grad
    ]
    if not pairs:
        return torch.zeros_like(gradient)
    tensors, parts = zip(*pairs, strict=True)
    found = torch.autograd.grad(tensors, sources, parts, allow_unused=True)
    return call.rows(
        [torch.zeros_like(s) if g is None else g for s, g in zip(sources, found, strict=True)]
    )


def exponent_of(logs: Floats) -> float:
    """The largest Lyapunov exponent, from the later half of the lags, mean over sequences.

    Args:
        logs: As `log_norms` returns them.

    Returns:
        Nats per step; -inf if gradients become exactly zero, inf if they overflow.
    """
    last, middle = len(logs) - 1, (len(logs) - 1) // 2
    ends = logs[-1]
    if np.isposinf(ends).any():
        return math.inf
    alive = np.isfinite(ends)
    if not alive.any():
        return -math.inf
    return float((logs[-1, alive] - logs[middle, alive]).mean() / (last - middle))


def memory_steps(exponent: float) -> float:
    """-1/exponent, the steps in which a gradient falls by a factor of e; inf: it does not fall."""
    if exponent >= 0:
        return math.inf
    return 0.0 if math.isinf(exponent) else -1 / exponent

"""Changes of a unit's first weights that are tried, to say what would lengthen its memory.

Which parameter is a forget gate's bias is not asked: each block of each bias is raised and lowered,
and the matrices that read the state are scaled, one at a time. What helps most in one draw is then
measured in all draws. For torch's LSTM and GRU the chrono initialisation is measured, too.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .along_time import exponent_of, log_norms, run_forward
from .calling import UnitCall
from .gates import GRU_GATES, LSTM_GATES, kind_of, parameter_layers

# The most changes that are tried, and the steps and gradients of a trial.
_MOST = 24
_STEPS, _SEQUENCES, _PROBES = 40, 2, 8
# Memory must change by this factor to be spoken of.
_BETTER = 1.3
_CRITICAL = 0.01


@dataclass(frozen=True)
class Change:
    """A change of a unit's weights: in words, and done to a module in place."""

    words: str
    apply: Callable[[nn.Module], None]

    def on(self, module: nn.Module) -> nn.Module:
        """A changed copy."""
        changed = copy.deepcopy(module)
        with torch.no_grad():
            self.apply(changed)
        return changed


def best_change(call: UnitCall, module: nn.Module, inputs: Tensor, seed: int) -> Change | None:
    """The change with the longest memory that does not explode; None: none helps.

    Args:
        call: How the unit is called.
        module: The unit, one draw.
        inputs: (T, B, D); some of them are used.
        seed: Of the gradients at the last step.
    """
    part = inputs[:_STEPS, :_SEQUENCES]

    def exponent(unit: nn.Module) -> float:
        run = run_forward(call, unit, part)
        lags = len(run.inputs) * 3 // 4
        if run.overflow is not None or lags < 2:
            return math.inf
        return exponent_of(log_norms(call, unit, run, steps=lags, seed=seed, probes=_PROBES))

    own = exponent(module)
    best, least = None, abs(own)
    for change in list(single_changes(call, module))[:_MOST]:
        found = exponent(change.on(module))
        # As close to critical as can be, but on the safe side if it was there.
        safe = found <= _CRITICAL or own > _CRITICAL
        if safe and abs(found) * _BETTER < least:
            best, least = change, abs(found)
    return best


def single_changes(call: UnitCall, module: nn.Module) -> Iterator[Change]:
    """Blocks of biases by 1 up and down, and matrices that read the state by 2 and 1/2."""
    hidden = call.shapes[0][-1]
    seen = set()
    for name, parameter in module.named_parameters():
        shape = tuple(parameter.shape)
        if parameter.dim() == 1 and shape[0] % hidden == 0:
            # b_ih and b_hh of the same sums: one of them will do.
            same = re.sub(r"(_|\b)(ih|hh)(_|\b)", "", name), shape
            if same in seen:
                continue
            seen.add(same)
            for start in range(0, shape[0], hidden):
                at = slice(start, start + hidden)
                yield from _bias_changes(module, name, at, whole=shape[0] == hidden)
        elif parameter.dim() == 2 and _reads_state(call, name, shape[1]):
            for factor in (2.0, 0.5):
                yield Change(f"multiplying {name} by {factor:g}", _scaled(name, factor))


def _reads_state(call: UnitCall, name: str, columns: int) -> bool:
    """Whether a matrix seems to multiply the state, or the input and the state side by side."""
    hidden = call.shapes[0][-1]
    if columns == hidden:
        return call.input_size != hidden or "ih" not in name
    return columns == hidden + call.input_size


def _bias_changes(module: nn.Module, name: str, at: slice, *, whole: bool) -> Iterator[Change]:
    block = name if whole else f"{name}[{at.start}:{at.stop}]"
    gate = gate_of(module, name, at)
    said = f"{gate} ({block})" if gate else block
    yield Change(f"raising {said} by 1", _added(name, at, 1.0))
    yield Change(f"lowering {said} by 1", _added(name, at, -1.0))


def gate_of(module: nn.Module, name: str, at: slice) -> str:
    """The name of the gate whose bias a block of a parameter is, for torch's own units; else ""."""
    if not parameter_layers(module) or "bias" not in name:
        return ""
    names: Sequence[str] = {"lstm": LSTM_GATES, "gru": GRU_GATES, "rnn": ()}[kind_of(module)]
    number = at.start // (at.stop - at.start)
    return f"the {names[number]}'s bias" if number < len(names) else ""


def _added(name: str, at: slice, amount: float) -> Callable[[nn.Module], None]:
    def apply(module: nn.Module) -> None:
        module.get_parameter(name)[at] += amount

    return apply


def _scaled(name: str, factor: float) -> Callable[[nn.Module], None]:
    def apply(module: nn.Module) -> None:
        module.get_parameter(name).mul_(factor)

    return apply


def chrono_change(module: nn.Module, longest: int, seed: int) -> Change | None:
    """The chrono initialisation for dependencies of up to `longest` steps; None: it has none.

    b_f = ln u with u uniform from 1 to longest - 1, and b_i = -b_f; of a GRU b_z = ln u, since
    torch's z says what is kept. Source: Tallec and Ollivier, "Can recurrent neural networks warp
    time?", 2018.
    """
    layers = parameter_layers(module)
    if not layers or kind_of(module) == "rnn" or not any(_biases(module)):
        return None
    lstm = kind_of(module) == "lstm"

    def apply(unit: nn.Module) -> None:
        generator = torch.Generator().manual_seed(seed)
        for b_ih, b_hh in _biases(unit):
            hidden = len(b_ih) // (4 if lstm else 3)
            u = 1 + (longest - 2) * torch.rand(hidden, generator=generator, dtype=torch.float64)
            kept = slice(hidden, 2 * hidden)
            b_ih[kept], b_hh[kept] = u.log().to(b_ih), 0.0
            if lstm:
                b_ih[:hidden], b_hh[:hidden] = -u.log().to(b_ih), 0.0

    return Change(f"chrono initialisation for {longest} steps", apply)


def _biases(module: nn.Module) -> list[tuple[Tensor, Tensor]]:
    if not getattr(module, "bias", True):
        return []
    return [(b_ih, b_hh) for _, _, b_ih, b_hh in parameter_layers(module)]

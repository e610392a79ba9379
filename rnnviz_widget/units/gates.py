"""What the gates of a unit do: values of its bounded functions, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.torch_calls import TorchCalls

from .calling import State, UnitCall, floating

# Function names, without a trailing underscore, and what they are called here.
_FUNCTIONS = {
    "sigmoid": "sigmoid",
    "hardsigmoid": "hard sigmoid",
    "tanh": "tanh",
    "hardtanh": "hard tanh",
    "relu": "relu",
}
LSTM_GATES = ("input gate", "forget gate", "candidate", "output gate")
_TORCH = (nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell)
GRU_GATES = ("reset gate", "update gate", "candidate")


@dataclass(frozen=True, eq=False)
class GateValue:
    """A gate at one step: (B, units) before (`sums`) and after the function (`values`)."""

    name: str
    function: str
    sums: Tensor
    values: Tensor


class WatchedFunctions(TorchCalls):
    """Keeps what sigmoid, tanh and relu are called with and return, in order.

    A function of several gates at once is split into blocks of as many units as the state has.
    """

    def __init__(self, units: int) -> None:
        super().__init__()
        self._units = units
        self.found: list[GateValue] = []

    def after(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], output: Any) -> Any:
        """See `TorchCalls`."""
        name = getattr(func, "__name__", "").rstrip("_")
        sums = args[0] if args else kwargs.get("input")
        named = name in _FUNCTIONS and not getattr(func, "__name__", "").endswith("_")
        # What has no batch is made of parameters alone.
        if named and isinstance(sums, Tensor) and output.is_floating_point() and output.dim() > 1:
            self._keep(_FUNCTIONS[name], sums, output)
        return output

    def _keep(self, function: str, sums: Tensor, values: Tensor) -> None:
        width, count = values.shape[-1], self._units
        blocks = width // count if width > count and width % count == 0 else 1
        number = 1 + len({each.name.split(",")[0] for each in self.found})
        for block in range(blocks):
            at = slice(block * width // blocks, (block + 1) * width // blocks)
            name = f"{function} {number}"
            if blocks > 1:
                name += f", [{at.start}:{at.stop}]"
            both = [t.detach()[..., at].flatten(0, -2).clone() for t in (sums, values)]
            self.found.append(GateValue(name, function, *both))


def gates_of_step(call: UnitCall, module: nn.Module, x: Tensor, state: State) -> list[GateValue]:
    """The gates of one step: by the equations of torch's own units, else by watching functions."""
    known = parameter_layers(module)
    if known:
        return list(_torch_gates(module, known, x, [state[n] for n in floating(state)]))
    units = call.shapes[0][-1]
    watched = WatchedFunctions(units)
    with torch.no_grad(), watched:
        call.step(module, x, state)
    return watched.found


def parameter_layers(module: nn.Module) -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """W_ih, W_hh, b_ih and b_hh of each layer of torch's own RNN, LSTM and GRU; none of others."""
    # Subclasses may compute something else.
    if type(module) not in _TORCH:
        return []
    names = [""]
    if isinstance(module, nn.RNNBase):
        if module.proj_size:
            return []
        names = [f"_l{layer}" for layer in range(module.num_layers)]
    found = []
    for suffix in names:
        weights = [getattr(module, f"{kind}{suffix}") for kind in ("weight_ih", "weight_hh")]
        biases = [getattr(module, f"{kind}{suffix}", None) for kind in ("bias_ih", "bias_hh")]
        zeros = weights[0].new_zeros(len(weights[0]))
        found.append((*weights, *(zeros if bias is None else bias for bias in biases)))
    return found


def kind_of(module: nn.Module) -> str:
    """The kind of a unit of torch's own: "lstm", "gru" or "rnn"."""
    if isinstance(module, (nn.LSTM, nn.LSTMCell)):
        return "lstm"
    return "gru" if isinstance(module, (nn.GRU, nn.GRUCell)) else "rnn"


def _torch_gates(
    module: nn.Module,
    layers: Sequence[tuple[Tensor, Tensor, Tensor, Tensor]],
    x: Tensor,
    states: Sequence[Tensor],
) -> Iterator[GateValue]:
    kind = kind_of(module)
    below = x
    with torch.no_grad():
        for layer, (w_ih, w_hh, b_ih, b_hh) in enumerate(layers):
            sums: tuple[Tensor, ...]
            h, *others = [state if state.dim() == 2 else state[layer] for state in states]
            read, kept = below @ w_ih.T + b_ih, h @ w_hh.T + b_hh
            before = f"layer {layer}, " if len(layers) > 1 else ""
            if kind == "lstm":
                sums = (read + kept).chunk(4, 1)
                functions: tuple[str, ...] = ("sigmoid", "sigmoid", "tanh", "sigmoid")
                i, f, g, o = values = [
                    getattr(torch, function)(part)
                    for function, part in zip(functions, sums, strict=True)
                ]
                names: tuple[str, ...] = LSTM_GATES
                below = o * torch.tanh(f * others[0] + i * g)
            elif kind == "gru":
                (r_x, z_x, n_x), (r_h, z_h, n_h) = read.chunk(3, 1), kept.chunk(3, 1)
                r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
                sums = (r_x + r_h, z_x + z_h, n_x + r * n_h)
                values = [r, z, torch.tanh(sums[2])]
                functions, names = ("sigmoid", "sigmoid", "tanh"), GRU_GATES
                below = (1 - z) * values[2] + z * h
            else:
                function = getattr(module, "nonlinearity", "tanh")
                sums, functions, names = (read + kept,), (function,), ("state",)
                below = getattr(torch, function)(sums[0])
                values = [below]
            for name, function, one, value in zip(names, functions, sums, values, strict=True):
                yield GateValue(before + name, function, one, value)

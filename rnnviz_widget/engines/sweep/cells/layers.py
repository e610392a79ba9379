"""Which recurrent modules have cells, and making the cells of a module that has read a text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.backends.cudnn import rnn

from .cell import RecurrentCell, States
from .gru import GRU
from .lstm import LSTM, LevelWeights
from .rnn import RNN

Builder = Callable[[nn.Module, Tensor, Tensor, States | None], list[RecurrentCell]]
"""Maps a recurrent module, its inputs (T, D), its outputs (T, H) and its initial states, each
(layers, H), or None for zeros, to its layers' cells, the first layer's first."""

_builders: dict[type[nn.Module], Builder] = {}


def serve(kind: type[nn.Module], builder: Builder) -> None:
    """Register a builder of cells, so that the sweep can serve modules of exactly this type.

    The module must be called like torch's own: with inputs (B, T, D) or (T, B, D), according to its
    attribute `batch_first`, and a state or None. It must return its outputs and a state.
    """
    _builders[kind] = builder


def is_served(module: nn.Module) -> bool:
    """Whether the sweep can serve this module: a registered type with supported options."""
    return type(module) in _builders and not (
        getattr(module, "bidirectional", False) or getattr(module, "proj_size", 0)
    )


def cells_of(
    module: nn.Module, inputs: Tensor, made: Tensor, states: States | None
) -> list[RecurrentCell]:
    """Make the cells of a module's layers; see `Builder`."""
    return _builders[type(module)](module, inputs, made, states)


def zeros(module: nn.Module, inputs: Tensor, count: int) -> States:
    """The initial states of zeros of `count` kinds, each (layers, H)."""
    assert isinstance(module.num_layers, int)
    assert isinstance(module.hidden_size, int)
    return tuple(inputs.new_zeros(count, module.num_layers, module.hidden_size).unbind())


def _layer_weights(module: nn.RNNBase, layer: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    w_ih, w_hh = (
        getattr(module, f"weight_{side}_l{layer}").detach().unflatten(0, (-1, module.hidden_size))
        for side in ("ih", "hh")
    )
    if not module.bias:
        none = w_hh.new_zeros(w_hh.shape[:2])
        return w_ih, w_hh, none, none
    b_ih, b_hh = (
        getattr(module, f"bias_{side}_l{layer}").detach().view(w_hh.shape[:2])
        for side in ("ih", "hh")
    )
    return w_ih, w_hh, b_ih, b_hh


def _torch_layers(
    module: nn.Module, inputs: Tensor, last: Tensor, states: States | None
) -> list[RecurrentCell]:
    assert isinstance(module, nn.RNNBase)
    if states is None:
        states = zeros(module, inputs, 2 if module.mode == "LSTM" else 1)
    cells: list[RecurrentCell] = []
    for layer in range(module.num_layers):
        w_ih, w_hh, b_ih, b_hh = _layer_weights(module, layer)
        start = tuple(state[layer] for state in states)
        made = last
        if layer + 1 < module.num_layers:
            made = _run(module.mode, inputs, start, (w_ih, w_hh, b_ih, b_hh))
        cell: RecurrentCell
        if module.mode == "LSTM":
            cell = LSTM([LevelWeights(w_ih, w_hh, b_ih + b_hh)], inputs, made, start)
        elif module.mode == "GRU":
            cell = GRU(w_ih, w_hh, (b_ih, b_hh), inputs, made, start[0])
        else:
            cell = RNN(w_ih, w_hh, b_ih + b_hh, made, start[0], relu=module.mode == "RNN_RELU")
        cells.append(cell)
        inputs = made
    return cells


def _run(mode: str, inputs: Tensor, start: States, weights: tuple[Tensor, ...]) -> Tensor:
    """The outputs of one layer over a text, (T, H)."""
    flat = _together(mode, [each.flatten(0, 1) for each in weights], inputs)
    state = [each[None, None] for each in start]
    options = (True, 1, 0.0, False, False, True)
    made: Tensor
    if mode == "LSTM":
        made = torch.lstm(inputs[None], state, flat, *options)[0]
    else:
        run = {"GRU": torch.gru, "RNN_TANH": torch.rnn_tanh, "RNN_RELU": torch.rnn_relu}
        made = run[mode](inputs[None], state[0], flat, *options)[0]
    return made[0]


def _together(mode: str, weights: list[Tensor], inputs: Tensor) -> list[Tensor]:
    """One layer's weights for cuDNN, which warns if they are not contiguous in memory."""
    cudnn: Any = torch.backends.cudnn
    if not (inputs.is_cuda and cudnn.is_acceptable(inputs)):
        return weights
    found = [each.clone() for each in weights]
    kind = rnn.get_cudnn_mode(mode)  # type: ignore[no-untyped-call]
    units = weights[1].shape[1]
    sizes = (len(weights), inputs.shape[-1], kind, units, 0, 1, True, False)
    # Copies them into one buffer, of which they become views.
    torch._cudnn_rnn_flatten_weight(found, *sizes)  # noqa: SLF001 - as nn.RNNBase does
    return found


for _kind in (nn.RNN, nn.GRU, nn.LSTM):
    serve(_kind, _torch_layers)

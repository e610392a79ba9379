"""Registers `NestedLSTM` with the sweep, by making cells of its weights."""

from __future__ import annotations

from torch import Tensor, nn

from rnnviz_widget.engines.sweep.cells import (
    LSTM,
    LevelWeights,
    RecurrentCell,
    States,
    serve,
    zeros,
)

from .nested_lstm import NestedLSTM


def _cells(
    module: nn.Module, inputs: Tensor, last: Tensor, states: States | None
) -> list[RecurrentCell]:
    assert isinstance(module, NestedLSTM)
    if states is None:
        states = zeros(module, inputs, 1 + module.depth)
    cells: list[RecurrentCell] = []
    for layer in range(module.num_layers):
        start = tuple(state[layer] for state in states)
        levels = [_weights(module, layer, level) for level in range(module.depth)]
        made = last
        if layer + 1 < module.num_layers:
            outputs = module._layer(layer, inputs[:, None], [each[None] for each in start])  # noqa: SLF001
            made = outputs[0][:, 0]
        cells.append(LSTM(levels, inputs, made, start, linear=True))
        inputs = made
    return cells


def _weights(module: NestedLSTM, layer: int, level: int) -> LevelWeights:
    w_ih, w_hh, b_ih, b_hh = module.weights(layer, level)
    shape = (4, module.hidden_size)
    bias = w_ih.new_zeros(shape) if b_ih is None or b_hh is None else (b_ih + b_hh).view(shape)
    return LevelWeights(
        w_ih.detach().view(*shape, -1), w_hh.detach().view(*shape, -1), bias.detach()
    )


serve(NestedLSTM, _cells)

"""The recurrent layers that have a name: for training, for files and for saved pages."""

from __future__ import annotations

from functools import partial

from torch import Tensor, nn

from rnnviz_widget.engines.sweep.cells import (
    LSTM,
    TORCH_KINDS,
    CellKind,
    DiagonalCell,
    States,
    register,
)

from .min_gru import MinGRU, min_gru_gates
from .nested_lstm import NestedLSTM
from .recurrent_module import RecurrentModule


def _run(module: nn.Module, layer: int, inputs: Tensor, start: States) -> Tensor:
    """See `engines.sweep.cells.CellKind`."""
    assert isinstance(module, RecurrentModule)
    outputs = module.run_layer(layer, inputs[:, None], [state[None] for state in start])[0]
    return outputs[:, 0]


CELLS = {
    kind.name: kind
    for kind in (
        *TORCH_KINDS,
        register(CellKind("min-gru", MinGRU, partial(DiagonalCell, gates=min_gru_gates), _run)),
        register(
            CellKind(
                "nested-lstm", NestedLSTM, partial(LSTM, linear=True), _run, memories=1, nested=True
            )
        ),
    )
}
"""Kinds of recurrent layers by name."""

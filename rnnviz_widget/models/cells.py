"""The recurrent layers that have a name: for training, for files and for saved pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from torch import Tensor, nn

from rnnviz_widget.engines.sweep.cells import (
    LSTM,
    TORCH_KINDS,
    CellKind,
    DiagonalCell,
    LayerSteps,
    States,
    register,
)

from .min_gru import MinGRU, min_gru_gates
from .nested_lstm import NestedLSTM
from .recurrent_module import RecurrentModule


def _run(module: nn.Module, layer: int, inputs: Tensor, start: States) -> Tensor:
    """See `engines.sweep.cells.CellKind`."""
    assert isinstance(module, RecurrentModule)
    (outputs, *_), _ = module.layer_steps(layer, inputs[:, None], [state[None] for state in start])
    return outputs[:, 0]


def _recorded(module: nn.Module, run: Callable[[], Any]) -> tuple[Any, Sequence[LayerSteps]]:
    """See `engines.sweep.cells.CellKind`."""
    assert isinstance(module, RecurrentModule)
    layers: list[LayerSteps] = []
    run_layer = module.layer_steps

    def recorded(layer: int, x: Tensor, states: Sequence[Tensor]) -> Sequence[Tensor]:
        made, known = run_layer(layer, x, states)
        layers.append((made[0][:, 0], *(each[:, 0] for each in known)))
        return made

    module.run_layer = recorded  # type: ignore[method-assign, assignment]
    try:
        return run(), layers
    finally:
        del module.run_layer


CELLS = {
    kind.name: kind
    for kind in (
        *TORCH_KINDS,
        register(
            CellKind(
                "min-gru",
                MinGRU,
                partial(DiagonalCell, gates=min_gru_gates),
                _run,
                recorded=_recorded,
            )
        ),
        register(
            CellKind(
                "nested-lstm",
                NestedLSTM,
                partial(LSTM, linear=True),
                _run,
                memories=1,
                nested=True,
                recorded=_recorded,
                known=True,
            )
        ),
    )
}
"""Kinds of recurrent layers by name."""

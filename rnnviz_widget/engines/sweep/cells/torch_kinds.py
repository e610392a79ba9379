"""Torch's own recurrent layers: `nn.RNN` with tanh or relu, `nn.GRU` and `nn.LSTM`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.backends.cudnn import rnn

from rnnviz_widget.engines.torch_calls import TorchCalls

from .cell import RecurrentCell, States
from .gru import GRU
from .kinds import CellBuilder, CellKind, LayerSteps, LevelWeights, register
from .lstm import LSTM
from .rnn import RNN
from .stepped_layers import stepped_layer


def _run(module: nn.Module, layer: int, inputs: Tensor, start: States) -> Tensor:
    """See `LayerRun`."""
    assert isinstance(module, nn.RNNBase)
    weights: list[Tensor] = list(module.all_weights[layer])
    with torch.no_grad():
        stepped = stepped_layer(module.mode.lower(), inputs, start, weights)
        if stepped is not None:
            return stepped.made
        flat = side_by_side(module, weights, inputs)
        state = [each[None, None] for each in start]
        return run_one_layer(module, flat, inputs[:, None], state)[0][:, 0]


def run_one_layer(
    module: nn.RNNBase,
    weights: list[Tensor],
    inputs: Tensor,
    state: Sequence[Tensor],
    *,
    train: bool = False,
) -> tuple[Tensor, ...]:
    """Run one layer of a module by the function that the module itself calls.

    Args:
        module: The module, which says what kind of layer it is.
        weights: The layer's weights; on a GPU from `side_by_side`.
        inputs: What it reads, (T, B, D).
        state: The states that it starts from, (1, B, H) each, h first.
        train: Whether cuDNN keeps what a backward pass needs.

    Returns:
        Its outputs (T, B, H), and the states after the last step, (1, B, H) each.
    """
    options = (module.bias, 1, 0.0, train, False, False)
    kind = module.mode.lower()
    begun = list(state) if kind == "lstm" else state[0]
    made: tuple[Tensor, ...] = getattr(torch, kind)(inputs, begun, weights, *options)
    return made


def side_by_side(module: nn.RNNBase, weights: list[Tensor], inputs: Tensor) -> list[Tensor]:
    """One layer's weights for cuDNN, which warns if they are not contiguous in memory."""
    cudnn: Any = torch.backends.cudnn
    if not (inputs.is_cuda and cudnn.is_acceptable(inputs)):
        return weights
    found = [each.clone() for each in weights]
    kind = rnn.get_cudnn_mode(module.mode)  # type: ignore[no-untyped-call]
    units = module.hidden_size, module.proj_size
    sizes = (len(weights), inputs.shape[-1], kind, *units, 1, True, False)
    # Copies them into one buffer, of which they become views.
    torch._cudnn_rnn_flatten_weight(found, *sizes)  # noqa: SLF001 - as nn.RNNBase does
    return found


class LayerByLayer(TorchCalls):
    """Runs the layers of torch's recurrent functions one at a time.

    Where that is possible they are stepped, so that each output is rounded alike however many
    inputs there are (`stepped_layer`); else the same functions run. On a GPU the layers stay
    together: cuDNN wants the weights of a call side by side.

    Attributes:
        layers: What each layer made in the last call, of the first text of its batch; empty: they
            were run together.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers: list[LayerSteps] = []

    def call(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """See `TorchCalls`."""
        if getattr(func, "__name__", "") not in {"lstm", "gru", "rnn_tanh", "rnn_relu"}:
            return func(*args, **kwargs)
        self.layers = []
        # With a packed batch the sizes of its steps come second, and the rest is one place later.
        apart = len(args) == 9 and isinstance(args[3], bool) and args[0].device.type == "cpu"
        if kwargs or not apart or (args[5] and args[6]):
            return func(*args, **kwargs)
        read, state, weights, bias, count, *_, both_ways, batch_first = args
        states = state if isinstance(state, (list, tuple)) else [state]
        batch, after = 0 if batch_first else 1, []
        for layer in range(count):
            own = weights[layer * len(weights) // count : (layer + 1) * len(weights) // count]
            begin = [each.chunk(count)[layer] for each in states]
            stepped = None
            if read.shape[batch] == 1 and not both_ways:
                begun = [each[0, 0] for each in begin]
                stepped = stepped_layer(func.__name__, read.select(batch, 0), begun, own)
            if stepped is None:
                options = bias, 1, 0.0, False, both_ways, batch_first
                one = begin if isinstance(state, (list, tuple)) else begin[0]
                read, *ends = func(read, one, own, *options)
                known: Sequence[Tensor] = ()
            else:
                read = stepped.made.unsqueeze(batch)
                ends, known = [each[None, None] for each in stepped.last], stepped.known
            after.append(ends)
            if count > 1 or known:
                self.layers.append((read.select(batch, 0), *known))
        return read, *map(torch.cat, zip(*after, strict=True))


def _recorded(_: nn.Module, run: Callable[[], Any]) -> tuple[Any, Sequence[LayerSteps]]:
    with LayerByLayer() as watch:
        return run(), watch.layers


def _rnn(name: str, nonlinearity: str) -> CellKind:
    def cell(
        levels: Sequence[LevelWeights], _inputs: Tensor, made: Tensor, start: States
    ) -> RecurrentCell:
        (weights,) = levels
        matrices = weights.w_ih, weights.w_hh
        return RNN(*matrices, weights.bias, made, start[0], relu=nonlinearity == "relu")

    options = {"nonlinearity": nonlinearity}
    return CellKind(name, nn.RNN, cell, _run, options, bidirectional=True, recorded=_recorded)


def _projected(projection: Tensor) -> CellBuilder:
    return partial(LSTM, projection=projection)


TORCH_KINDS = (
    register(
        CellKind(
            "gru",
            nn.GRU,
            GRU,
            _run,
            biases_apart=1,
            bidirectional=True,
            recorded=_recorded,
            known=True,
        )
    ),
    register(
        CellKind(
            "lstm",
            nn.LSTM,
            LSTM,
            _run,
            memories=1,
            bidirectional=True,
            projected=_projected,
            recorded=_recorded,
            known=True,
        )
    ),
    register(_rnn("rnn", "tanh")),
    register(_rnn("rnn-relu", "relu")),
)

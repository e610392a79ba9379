"""The parts of a model that a page can run, and a torch module built from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor, nn

from rnnviz_widget.models import NestedLSTM

CellName = Literal["gru", "lstm", "nested-lstm", "rnn", "rnn-relu"]


@dataclass(frozen=True)
class Layer:
    """One recurrent layer.

    Attributes:
        cell: The kind of cell.
        matrices: W_ih, (gates H, D), and W_hh, (gates H, H), for one level after the other.
        biases: One for each level: b_ih + b_hh, (gates H,). For a GRU the sums for r and z,
            followed by b_in and b_hn, (4H,).
        starts: The states before the first token, (states, H): h, then the cell states.
    """

    cell: CellName
    matrices: list[Tensor]
    biases: list[Tensor]
    starts: Tensor

    @property
    def inputs(self) -> int:
        """The size of the layer's input, D."""
        return self.matrices[0].shape[1]

    @property
    def units(self) -> int:
        """The size of the layer's output, H."""
        return self.matrices[1].shape[1]


@dataclass(frozen=True)
class Parts:
    """A model: logits = head (top layer's h) + bias, all in single precision.

    Attributes:
        embedding: Shape (V_in, D).
        layers: The recurrent layers; the first reads the embedded tokens.
        head: Shape (V_out, H).
        bias: Shape (V_out,).
    """

    embedding: Tensor
    layers: list[Layer]
    head: Tensor
    bias: Tensor


def rebuilt(parts: Parts) -> nn.Module:
    """A module of these parts that maps ids (1, T) to logits (1, T, V)."""
    with torch.random.fork_rng(devices=[]):  # Making a layer draws random numbers.
        return _Rebuilt(parts).eval()


def tensors(parts: Parts) -> list[Tensor]:
    """All tensors of a model."""
    inner = [each for one in parts.layers for each in (*one.matrices, *one.biases, one.starts)]
    return [parts.embedding, *inner, parts.head, parts.bias]


class _Rebuilt(nn.Module):
    def __init__(self, parts: Parts) -> None:
        super().__init__()
        symbols, size = parts.embedding.shape
        self.embedding = nn.Embedding(symbols, size, _weight=parts.embedding)
        self.layers = nn.ModuleList(_recurrent(layer) for layer in parts.layers)
        self.head = nn.Linear(parts.head.shape[1], len(parts.head), dtype=torch.float32)
        self.head.load_state_dict({"weight": parts.head, "bias": parts.bias})
        for number, layer in enumerate(parts.layers):
            self.register_buffer(f"starts_{number}", layer.starts)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids)
        for number, layer in enumerate(self.layers):
            starts = getattr(self, f"starts_{number}")
            x, _ = layer(x, _state(starts, len(ids)))
        logits: Tensor = self.head(x)
        return logits


def _state(starts: Tensor, batch: int) -> Tensor | tuple[Tensor, ...]:
    """The states as torch's layers take them: a tensor (1, B, H), or a tuple of several."""
    each = [start.expand(1, batch, -1).contiguous() for start in starts]
    return each[0] if len(each) == 1 else tuple(each)


def _recurrent(layer: Layer) -> nn.Module:
    sizes = (layer.inputs, layer.units)
    module: nn.Module
    if layer.cell == "gru":
        module = nn.GRU(*sizes, batch_first=True)
    elif layer.cell == "lstm":
        module = nn.LSTM(*sizes, batch_first=True)
    elif layer.cell == "nested-lstm":
        module = NestedLSTM(*sizes, batch_first=True, depth=len(layer.biases))
    else:
        function = "relu" if layer.cell == "rnn-relu" else "tanh"
        module = nn.RNN(*sizes, nonlinearity=function, batch_first=True)
    # torch's default dtype may not be float32.
    module.float().load_state_dict(_weights(layer))
    return module


def _weights(layer: Layer) -> dict[str, Tensor]:
    named: dict[str, Tensor] = {}
    for level, bias in enumerate(layer.biases):
        end = "_l0" + (f"_n{level}" if level else "")
        b_ih, b_hh = bias, torch.zeros_like(bias)
        if layer.cell == "gru":
            b_ih, b_hn = bias[: -layer.units], bias[-layer.units :]
            b_hh = torch.cat([bias.new_zeros(2 * layer.units), b_hn])
        named |= {
            f"weight_ih{end}": layer.matrices[2 * level],
            f"weight_hh{end}": layer.matrices[2 * level + 1],
            f"bias_ih{end}": b_ih,
            f"bias_hh{end}": b_hh,
        }
    return named


def with_matrices(parts: Parts, matrices: Sequence[Tensor]) -> Parts:
    """The model with other matrices, given in the order of `matrices_of`."""
    left = iter(matrices)
    return replace(
        parts,
        embedding=next(left),
        layers=[
            replace(layer, matrices=[next(left) for _ in layer.matrices]) for layer in parts.layers
        ],
        head=next(left),
    )


def matrices_of(parts: Parts) -> list[Tensor]:
    """The embedding, each layer's matrices from the lowest layer on, and the head."""
    inner = [matrix for layer in parts.layers for matrix in layer.matrices]
    return [parts.embedding, *inner, parts.head]

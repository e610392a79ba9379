"""The parts of a model that a page can run, and a torch module built from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.sweep.cells import CellKind, LevelWeights, parameter_names


@dataclass(frozen=True)
class Layer:
    """One recurrent layer.

    Attributes:
        kind: The kind of cell.
        levels: The weights of its levels, the outermost first, with biases as `CellKind.merged`
            gives them.
        starts: The states before the first token, (states, H): h, then the cell states.
    """

    kind: CellKind
    levels: list[LevelWeights]
    starts: Tensor

    @property
    def inputs(self) -> int:
        """The size of the layer's input, D."""
        return self.levels[0].w_ih.shape[2]

    @property
    def units(self) -> int:
        """The size of the layer's output, H."""
        return self.starts.shape[1]

    @property
    def matrices(self) -> list[Tensor]:
        """W_ih and W_hh of each level."""
        return [matrix for level in self.levels for matrix in (level.w_ih, level.w_hh)]

    @property
    def biases(self) -> list[Tensor]:
        """Of each level b_ih, and what of b_hh is not merged into it."""
        apart = self.kind.biases_apart
        return [
            bias
            for level in self.levels
            for bias in (level.b_ih, level.b_hh[len(level.b_hh) - apart :])
        ]


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
    module = layer.kind.make(layer.inputs, layer.units, depth=len(layer.levels))
    named = {
        name: part.flatten(0, 1)
        for number, level in enumerate(layer.levels)
        for name, part in zip(parameter_names(0, number), level, strict=True)
        if len(part)
    }
    # torch's default dtype may not be float32.
    module.float().load_state_dict(named)
    return module


def with_matrices(parts: Parts, matrices: Sequence[Tensor]) -> Parts:
    """The model with other matrices, given in the order of `matrices_of`."""
    left = iter(matrices)
    return replace(
        parts,
        embedding=next(left),
        layers=[
            replace(
                layer,
                levels=[each._replace(w_ih=next(left), w_hh=next(left)) for each in layer.levels],
            )
            for layer in parts.layers
        ],
        head=next(left),
    )


def matrices_of(parts: Parts) -> list[Tensor]:
    """The embedding, each layer's matrices from the lowest layer on, and the head."""
    inner = [matrix for layer in parts.layers for matrix in layer.matrices]
    return [parts.embedding, *inner, parts.head]

"""Residual stacks of two linear recurrences, 256 wide, written as loops over the text.

Their layers are those of `tests/linear_recurrences.py`, which take the slices of each step by
`unbind`, the fastest way for autograd. `Indexed` takes them as `x[:, t]`, which is how such loops
are usually written: each step's gradient then has the size of the whole text.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from article_model import CLASSES
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

import rnnviz_widget as rv
from rnnviz_widget.models.autocomplete import SYMBOLS

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from linear_recurrences import (
    AS_SCANS,
    Blocks,
    GatedDeltaNet,
    MambaMixer,
    MinGRUMixer,
    MinLSTMMixer,
)

SIZE = 256


def _keeping(mixer: nn.Module) -> nn.Module:
    """A MinGRU mixer whose units keep 98 % of a step, so that gradients don't vanish."""
    mixer.gates.bias.data[: mixer.out.in_features] -= 4.0
    return mixer


MIXERS: dict[str, tuple[str, Callable[[], nn.Module]]] = {
    "min-gru-blocks": ("600 units", lambda: MinGRUMixer(SIZE, 600)),
    "min-gru-blocks-keeping": (
        "600 units that keep 98 %",
        lambda: _keeping(MinGRUMixer(SIZE, 600)),
    ),
    "min-lstm-blocks": ("600 units", lambda: MinLSTMMixer(SIZE, 600)),
    "mamba": ("512 units of 16 states", lambda: MambaMixer(SIZE, 512)),
    "gated-delta-net": ("4 heads of 64 x 64 states", lambda: GatedDeltaNet(SIZE, 4)),
}


class Indexed(TorchFunctionMode):
    """Takes the slices of `unbind` one by one, as loops with x[:, t] do."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        if func is Tensor.unbind:
            tensor, dim = args
            return tuple(tensor.select(dim, t) for t in range(tensor.shape[dim]))
        return func(*args, **(kwargs or {}))


class ScanLayers(nn.Module):
    """The layers between the embedding and the head, called as a recurrent layer of torch is.

    Attributes:
        hidden_size, num_layers: Their size, and how many there are.
    """

    def __init__(self, blocks: Any) -> None:
        super().__init__()
        self.mixers, self.norms, self.norm = blocks.mixers, blocks.norms, blocks.norm
        self.hidden_size, self.num_layers = SIZE, len(blocks.mixers)

    def forward(self, embedded: Tensor) -> tuple[Tensor, None]:
        """What the head reads, (B, T, H), of embedded tokens (B, T, D)."""
        hidden: Tensor = Blocks.hidden(self, embedded)
        return hidden, None

    def products(self, length: int, columns: int) -> int:
        """The multiplications and additions of exact rows in linear layers, elementwise ones not.

        Each row goes through all weights at every token that it reads, but above the uppermost scan
        at its own only. Past the layer that makes the gates of a minGRU or minLSTM it takes one
        product of its units, whatever the number of gates.
        """
        weights = [
            each.weight.numel() for each in self.mixers.modules() if isinstance(each, nn.Linear)
        ]
        last: Any = self.mixers[-1]
        below = sum(weights) - last.out.weight.numel()
        for mixer in self.mixers:
            if isinstance(mixer, MinGRUMixer | MinLSTMMixer):
                gates, units = mixer.gates, mixer.out.in_features
                below -= gates.weight.numel() - units * gates.in_features
        return length * (length + 1) // 2 * 2 * (below + self.hidden_size * columns)


class ScanModel(nn.Module):
    """An embedding, the layers as a `cell`, and a head."""

    def __init__(self, name: str) -> None:
        super().__init__()
        _, mixer = MIXERS[name]
        blocks: Any = Blocks([mixer(), mixer()], SIZE, len(SYMBOLS), CLASSES)
        self.embedding, self.head = blocks.embedding, blocks.head
        self.cell = ScanLayers(blocks)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits (B, T, V) of ids (B, T)."""
        logits: Tensor = self.head(self.cell(self.embedding(ids))[0])
        return logits


def registered(module: nn.Module) -> nn.Module:
    """A copy of a module whose recurrences are registered, which those of the module are not."""
    twin = copy.deepcopy(module)
    for each in twin.modules():
        if type(each) in AS_SCANS:
            kind = type(each)
            each.__class__ = type(kind.__name__, (kind,), {"forward": _forward_of(kind)})
            rv.recurrences.register(type(each), AS_SCANS[kind])
    return twin


def _forward_of(kind: type[Any]) -> Callable[..., Any]:
    """A forward of its own that does what the kind's does."""

    def forward(self: Any, *args: Tensor) -> Any:
        return kind.forward(self, *args)

    return forward

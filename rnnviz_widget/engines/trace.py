"""What the submodules of a network are really called with, and what of it can be relied on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn


@dataclass(frozen=True)
class Head:
    """The linear layer that made the logits: logit k at s is weight[k] @ hidden[s] + bias[k].

    Attributes:
        hidden: What it read, shape (T, H).
        weight: Shape (V, H).
        recurrent: The recurrent layers that made `hidden` as it is, out of the embedded tokens
            as they are and an empty state, if that is how it came about.
    """

    hidden: Tensor
    weight: Tensor
    recurrent: nn.RNNBase | None


@dataclass(frozen=True)
class Call:
    """What a submodule read and made.

    Attributes:
        module: The submodule.
        read: Its first argument.
        made: What it returned, or the first of it.
        alone: Whether it was called with nothing else but None.
        versions: Those of `read` and `made` then: they tell whether either was changed in place.
    """

    module: nn.Module
    read: Tensor
    made: Tensor
    alone: bool
    versions: tuple[int, int]

    def gave(self, tensor: object) -> bool:
        """Whether this very tensor came out of the call, and nothing was changed since."""
        return self.made is tensor and self.versions == (self.read._version, self.made._version)


@contextlib.contextmanager
def watched(module: nn.Module) -> Iterator[list[Call]]:
    """Collect the calls of linear and recurrent layers.

    Only those of exactly torch's types and without hooks, which may change what goes in or out.
    """
    calls: list[Call] = []

    def record(
        layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        read = args[0] if args else None
        made = output[0] if isinstance(output, tuple) else output
        if isinstance(read, Tensor) and isinstance(made, Tensor) and read.ndim == 3:
            alone = all(other is None for other in (*args[1:], *kwargs.values()))
            calls.append(Call(layer, read, made, alone, (read._version, made._version)))

    handles = [
        layer.register_forward_hook(record, with_kwargs=True)
        for layer in module.modules()
        if type(layer) in (nn.Linear, nn.RNN, nn.GRU, nn.LSTM)
        and not (layer._forward_hooks or layer._forward_pre_hooks)
    ]
    try:
        yield calls
    finally:
        for handle in handles:
            handle.remove()


def find_head(
    output: object, calls: Sequence[Call], embedded: Sequence[Tensor], *, batch_first: bool
) -> Head | None:
    """Find the linear layer whose output, as it is, the logits are.

    Args:
        output: What the module returned, or the first of it.
        calls: What its layers were called with.
        embedded: What the embedding returned, call by call.
        batch_first: Which axis is the batch.
    """
    for call in calls:
        if isinstance(call.module, nn.Linear) and call.gave(output):
            hidden = call.read.select(0 if batch_first else 1, 0)
            recurrent = _find_recurrent(call.read, calls, embedded, batch_first=batch_first)
            return Head(hidden, call.module.weight, recurrent)
    return None


def _find_recurrent(
    hidden: Tensor, calls: Sequence[Call], embedded: Sequence[Tensor], *, batch_first: bool
) -> nn.RNNBase | None:
    for call in calls:
        layers = call.module
        if (
            isinstance(layers, nn.RNNBase)
            and call.gave(hidden)
            and call.alone
            and len(embedded) == 1
            and call.read is embedded[0]
            and layers.batch_first == batch_first
            and not layers.bidirectional
            and not layers.proj_size
        ):
            return layers
    return None

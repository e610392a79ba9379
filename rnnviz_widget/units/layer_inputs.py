"""What a recurrent layer of a model reads when the model reads a text."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.models import SequenceModel


def read_by_layer(
    model: SequenceModel, text: str, layer: str | None
) -> tuple[str, nn.Module, Tensor]:
    """The name, the module and the inputs (T, 1, D) of a model's recurrent layer on a text.

    A recurrent layer is a submodule that returns a state beside its outputs, or one that is called
    once for each step; one within another is not looked at.

    Raises:
        ValueError: If there is no such layer, or several of them and `layer` says not which; or if
            the text can't be read.
    """
    network = model.snapshot().network
    ids = torch.tensor(model.tokens(text).ids)
    found: dict[str, list[Tensor]] = {}
    modules = dict(network.module.named_modules())
    handles = [
        module.register_forward_hook(_Kept(name, found))
        for name, module in modules.items()
        if name and _may_be_recurrent(module)
    ]
    try:
        with network.computing(), torch.no_grad():
            network.logits(ids)
    finally:
        for handle in handles:
            handle.remove()
    outer = [n for n in found if not any(n.startswith(f"{other}.") for other in found)]
    if layer is None and len(outer) == 1:
        layer = outer[0]
    if layer is None or layer not in found:
        what = f"layer={layer!r} is none of them" if layer else "say which by layer="
        if not outer:
            what = "pass a layer and its inputs: rv.check_unit(layer, inputs=...)"
        raise ValueError(
            f"{model.name} has {len(outer)} recurrent layers that read this text"
            + (f": {', '.join(found)}" if found else "")
            + f"; {what}"
        )
    return layer, modules[layer], _one_sequence(modules[layer], found[layer], len(ids))


def _may_be_recurrent(module: nn.Module) -> bool:
    known = (nn.RNNBase, nn.RNNCellBase)
    return isinstance(module, known) or hasattr(module, "hidden_size")


class _Kept:
    """A forward hook that keeps what a layer reads."""

    def __init__(self, name: str, found: dict[str, list[Tensor]]) -> None:
        self._name, self._found = name, found

    def __call__(self, _module: nn.Module, args: tuple[Any, ...], _output: Any) -> None:
        if args and isinstance(args[0], Tensor) and args[0].is_floating_point():
            self._found.setdefault(self._name, []).append(args[0].detach())


def _one_sequence(module: nn.Module, read: list[Tensor], length: int) -> Tensor:
    """The inputs of the first sequence, (T, 1, D)."""
    if len(read) >= length and all(x.dim() <= 2 for x in read):
        return torch.stack([x.reshape(-1, x.shape[-1])[:1] for x in read])
    x = read[0]
    if x.dim() == 2:
        return x.unsqueeze(1)
    if getattr(module, "batch_first", x.shape[0] == 1):
        x = x.transpose(0, 1)
    return x[:, :1]

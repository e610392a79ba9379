"""The logits of a network some layer of which makes other numbers than it did."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.module.network import Network


def logits_with(network: Network, ids: Tensor, module: str, made: Tensor) -> Tensor:
    """Read a text with what a submodule makes replaced.

    Args:
        network: The network.
        ids: The text, (T,).
        module: The submodule's name.
        made: What takes the place of what it makes, (T, H).

    Returns:
        The logits, (T, V).
    """
    layer = network.module.get_submodule(module)
    with network.computing(), torch.no_grad():
        handle = layer.register_forward_hook(partial(_instead, made))
        try:
            return network.logits(ids)
        finally:
            handle.remove()


def _instead(made: Tensor, _: nn.Module, __: object, output: Any) -> Any:
    first = output[0] if isinstance(output, (tuple, list)) else output
    found = made.to(first).view_as(first)
    return (found, *output[1:]) if isinstance(output, (tuple, list)) else found

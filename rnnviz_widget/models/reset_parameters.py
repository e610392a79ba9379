"""Drawing the weights of a module anew, as its layers say."""

from __future__ import annotations

import contextlib

from torch import nn


def reset_parameters(module: nn.Module) -> list[str]:
    """Call `reset_parameters` of all layers that have it.

    Returns:
        The names of the parameters that belong to no such layer, or to one whose call failed.
    """
    reset: set[str] = set()
    for name, layer in module.named_modules():
        call = getattr(layer, "reset_parameters", None)
        if callable(call):
            with contextlib.suppress(Exception):  # the caller learns which parameters stay
                call()
                prefix = f"{name}." if name else ""
                reset |= {prefix + own for own, _ in layer.named_parameters()}
    return [name for name, _ in module.named_parameters() if name not in reset]

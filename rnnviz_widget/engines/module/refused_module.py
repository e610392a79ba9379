"""What to do with what was passed in place of a module, or with one that has no numbers yet."""

from __future__ import annotations

import os
from collections.abc import Mapping

from torch import nn

_LOADS = "module.load_state_dict(torch.load(path))"


def check_module(module: object) -> None:
    """Raise an error that says what to do if a module can't be used.

    Raises:
        TypeError: If it is no module.
        ValueError: If it has weights that hold no numbers.
    """
    if not isinstance(module, nn.Module):
        raise TypeError(f"module must be a torch.nn.Module; got {_instead_of(module)}")
    name = type(module).__name__
    for weight, parameter in module.named_parameters():
        if isinstance(parameter, nn.parameter.UninitializedParameter):
            raise ValueError(  # noqa: TRY004 - its type is right
                f"{weight} of {name} has no size yet, as lazy layers get theirs from the first "
                "input: call the module once before you pass it"
            )
        if parameter.is_meta:
            raise ValueError(
                f"{weight} of {name} is on the device meta, which holds no numbers: make the "
                f"module on the CPU, then call {_LOADS}"
            )


def _instead_of(module: object) -> str:
    kind = type(module).__name__
    if isinstance(module, type):
        return f"the class {module.__name__}. Pass a module that it makes: {module.__name__}(...)"
    if isinstance(module, (str, os.PathLike)):
        return (
            f"{kind} {os.fspath(module)!r}. Make the module and load its weights into it with "
            f"{_LOADS}, then pass the module; bundled models are loaded by rv.load_pretrained"
        )
    if isinstance(module, Mapping):
        return (
            f"{kind}, as a state dict is, which has weights only. Make the module, call "
            f"module.load_state_dict(...) with it, and pass the module"
        )
    return f"{kind}. Put the code that computes the logits into the forward of one"

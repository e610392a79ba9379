"""Counting what a module is run for: forward passes by length, and gradients."""

import contextlib
from dataclasses import dataclass, field

import torch


@dataclass
class Passes:
    """The forward passes, each by its number of texts and tokens, and how many gradients."""

    forward: list[tuple[int, int]] = field(default_factory=list)
    gradients: int = 0


@contextlib.contextmanager
def counted(kind):
    """Count the passes of all modules of a class, copies too, and all gradients."""
    found, gradient = Passes(), torch.autograd.grad

    def called(module, args, kwargs=None):
        if isinstance(module, kind):
            ids = args[0] if args else kwargs["input_ids"]
            found.forward.append(tuple(ids.shape))

    def taken(*args, **kwargs):
        found.gradients += 1
        return gradient(*args, **kwargs)

    handle = torch.nn.modules.module.register_module_forward_pre_hook(called)
    torch.autograd.grad = taken
    try:
        yield found
    finally:
        torch.autograd.grad = gradient
        handle.remove()

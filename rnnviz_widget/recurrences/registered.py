"""Which modules compute a recurrence that is linear in its state, and how to compute it at once."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import nn

_registered: dict[Any, Callable[..., object]] = {}


class Replacement(NamedTuple):
    """A method of one module, and the function that takes its place.

    Attributes:
        module: The module.
        method: The method's name.
        function: Takes the module and the method's arguments.
    """

    module: nn.Module
    method: str
    function: Callable[..., object]


def register(
    kind: type[nn.Module], function: Callable[..., object], *, method: str = "forward"
) -> None:
    """Say how a kind of module computes its recurrence, so that all rows take a few scans.

    When such a module reads a text for gradients, `function` takes the place of its method. It must
    return the same numbers, computed with `diagonal` or `outer_products` in the place of a loop
    over the text. This is checked: on the first text of a network its outputs are compared with the
    module's own, and three rows of 16 tokens with plain autograd. Where they differ, the module's
    own method is used, and the reason is in `w.engines`; with `engine="scan"` it is an error.

    A subclass that has the same method is served too. Registering a kind again replaces what was
    registered before. It holds for networks that read their next text.

    Args:
        kind: The class of the module, which may be part of a larger one.
        function: Takes the module and the arguments of the method, and returns what it returns.
        method: The method whose place it takes.

    Raises:
        TypeError: If `kind` is no class of modules, or `function` can't be called.
        ValueError: If `kind` has no such method.

    Example:
        >>> class Decay(nn.Module):
        ...     def forward(self, x):
        ...         h = [x[:, 0]]
        ...         for t in range(1, x.shape[1]):
        ...             h.append(0.9 * h[-1] + x[:, t])
        ...         return torch.stack(h, dim=1)
        >>> register(Decay, lambda module, x: diagonal(torch.tensor(0.9), x))
    """
    if not isinstance(kind, type) or not issubclass(kind, nn.Module):
        raise TypeError(
            f"kind must be a class of torch.nn.Module, as type(model.mixer); got {kind!r}"
        )
    if not callable(function):
        raise TypeError(
            "function must take the module and its method's arguments; got "
            f"{type(function).__name__}"
        )
    own = getattr(kind, method, None)
    if not callable(own):
        raise ValueError(f"{kind.__name__} has no method {method!r}")  # noqa: TRY004
    _registered[method, own] = function


def replacements_in(module: nn.Module) -> list[Replacement]:
    """What was registered for a module and the modules in it."""
    found = []
    for each in module.modules():
        if isinstance(each, torch.jit.ScriptModule):
            continue
        for (method, own), function in _registered.items():
            if getattr(type(each), method, None) is own and method not in vars(each):
                found.append(Replacement(each, method, function))
    return found


@contextlib.contextmanager
def replaced(found: Sequence[Replacement]) -> Iterator[None]:
    """Put functions in the place of methods; hold the module meanwhile."""
    for module, method, function in found:
        vars(module)[method] = types.MethodType(function, module)
    try:
        yield
    finally:
        for module, method, _ in found:
            del vars(module)[method]

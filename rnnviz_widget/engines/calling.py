"""Calling a module as its user would, and what to do where that fails."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from .randomness import DrawsRandomNumbersError

Forward = Callable[[Any, Tensor], object]
"""Calls a module on ids as its user would: (module, ids) to whatever holds the logits."""


class HeadReachedError(Exception):
    """A pass has come as far as it should go."""


def called(module: nn.Module, forward: Forward | None, argument: Tensor) -> object:
    """What the module returns.

    Args:
        module: The module.
        forward: How it is called; None: with the argument alone.
        argument: Ids or vectors.

    Raises:
        RuntimeError: If it fails; the cause is attached.
    """
    try:
        return module(argument) if forward is None else forward(module, argument)
    except (DrawsRandomNumbersError, HeadReachedError):
        raise
    except Exception as error:
        what, hint = ("the module", _needs(module)) if forward is None else ("forward=", "")
        read = "vectors" if argument.is_floating_point() else "ids"
        raise RuntimeError(
            f"{what} failed on {read} of shape {tuple(argument.shape)}, {argument.dtype}: "
            f"{words(error)}{hint}"
        ) from error


def words(error: BaseException) -> str:
    """An error in words."""
    return f"{type(error).__name__}: {error}"


def _needs(module: nn.Module) -> str:
    """What more a module must be called with, as a hint."""
    try:
        _, *others = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return ""
    any_number = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    names = [
        each.name
        for each in others
        if each.default is inspect.Parameter.empty and each.kind not in any_number
    ]
    if not names:
        return ""
    call = ", ".join(f"{name}=..." for name in names)
    return (
        f"; it must be called with {', '.join(names)} too: pass "
        f"forward=lambda module, ids: module(ids, {call})"
    )

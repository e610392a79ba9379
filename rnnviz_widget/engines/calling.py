"""Calling a module as its user would, and what to do where that fails."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from .embedding_points import OtherIdsError, RecordedError
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
    except (DrawsRandomNumbersError, HeadReachedError, OtherIdsError, RecordedError):
        raise
    except Exception as error:
        read = "vectors" if argument.is_floating_point() else "ids"
        hint = (
            f"it is called with the module and {read}, and must return the logits; where it can't "
            "read any, as a source and its target must be split, pass example= with a text that it "
            "reads"
        )
        if forward is None:
            hint = _needs(module, read) or (
                f"it must map such {read} to logits; if it is called in another way, pass "
                f"forward=lambda module, {read}: ..."
            )
            if isinstance(error, IndexError) and read == "ids":
                hint = (
                    f"it was given ids up to {int(argument.max())}; pass as many symbols, in the "
                    "order of their ids, as it embeds, and a text that is not too long for it"
                )
        if isinstance(error, IndexError) and read == "vectors":
            low, high = (float(each) for each in argument.detach().aminmax())
            hint = (
                f"its numbers go from {low:.4g} to {high:.4g}; "
                "codes that it looks up must be whole numbers from 0 to below the number of rows "
                "there are. A method that puts noise, zeros or points between in the place of "
                'codes may leave these bounds: measure="norm" and the other gradients do not'
            )
        if "nference tensor" in str(error):
            hint = (
                "a part of it runs in torch.inference_mode(), which keeps nothing that a gradient "
                "needs: take the line @torch.inference_mode() above its forward, or with "
                "torch.inference_mode() in it, away"
            )
        raise RuntimeError(
            f"{'the module' if forward is None else 'forward='} failed on {read} of shape "
            f"{tuple(argument.shape)}, {argument.dtype}: {words(error)}; {hint}"
        ) from error


def told(forward: Forward) -> str:
    """What a function does, as far as it tells; the same in another process."""
    code = getattr(forward, "__code__", None)
    if code is None:
        known = dataclasses.is_dataclass(forward)
        return repr(forward) if known else type(forward).__qualname__
    values = [each for each in code.co_consts if isinstance(each, (str, int, float))]
    return repr((code.co_code.hex(), code.co_names, values))


def words(error: BaseException) -> str:
    """An error in words."""
    return f"{type(error).__name__}: {error}"


def _needs(module: nn.Module, read: str) -> str:
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
        f"it must be called with {', '.join(names)} too: pass "
        f"forward=lambda module, {read}: module({read}, {call})"
    )

"""Checks of a model's arguments, with errors that say what to pass."""

from __future__ import annotations

from collections.abc import Mapping


def check_tokenize(tokenize: object) -> None:
    """Raise a TypeError if `tokenize` is not callable."""
    if tokenize is not None and not callable(tokenize):
        raise TypeError(
            f"tokenize must be callable; got {type(tokenize).__name__}. Pass a function that maps "
            "a text to its tokens, such as str.split"
        )


def check_symbol(what: str, symbol: str | None, ids: Mapping[str, int], where: str) -> None:
    """Raise a ValueError if a symbol, the argument `what`, is not among the inputs."""
    if symbol is not None and symbol not in ids:
        raise ValueError(
            f"{what}={symbol!r} must be one of the input symbols; it is not. Pass the symbol that "
            f"the module was trained to read {where}, or add it to inputs"
        )


def check_window(window: object, pad: object) -> None:
    """Raise an error if a window is no whole number from 2 on, or there is padding without one."""
    if window is None:
        if pad is not None:
            raise ValueError(
                "pad= fills up windows at the start of a text; pass window= with the number of "
                "tokens that the module reads for each output, or leave pad out"
            )
        return
    if isinstance(window, bool) or not isinstance(window, int):
        raise TypeError(f"window must be a whole number of tokens; got {window!r}")
    if window < 2:
        raise ValueError(f"window must be at least 2 tokens; got {window}")

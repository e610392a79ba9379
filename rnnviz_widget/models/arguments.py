"""Checks of a model's arguments, with errors that say what to pass."""

from __future__ import annotations

from collections.abc import Mapping


def check_tokenize(tokenize: object) -> None:
    """Refuse a `tokenize` that is not callable.

    Raises:
        TypeError: If it is not.
    """
    if tokenize is not None and not callable(tokenize):
        raise TypeError(
            f"tokenize must be callable; got {type(tokenize).__name__}. Pass a function that maps "
            "a text to its tokens, such as str.split"
        )


def check_symbol(what: str, symbol: str | None, ids: Mapping[str, int], where: str) -> None:
    """Refuse a symbol that is not among the inputs.

    Args:
        what: The argument's name.
        symbol: The symbol; None: none was given.
        ids: The id of each input symbol.
        where: Where the module was trained to read it, for the message.

    Raises:
        ValueError: If it is not among them.
    """
    if symbol is not None and symbol not in ids:
        raise ValueError(
            f"{what}={symbol!r} must be one of the input symbols; it is not. Pass the symbol that "
            f"the module was trained to read {where}, or add it to inputs"
        )


def check_window(window: object, pad: object) -> None:
    """Refuse a window that is no length of at least 2, and padding without a window.

    Raises:
        TypeError: If the window is no whole number.
        ValueError: If it is below 2, or there is none and `pad` is not None.
    """
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

"""Checks of what a user says of a model: each refuses in words what can't be meant."""

from __future__ import annotations

from collections.abc import Mapping


def check_tokenize(tokenize: object) -> None:
    """Refuse what can't be called with a text.

    Raises:
        TypeError: If it can't.
    """
    if tokenize is not None and not callable(tokenize):
        raise TypeError(
            f"tokenize must be callable; got {type(tokenize).__name__}. Pass what maps a text to "
            "its tokens, such as str.split"
        )


def check_symbol(what: str, symbol: str | None, ids: Mapping[str, int], where: str) -> None:
    """Refuse a symbol that is none of the inputs.

    Args:
        what: The argument's name.
        symbol: The symbol; None: there is none.
        ids: The id of each input symbol.
        where: Where the module was trained to read it.

    Raises:
        ValueError: If it is none.
    """
    if symbol is not None and symbol not in ids:
        raise ValueError(
            f"{what}={symbol!r} must be one of the input symbols; it is not. Pass the symbol that "
            f"the module was trained to read {where}, or add it to inputs"
        )


def check_window(window: object, pad: object) -> None:
    """Refuse what is no length of a window, and padding without one.

    Raises:
        TypeError: If the window is no whole number.
        ValueError: If it is below 2, or there is none and `pad` is not None.
    """
    if window is None:
        if pad is not None:
            raise ValueError(
                "pad= stands before the first token of a window; pass window= with how many tokens "
                "the module reads for each output, or leave pad out"
            )
        return
    if isinstance(window, bool) or not isinstance(window, int):
        raise TypeError(f"window must be a whole number of tokens; got {window!r}")
    if window < 2:
        raise ValueError(f"window must be at least 2 tokens; got {window}")

"""Checks of outputs and inputs that a user names."""

from __future__ import annotations

import numpy as np


def checked_pair(s: object, t: object, length: int) -> tuple[int, int]:
    """An output s and an input t of a text with so many tokens.

    Raises:
        TypeError: If one is no whole number.
        IndexError: If there is no such token.
    """
    return _checked("s", s, length), _checked("t", t, length)


def _checked(name: str, token: object, length: int) -> int:
    if isinstance(token, bool) or not isinstance(token, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, the token's index; got {token!r}")
    if not 0 <= token < length:
        raise IndexError(
            f"there is no token {token}: the text has {length}, from 0 to {length - 1}"
        )
    return int(token)

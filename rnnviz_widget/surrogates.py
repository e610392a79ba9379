"""Halves of surrogate pairs: a Python string can hold them; JSON, UTF-8 and a page can't.

Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")


def check_surrogates(text: str, what: str) -> None:
    """Raise if a text contains half of a surrogate pair.

    Args:
        text: Any text.
        what: What the text is, for the message: "the text", "a model's name".

    Raises:
        ValueError: If it does; the message names the text, the half and its place.
    """
    if text.isascii():
        return
    found = _HALF.search(text)
    if found is not None:
        raise ValueError(
            f"{what} has half of a surrogate pair, {found[0]!r} at character {found.start()}; it "
            "is no character, and neither a page nor a file can hold it: replace it, or decode "
            'the bytes that it came from with errors="replace"'
        )


def check_all_surrogates(texts: Iterable[str], what: str) -> None:
    """Raise if one of several texts contains half of a surrogate pair.

    Args:
        texts: The texts.
        what: What they are, for the message, which adds the index: "inputs" gives "inputs[3]".

    Raises:
        ValueError: As `check_surrogates`.
    """
    for number, text in enumerate(texts):
        if not text.isascii():
            check_surrogates(text, f"{what}[{number}]")


def without_surrogates(value: Any) -> Any:
    """A text, or all texts in lists and dicts, with U+FFFD in place of each half of a pair."""
    if isinstance(value, str):
        return value if value.isascii() else _HALF.sub("\ufffd", value)
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_surrogates(item) for item in value]
    return value


def has_surrogates(value: Any) -> bool:
    """Whether a text, or any text in lists and dicts, contains half of a surrogate pair."""
    if isinstance(value, str):
        return not value.isascii() and _HALF.search(value) is not None
    if isinstance(value, dict):
        return any(has_surrogates(key) or has_surrogates(item) for key, item in value.items())
    return isinstance(value, (list, tuple)) and any(map(has_surrogates, value))

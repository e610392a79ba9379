"""Checks of a model's arguments, with errors that say what to pass."""

from __future__ import annotations

import os
from collections.abc import Mapping

ELSEWHERE = {
    "model": "module",
    "vocab": "inputs",
    "vocabulary": "inputs",
    "symbols": "inputs",
    "classes": "outputs",
    "labels": "outputs",
    "tokenizer": "tokenize",
    "device": 'move the module before: module.to("cuda")',
    "text": "the text is passed to what reads the model: rv.explore(model, text)",
}
"""Arguments that newcomers give to `SequenceModel`, and what does it here."""


def check_text(text: object) -> None:
    """Raise a TypeError if a text is no string, or a ValueError if it is empty."""
    check_string(text)
    if not text:
        raise ValueError("text is empty; pass at least one character")


def check_string(text: object) -> None:
    """Raise a TypeError if a text is no string."""
    if isinstance(text, str):
        return
    hint = ""
    if isinstance(text, (bytes, bytearray)):
        hint = ": pass text.decode()"
    elif isinstance(text, os.PathLike):
        hint = f": pass what the file holds, path.read_text() of {os.fspath(text)!r}"
    elif isinstance(text, (list, tuple)) and all(isinstance(each, str) for each in text):
        hint = ': pass one string, as "".join(...); a model may split it by its tokenize='
    elif hasattr(text, "shape") or isinstance(text, (list, tuple)):
        hint = ": pass the text itself; the model finds the ids of its symbols"
    raise TypeError(f"text must be a string; got {type(text).__name__}{hint}")


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

"""Checks before a text is read: that a model is one, and that the scores fit into memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from rnnviz_widget.models import SequenceModel, pretrained_names

_SHOWN = 40

MATRIX_LIMIT = 100_000_000
"""The most scores of one matrix: those of 10,000 tokens, 400 MB in single precision."""


def check_matrix(outputs: int, inputs: int) -> None:
    """Raise a ValueError if a matrix has more than `MATRIX_LIMIT` scores, too many for memory."""
    scores = outputs * inputs
    if scores > MATRIX_LIMIT:
        raise ValueError(
            f"{outputs:,} outputs and {inputs:,} inputs have {scores:,} scores, about "
            f"{4 * scores / 1e9:.1f} GB in single precision; {MATRIX_LIMIT:,} are allowed. Read a "
            "shorter text, or hover over this one with rv.explore, which computes single rows"
        )


def checked_rows(rows: object, outputs: int) -> list[int]:
    """The outputs whose scores are wanted, each from 0 to below `outputs`.

    Raises:
        TypeError: If they are no whole numbers.
        IndexError: If there is no such output.
        ValueError: If there are none, or one is there twice.
    """
    given: list[Any] = list(rows) if isinstance(rows, Iterable) else [rows]
    for row in given:
        if isinstance(row, bool) or not isinstance(row, (int, np.integer)):
            raise TypeError(f"rows must be whole numbers, such as [0, 5]; got {row!r}")
        if not -outputs <= row < outputs:
            raise IndexError(
                f"there is no output {row}: the text has {outputs} tokens, and rows are from 0 to "
                f"{outputs - 1}, or from the end, -1 to {-outputs}"
            )
    found = [int(row) % outputs for row in given]
    if not found:
        raise ValueError("rows is empty; leave it out for all rows")
    twice = next((row for row, often in Counter(found).items() if often > 1), None)
    if twice is not None:
        raise ValueError(f"output {twice} is in rows twice; name each output once")
    return found


def check_model(model: object) -> None:
    """Raise a TypeError if `model` is no `SequenceModel`, and say how to make one."""
    if not isinstance(model, SequenceModel):
        raise TypeError(f"expected an rv.SequenceModel; got {_no_model(model)}")


def _no_model(given: object) -> str:
    """What was given in place of a model, and what to do with it."""
    kind = type(given).__name__
    wrapped = "rv.SequenceModel(module, inputs=symbols, outputs=classes)"
    if isinstance(given, str):
        if given.casefold() in pretrained_names():
            return f"{kind}. Pass rv.load_pretrained({given.casefold()!r})"
        short = given[:_SHOWN]
        return f"{kind} {short!r}. Wrap a torch module as {wrapped}; it stands before the text"
    if isinstance(given, type):
        return f"the class {given.__name__}. Pass a model: {wrapped}"
    return f"{kind}. Wrap a torch module as {wrapped}"


def check_tolerance(tolerance: float) -> float:
    """Raise a ValueError if a tolerance is not a number from 0 to below 1."""
    if not isinstance(tolerance, (int, float)) or not 0 <= tolerance < 1:
        raise ValueError(
            "tolerance must be 0 (exact) or a share of a row's largest score below 1, such as "
            f"1e-4; got {tolerance!r}"
        )
    return float(tolerance)

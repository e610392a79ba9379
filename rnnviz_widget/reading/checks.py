"""Checks before a text is read: that a model is one, and that the scores fit into memory."""

from __future__ import annotations

from rnnviz_widget.models import SequenceModel

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


def check_model(model: object) -> None:
    """Raise a TypeError if `model` is no `SequenceModel`, and say how to make one."""
    if not isinstance(model, SequenceModel):
        raise TypeError(
            f"expected an rv.SequenceModel; got {type(model).__name__}. Wrap a torch module as "
            "rv.SequenceModel(module, inputs=symbols, outputs=classes)"
        )


def check_tolerance(tolerance: float) -> float:
    """Raise a ValueError if a tolerance is not a number from 0 to below 1."""
    if not isinstance(tolerance, (int, float)) or not 0 <= tolerance < 1:
        raise ValueError(
            "tolerance must be 0 (exact) or a share of a row's largest score below 1, such as "
            f"1e-4; got {tolerance!r}"
        )
    return float(tolerance)

"""Whether an engine that knows more than autograd gives the same rows, tried on a short text."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .engine import Engine
from .measures import MEASURES
from .module.network import Network
from .reference import reference_rows

# How many tokens are read.
_CHECKED = 16

AGREES = {torch.float64: 1e-10, torch.float32: 1e-4}
"""The largest relative error of a row; other precisions are left to autograd."""


class NotFiniteError(ValueError):
    """A module's own numbers are not finite: there is nothing to compare an engine's with."""


def check_finite(ours: Tensor) -> None:
    """Raise a `NotFiniteError` if logits or rows hold NaN or +inf; -inf only masks a class."""
    # The largest is NaN if any is.
    if ours.numel() and not float(ours.max()) < torch.inf:
        raise NotFiniteError("the module's own numbers are not finite: check the weights for NaN")


def disagreement(
    network: Network, ids: Tensor, make: Callable[[Tensor], Engine], equations: str
) -> str | None:
    """How an engine differs from autograd on the beginning of a text, in words; None: it agrees.

    Args:
        network: The network.
        ids: The text, (T,).
        make: Makes the engine of a text.
        equations: What would be wrong, in words.

    Raises:
        NotFiniteError: If autograd's rows are not finite.
    """
    ids = ids[:_CHECKED]
    measure = MEASURES["embedding_norm"]
    try:
        engine = make(ids)
        rows = sorted({0, len(ids) // 2, len(ids) - 1})
        targets = [row % engine.logits.shape[1] for row in rows]
        truth = reference_rows(network, ids, rows, targets, measure.name)
        for right in truth:
            check_finite(right)
        alone, _ = engine.rows(rows, targets, measure)
        together = engine.fill(rows, targets, measure).finish()
        for row, *found, right in zip(rows, alone, together, truth, strict=True):
            error = max((each - right).abs().max() for each in found)
            if not error <= AGREES[right.dtype] * right.abs().max():
                return (
                    f"{equations} differ from autograd at output {row} by {float(error):.1e}, "
                    f"where the largest score is {float(right.abs().max()):.1e}"
                )
    except NotFiniteError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a module's own passes raise
        return f"on the first {len(ids)} tokens alone it could not be checked: {error}"
    return None

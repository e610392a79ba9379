"""Whether two results differ by no more than rounding."""

from __future__ import annotations

import torch
from torch import Tensor

# How far apart they may be, as a share of the largest magnitude; by rounding alone in half.
_AGREES = {torch.float64: 1e-9, torch.float32: 1e-4}
_AGREES_IN_HALF = 0.03


def rounding(dtype: torch.dtype) -> float:
    """How far apart two results may be in a precision, as a share of the largest magnitude."""
    return _AGREES.get(dtype, _AGREES_IN_HALF)


def agree(ours: Tensor, truth: Tensor) -> bool:
    """Whether two results differ by no more than rounding; logits of -inf must be the same."""
    return apart(ours, truth) <= rounding(truth.dtype) * float(finite(truth).abs().max())


def apart(ours: Tensor, truth: Tensor) -> float:
    """The largest difference of two results; none where both have the same infinity."""
    return float(torch.where(ours == truth, 0, (ours - truth).abs()).max())


def finite(numbers: Tensor) -> Tensor:
    """The same with zeros in the place of what is not finite."""
    return torch.where(numbers.isfinite(), numbers, 0)

"""Whether two results differ by no more than rounding."""

from __future__ import annotations

import torch
from torch import Tensor

# The largest difference by rounding, as a share of the largest magnitude; below, in half precision.
_AGREES = {torch.float64: 1e-9, torch.float32: 1e-4}
_AGREES_IN_HALF = 0.03


def rounding(dtype: torch.dtype) -> float:
    """The largest difference by rounding in a precision, as a share of the largest magnitude."""
    return _AGREES.get(dtype, _AGREES_IN_HALF)


def agree(ours: Tensor, truth: Tensor) -> bool:
    """Whether two results differ by no more than rounding; infinities must be the same in both."""
    return apart(ours, truth) <= rounding(truth.dtype) * float(finite(truth).abs().max())


def apart(ours: Tensor, truth: Tensor) -> float:
    """The largest difference of two results; equal infinities count as 0."""
    return float(torch.where(ours == truth, 0, (ours - truth).abs()).max())


def finite(numbers: Tensor) -> Tensor:
    """The same numbers, with zeros in place of those that are not finite."""
    return torch.where(numbers.isfinite(), numbers, 0)

"""Gradients that have vanished are zero: numbers near the smallest make a processor slow."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

EVERY = 4
"""Steps after which carried gradients are looked through: each time costs a pass over them."""


def smallest_kept(beginnings: Tensor) -> float:
    """The magnitude below which carried gradients are set to zero.

    That is 2^-103 in single precision: 2^23 times the smallest normal number. The steps until
    gradients are looked through again would lead from below it to subnormal numbers, which have
    fewer digits, and for which many processors take up to a hundred times as long: matrix products
    of vanishing gradients took 18 times as long. Where a row begins with gradients so small that
    less than 2^-70 of them would be lost otherwise, it is less, down to 2^-118.

    It is 0, so that nothing is cleared, on a device other than a processor, which is as fast with
    subnormal numbers, and in half precision, whose numbers don't reach so far.

    Args:
        beginnings: What the gradients of the rows begin with, (N, H) or (H,).
    """
    if beginnings.device.type != "cpu" or beginnings.dtype not in {torch.float32, torch.float64}:
        return 0.0
    tiny = torch.finfo(beginnings.dtype).tiny
    peaks = beginnings.abs().amax(-1)
    some = peaks[peaks > 0]
    weakest = float(some.min()) if some.numel() else 1.0
    return min(max(weakest * 2.0**-70, tiny * 2**8), tiny * 2**23)


def clear_vanished(states: Iterable[Tensor], least: float) -> None:
    """Set to zero, in place, what is smaller than `least`; NaN stays."""
    if least == 0:
        return
    for state in states:
        torch.hardshrink(state, least, out=state)

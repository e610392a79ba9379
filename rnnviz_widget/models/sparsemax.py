"""Sparsemax: a softmax with exact zeros."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Sparsemax(nn.Module):
    """Projection onto the probability simplex, in place of `torch.nn.Softmax`.

    With z sorted, z_(1) >= z_(2) >= ...::

        k(z)   = max { k : 1 + k z_(k) > z_(1) + .. + z_(k) }
        tau(z) = (z_(1) + .. + z_(k(z)) - 1) / k(z)
        p_i    = max(z_i - tau(z), 0)

    For v the gradient at p and S = { i : p_i > 0 } the support, its gradient is v_i minus the mean
    of v over S for i in S, and zero elsewhere: inputs that sparse attention leaves out get no
    gradient through it. A score of minus infinity, as in a mask, gets the probability zero.

    Source: Martins and Astudillo, "From softmax to sparsemax: a sparse model of attention and
    multi-label classification", ICML 2016 (arXiv:1602.02068).

    Args:
        dim: The axis along which p sums to 1.

    Shape:
        Any; the output has the shape of the input.

    Example:
        >>> Sparsemax()(torch.tensor([2.0, 1.5, 0.0])).tolist()
        [0.75, 0.25, 0.0]
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, scores: Tensor) -> Tensor:
        """Map scores z to probabilities p."""
        z = scores.movedim(self.dim, -1)
        if z.dtype in (torch.float16, torch.bfloat16):
            # Sums of many small numbers need more precision.
            return self.forward(scores.float()).to(scores.dtype)
        # Subtracting the same number from all scores changes nothing, and keeps sums small.
        z = z - z.amax(dim=-1, keepdim=True).detach()
        ordered = z.sort(dim=-1, descending=True).values
        sums = ordered.cumsum(dim=-1)
        counts = torch.arange(1, z.shape[-1] + 1, device=z.device, dtype=z.dtype)
        size = (1 + counts * ordered > sums).sum(dim=-1, keepdim=True)
        tau = (sums.gather(-1, size - 1) - 1) / size
        return (z - tau).clamp(min=0).movedim(-1, self.dim)

    def extra_repr(self) -> str:
        """The axis, for `repr`."""
        return f"dim={self.dim}"

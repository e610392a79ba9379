"""The neural multiplication unit."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class NMU(nn.Module):
    """The neural multiplication unit: products of some of its inputs.

    With W limited to 0 to 1, for output h and inputs d::

        z_h = product over d of (W_hd x_d + 1 - W_hd)

    so that an input is a factor where W is 1, and ignored where it is 0. Unlike `NALU`, it keeps
    signs and needs no logarithm. In training W is driven to 0 or 1 by adding `sparsity()` to the
    loss, and W must be kept between 0 and 1 by calling `limit()` after each step.

    Source: Madsen and Johansen, "Neural arithmetic units", ICLR 2020 (arXiv:2001.05016), section 3.
    W is drawn uniformly from 1/4 to 3/4.

    Args:
        in_features: The size of an input, D.
        out_features: The size of an output, H.
        device: The device of the parameters.
        dtype: The dtype of the parameters.

    Attributes:
        weight: W, (H, D).

    Shape:
        (.., D) to (.., H).
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        shape = (out_features, in_features)
        self.weight = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        nn.init.uniform_(self.weight, 0.25, 0.75)

    def limit(self) -> None:
        """Limit the weights to 0 to 1; call it after each step of the optimiser."""
        with torch.no_grad():
            self.weight.clamp_(0, 1)

    def sparsity(self) -> Tensor:
        """The mean of min(W, 1 - W), a scalar: 0 where all weights are 0 or 1."""
        weight = self.weight.clamp(0, 1)
        return torch.minimum(weight, 1 - weight).mean()

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (.., D) to their products (.., H)."""
        weight = self.weight.clamp(0, 1)
        return (x.unsqueeze(-2) * weight + (1 - weight)).prod(-1)

    def extra_repr(self) -> str:
        """The sizes, for `repr`."""
        return f"in_features={self.in_features}, out_features={self.out_features}"

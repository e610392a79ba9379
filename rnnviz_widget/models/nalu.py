"""NAC and NALU: layers that add, subtract, multiply and divide."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


class NAC(nn.Module):
    """The neural accumulator: sums and differences of its inputs.

    With ``*`` elementwise::

        W = tanh(W_hat) * sigmoid(M_hat)
        a = W x

    so that weights tend to -1, 0 and 1. There is no bias.

    Source: Trask, Hill, Reed, Rae, Dyer and Blunsom, "Neural arithmetic logic units", NeurIPS 2018
    (arXiv:1808.00508), section 3. W_hat and M_hat are initialised as by Glorot and Bengio, 2010
    (uniform).

    Args:
        in_features: The size of an input, D.
        out_features: The size of an output, H.
        device: The device of the parameters.
        dtype: The dtype of the parameters.

    Attributes:
        weight_hat, mask_hat: W_hat and M_hat, (H, D).

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
        self.weight_hat = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
        self.mask_hat = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initialise all weights anew."""
        for weight in self.parameters():
            nn.init.xavier_uniform_(weight)

    @property
    def weight(self) -> Tensor:
        """W, (H, D), with values between -1 and 1."""
        return self.weight_hat.tanh() * self.mask_hat.sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (.., D) to their sums (.., H)."""
        return functional.linear(x, self.weight)

    def extra_repr(self) -> str:
        """The sizes, for `repr`."""
        return f"in_features={self.in_features}, out_features={self.out_features}"


class NALU(NAC):
    """The neural arithmetic logic unit: sums, or products, of its inputs.

    With W and a as for `NAC`, and ``*`` elementwise::

        m = exp(W log(|x| + eps))
        g = sigmoid(G x)
        y = g * a + (1 - g) * m

    A product is computed as a sum of logarithms. So it ignores signs, and no factor is closer to
    zero than eps. m is limited to half the largest number of its precision: an infinite m would
    make the gradient of g, and so of all inputs, NaN.

    Source: Trask, Hill, Reed, Rae, Dyer and Blunsom, "Neural arithmetic logic units", NeurIPS 2018
    (arXiv:1808.00508), section 3. G is initialised like the weights of `NAC`.

    Args:
        in_features: The size of an input, D.
        out_features: The size of an output, H.
        eps: Keeps logarithms finite.
        device: The device of the parameters.
        dtype: The dtype of the parameters.

    Attributes:
        weight_hat, mask_hat, gate: W_hat, M_hat and G, (H, D).

    Raises:
        ValueError: If eps is not above zero.

    Shape:
        (.., D) to (.., H).
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        eps: float = 1e-7,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if not eps > 0:
            raise ValueError(f"eps must be above 0, since 0 has no logarithm; got {eps}")
        super().__init__(in_features, out_features, device=device, dtype=dtype)
        self.eps = eps
        self.gate = nn.Parameter(torch.empty_like(self.weight_hat))
        nn.init.xavier_uniform_(self.gate)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (.., D) to outputs (.., H)."""
        weight = self.weight
        sums = functional.linear(x, weight)
        exponents = functional.linear((x.abs() + self.eps).log(), weight)
        products = exponents.clamp(max=math.log(torch.finfo(x.dtype).max / 2)).exp()
        share = self.share(x)
        return share * sums + (1 - share) * products

    def share(self, x: Tensor) -> Tensor:
        """The gate g of inputs (.., D): how much of each output is a sum, (.., H)."""
        return functional.linear(x, self.gate).sigmoid()

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

    so that weights lean to -1, 0 and 1. There is no bias.

    Source: Trask, Hill, Reed, Rae, Dyer and Blunsom, "Neural arithmetic logic units", NeurIPS 2018
    (arXiv:1808.00508), section 3. W_hat and M_hat begin uniform, as Glorot and Bengio, 2010.

    Args:
        in_features: Size of an input, D.
        out_features: Size of an output, H.
        device: Where the parameters are made.
        dtype: Of the parameters.

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
        """Draw all weights anew."""
        for weight in self.parameters():
            nn.init.xavier_uniform_(weight)

    @property
    def weight(self) -> Tensor:
        """W, (H, D), each between -1 and 1."""
        return self.weight_hat.tanh() * self.mask_hat.sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """Inputs (.., D) to their sums (.., H)."""
        return functional.linear(x, self.weight)

    def extra_repr(self) -> str:
        """What `repr` tells."""
        return f"in_features={self.in_features}, out_features={self.out_features}"


class NALU(NAC):
    """The neural arithmetic logic unit: sums, or products, of its inputs.

    With W and a as of `NAC`, and ``*`` elementwise::

        m = exp(W log(|x| + eps))
        g = sigmoid(G x)
        y = g * a + (1 - g) * m

    A product is a sum of logarithms: it forgets signs, and no factor is nearer to zero than eps.
    m is held below half the largest number of its precision, since an
    infinite m would make the gradient of g, and so of all inputs, NaN.

    Source: Trask, Hill, Reed, Rae, Dyer and Blunsom, "Neural arithmetic logic units", NeurIPS 2018
    (arXiv:1808.00508), section 3. G begins as the weights of `NAC`.

    Args:
        in_features: Size of an input, D.
        out_features: Size of an output, H.
        eps: Keeps logarithms finite.
        device: Where the parameters are made.
        dtype: Of the parameters.

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
            raise ValueError(
                f"eps must be above 0, or a product with 0 has no logarithm; got {eps}"
            )
        super().__init__(in_features, out_features, device=device, dtype=dtype)
        self.eps = eps
        self.gate = nn.Parameter(torch.empty_like(self.weight_hat))
        nn.init.xavier_uniform_(self.gate)

    def forward(self, x: Tensor) -> Tensor:
        """Inputs (.., D) to outputs (.., H)."""
        weight = self.weight
        sums = functional.linear(x, weight)
        exponents = functional.linear((x.abs() + self.eps).log(), weight)
        products = exponents.clamp(max=math.log(torch.finfo(x.dtype).max / 2)).exp()
        share = functional.linear(x, self.gate).sigmoid()
        return share * sums + (1 - share) * products

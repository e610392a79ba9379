"""What moments an arithmetic unit has at the start: derived, or by a second-order Taylor series.

Inputs have mean mu and variance s, and are independent of each other and of the weights; D inputs,
H outputs. Exact, but for the multiplicative NAC::

    NAC      E W = 0,  Var W = 1/(2r) (1 - tanh(r)/r) (r - tanh(r/2)),  r = sqrt(6 / (D + H))
             E z = 0,  Var z = D Var W (s + mu^2),  E[dL/dM^] = 0, since E tanh(W^) = 0
    NAC, multiplicative
             at x = mu: E z ~ f(1, 1),  Var z ~ f(4, 1) - f(1, 2)
             f(a, b) = (1 + a/2 Var W log(|mu| + eps)^2)^(b D)
    NALU     E g = 1/2
    NMU      E W = 1/2,  Var W = 1/48,  E z = ((mu + 1) / 2)^D
             Var z = ((Var W + 1/4) (s + mu^2 + 1) + 2 mu (1/4 - Var W))^D - (E z)^2
    linear   Var z = D E[w^2] (s + mu^2)

Source: Madsen and Johansen, "Neural arithmetic units", ICLR 2020 (arXiv:2001.05016), appendix; and
for the layer that is linear, Glorot and Bengio, 2010.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import nn

from rnnviz_widget.models import NAC, NALU, NMU, MultiplicativeNAC

AT_MEAN = "output at the inputs' mean"
"""What is derived of the multiplicative NAC: its output where all inputs are the same, mu."""


@dataclass(frozen=True)
class ExpectedMoments:
    """What is expected of a quantity.

    Attributes:
        mean: Its mean; None: nothing is derived.
        variance: Its variance; None likewise.
        rule: By which rule, in words.
    """

    mean: float | None
    variance: float | None
    rule: str


def nac_weight_variance(bound: float) -> float:
    """Var of tanh(a) sigmoid(b), with a and b uniform from -bound to bound."""
    r = bound
    return (1 - math.tanh(r) / r) * (r - math.tanh(r / 2)) / (2 * r)


def nac_bound_for(variance: float) -> float | None:
    """The bound whose weights have that variance; None: none has, since it stays below 1/2."""
    if not 0 < variance < 0.5:
        return None
    low, high = 1e-3, 1e3
    if not nac_weight_variance(low) < variance < nac_weight_variance(high):
        return None
    for _ in range(80):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if nac_weight_variance(middle) < variance else (low, middle)
    return low


def expected_gradients(module: nn.Module) -> dict[str, float]:
    """Parameters whose expected gradient is known to be zero."""
    return {"mask_hat": 0.0} if type(module) is NAC else {}


def expected_moments(module: nn.Module, mean: float, variance: float) -> dict[str, ExpectedMoments]:
    """What is expected of "weight", "output" and "gate", as far as it is known."""
    square = variance + mean**2
    if isinstance(module, NAC):
        return _of_nac(module, mean, square)
    if isinstance(module, NMU):
        size, of_weight = module.in_features, 1 / 48
        z = ((mean + 1) / 2) ** size
        second = (of_weight + 0.25) * (square + 1) + 2 * mean * (0.25 - of_weight)
        rule = "independent factors"
        return {
            "weight": ExpectedMoments(0.5, of_weight, "uniform from 1/4 to 3/4"),
            "output": ExpectedMoments(z, second**size - z**2, rule),
        }
    if isinstance(module, nn.Linear):
        of_weight = float(module.weight.detach().double().square().mean())
        bias = module.bias
        more = 0.0 if bias is None else float(bias.detach().double().square().mean())
        forward = module.in_features * of_weight * square + more
        return {"output": ExpectedMoments(0.0, forward, "D E[w^2] E[x^2]")}
    return {}


def _of_nac(module: NAC, mean: float, square: float) -> dict[str, ExpectedMoments]:
    size = module.in_features
    bound = math.sqrt(6 / (size + module.out_features))
    largest = max(float(p.detach().abs().max()) for p in (module.weight_hat, module.mask_hat))
    if largest > bound * (1 + 1e-6):
        return {}  # not as `NAC.reset_parameters` draws them
    of_weight = nac_weight_variance(bound)
    found = {"weight": ExpectedMoments(0.0, of_weight, "tanh times sigmoid of uniform weights")}
    if isinstance(module, NALU):
        return found | {"gate": ExpectedMoments(0.5, None, "symmetric weights")}
    if isinstance(module, MultiplicativeNAC):
        log2 = math.log(abs(mean) + module.eps) ** 2

        def f(a: float, b: float) -> float:
            exponent = b * size * math.log1p(a / 2 * of_weight * log2)
            return math.exp(exponent) if exponent < 700 else math.inf

        first, second = f(4, 1), f(1, 2)
        # Negative where the series is not near anything: then there is no prediction.
        spread = first - second if first > second else None
        rule = "second-order Taylor"
        return found | {AT_MEAN: ExpectedMoments(f(1, 1), spread, rule)}
    rule = "D Var W E[x^2]"
    return found | {"output": ExpectedMoments(0.0, size * of_weight * square, rule)}

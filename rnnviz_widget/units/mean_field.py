"""What moments and gradients a recurrent unit has at the start, by mean-field theory.

Weights are taken as independent of the states that they multiply, and the sums before each gate
as normal, N(b_j, q), with b_j the biases of unit j, D inputs, H units, and

    q = D E[w_ih^2] E[x^2] + H E[w_hh^2] E[h^2]

Expectations of a gate's function are computed by Gauss-Hermite quadrature, and E[h^2] is iterated
to its fixed point. Backwards, the mean squares of the gradients at h, p, and at each unit's c,
s_j, go through a step by a matrix without negative entries. Its largest eigenvalue chi would be
the factor per step of the squared gradient if each step had weights of its own; 1 is critical.

But all steps have the same weights. The mean of a step's Jacobian, a_j on the diagonal plus a
random matrix with entries of variance b_j^2 / H, has the spectral radius rho, outside of which

    mean over j of b_j^2 / (z - a_j)^2 < 1

(rho = a + b if all units are alike: the circular law). Where gates keep a part of the state, rho^2
is the larger one. The exponent is ``max(ln(chi) / 2, ln(rho))``.

Sources: Schoenholz, Gilmer, Ganguli and Sohl-Dickstein, "Deep information propagation", 2017; Chen,
Pennington and Schoenholz, "Dynamical isometry and a mean field theory of RNNs", 2018; Gilboa et
al., "Dynamical isometry and a mean field theory of LSTMs and GRUs", 2019.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from rnnviz_widget.models import MinGRU

from .gates import GRU_GATES, LSTM_GATES, kind_of, parameter_layers

Floats = npt.NDArray[np.float64]
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(61)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_ROUNDS = 400
_SAME = 1e-10


@dataclass(frozen=True)
class MeanField:
    """What is predicted.

    Attributes:
        exponent: max(ln(chi) / 2, ln(rho)), in nats per step, of the layer that keeps the most.
        gates: The mean and the variance of each gate, by name.
        states: E[h^2], and E[c^2] of an LSTM, of the last layer.
    """

    exponent: float
    gates: dict[str, tuple[float, float]] = field(default_factory=dict)
    states: tuple[float, ...] = ()


def mean_field(module: nn.Module, input_square: float) -> MeanField | None:
    """The prediction for torch's own RNN, LSTM and GRU, and for `rv.MinGRU`.

    Args:
        module: The unit, whose weights give the variances and biases.
        input_square: E[x^2], of each component of an input.

    Returns:
        The prediction; None for other units.
    """
    if isinstance(module, MinGRU):
        return _min_gru(module, input_square)
    layers = parameter_layers(module)
    if not layers:
        return None
    solve = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}[kind_of(module)]
    found: list[MeanField] = []
    gates: dict[str, tuple[float, float]] = {}
    square = input_square
    for number, layer in enumerate(layers):
        one = solve(_Blocks(*layer, kind_of(module)), square, module)
        before = f"layer {number}, " if len(layers) > 1 else ""
        gates |= {before + name: moments for name, moments in one.gates.items()}
        square = one.states[0]
        found.append(one)
    return MeanField(max(one.exponent for one in found), gates, found[-1].states)


def mean_of(found: Sequence[MeanField]) -> MeanField | None:
    """The mean of predictions for several draws of the weights; None if there are none."""
    if not found:
        return None
    gates = {
        name: (
            float(np.mean([each.gates[name][0] for each in found])),
            float(np.mean([each.gates[name][1] for each in found])),
        )
        for name in found[0].gates
    }
    states = np.mean([each.states for each in found], axis=0).tolist()
    return MeanField(float(np.mean([each.exponent for each in found])), gates, tuple(states))


class _Blocks:
    """Mean squares of the weights and the biases of each gate."""

    def __init__(self, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor, b_hh: Tensor, kind: str) -> None:
        count = {"lstm": 4, "gru": 3, "rnn": 1}[kind]
        self.inputs, self.units = w_ih.shape[1], w_hh.shape[1]
        arrays = [t.detach().double().cpu().numpy() for t in (w_ih, w_hh, b_ih, b_hh)]
        ih, hh, self.b_ih, self.b_hh = (np.split(array, count) for array in arrays)
        self.ih = [float((w**2).mean()) * self.inputs for w in ih]
        self.hh = [float((w**2).mean()) * self.units for w in hh]
        self.b = [one + other for one, other in zip(self.b_ih, self.b_hh, strict=True)]


def _sigmoid(a: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(a / 2)))


def _over(mean: Floats, variance: Floats | float) -> Floats:
    """The values that quadrature takes of N(mean_j, variance_j), (H, nodes)."""
    spread = np.sqrt(np.broadcast_to(np.asarray(variance, float), mean.shape))
    return np.asarray(mean[:, None] + spread[:, None] * _NODES)


def _mean(values: Floats) -> Floats:
    return np.asarray(values @ _WEIGHTS)


def _moments(values: Floats) -> tuple[float, float]:
    """The mean and the variance over units and time."""
    mean = float(_mean(values).mean())
    return mean, float(_mean(values**2).mean()) - mean**2


def _fixed_point(step: Callable[[float], tuple[float, Callable[[], MeanField]]]) -> MeanField:
    """What is found where E[h^2] stays as it is."""
    square = 0.1
    for _ in range(_ROUNDS):
        after, found = step(square)
        if abs(after - square) <= _SAME * max(1.0, square) or not math.isfinite(after):
            break
        square = after
    return found()


def _half_log(chi: float) -> float:
    return -math.inf if chi <= 0 else math.log(chi) / 2


def _solve_for_one(falling: Callable[[float], float], above: float) -> float:
    """The z above a number at which a falling function is 1; that number if it is below 1 there."""
    low, high = above, above + 1.0
    while falling(high) > 1:
        low, high = high, 2 * high
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 1 else (low, middle)
    return high


def _spectral_radius(kept: Floats, square: Floats) -> float:
    """The z above all a_j (`kept`) at which the mean of b_j^2 (`square`) / (z - a_j)^2 is 1."""
    return _solve_for_one(lambda z: float((square / (z - kept) ** 2).mean()), float(kept.max()))


def _exponent(chi: float, radius: float) -> float:
    return max(_half_log(chi), math.log(radius) if radius > 0 else -math.inf)


def _rnn(blocks: _Blocks, input_square: float, module: nn.Module) -> MeanField:
    relu = getattr(module, "nonlinearity", "tanh") == "relu"

    def step(square: float) -> tuple[float, Callable[[], MeanField]]:
        sums = _over(blocks.b[0], blocks.ih[0] * input_square + blocks.hh[0] * square)
        values = np.maximum(sums, 0) if relu else np.tanh(sums)
        slopes = (sums > 0).astype(float) if relu else 1 - values**2
        chi = blocks.hh[0] * float(_mean(slopes**2).mean())
        after = float(_mean(values**2).mean())
        return after, lambda: MeanField(_half_log(chi), {"state": _moments(values)}, (after,))

    return _fixed_point(step)


def _lstm(blocks: _Blocks, input_square: float, module: nn.Module) -> MeanField:
    del module

    def step(square: float) -> tuple[float, Callable[[], MeanField]]:
        sums = [
            _over(b, ih * input_square + hh * square)
            for b, ih, hh in zip(blocks.b, blocks.ih, blocks.hh, strict=True)
        ]
        i, f, g, o = _sigmoid(sums[0]), _sigmoid(sums[1]), np.tanh(sums[2]), _sigmoid(sums[3])
        new, keep = _mean(i) * _mean(g), _mean(f)
        mean_c = new / (1 - keep)
        keep2 = _mean(f**2)
        square_c = (2 * keep * mean_c * new + _mean(i**2) * _mean(g**2)) / (1 - keep2)
        tanh_c = np.tanh(_over(mean_c, np.maximum(square_c - mean_c**2, 0)))
        out2, tanh2 = _mean(o**2), _mean(tanh_c**2)
        # Squared gradients at the sums of each gate, from those at c (the first three) and at h.
        to_c = blocks.hh[0] * _mean(g**2) * _mean((i * (1 - i)) ** 2)
        to_c = to_c + blocks.hh[1] * square_c * _mean((f * (1 - f)) ** 2)
        to_c = to_c + blocks.hh[2] * _mean(i**2) * _mean((1 - g**2) ** 2)
        to_h = blocks.hh[3] * tanh2 * _mean((o * (1 - o)) ** 2)
        from_h = out2 * _mean((1 - tanh_c**2) ** 2)

        linear = blocks.hh[2] * (_mean(i) * _mean(1 - g**2)) ** 2
        linear = linear + blocks.hh[0] * (_mean(g) * _mean(i * (1 - i))) ** 2
        linear = linear + blocks.hh[1] * (mean_c * _mean(f * (1 - f))) ** 2
        linear = linear * (_mean(o) * _mean(1 - tanh_c**2)) ** 2
        after = float((out2 * tanh2).mean())

        def found() -> MeanField:
            # s_j = keep2_j (s_j + p from_h_j) / chi, so that at c there is p from_h_j chi / (chi -
            # keep2_j); and chi p is the mean of to_c times that, and of to_h p.
            chi = _solve_for_one(
                lambda x: float((to_c * from_h / (x - keep2)).mean() + to_h.mean() / x),
                float(keep2.max()),
            )
            gates = {n: _moments(v) for n, v in zip(LSTM_GATES, (i, f, g, o), strict=True)}
            exponent = _exponent(chi, _spectral_radius(keep, linear))
            return MeanField(exponent, gates, (after, float(square_c.mean())))

        return after, found

    return _fixed_point(step)


def _gru(blocks: _Blocks, input_square: float, module: nn.Module) -> MeanField:
    del module

    def step(square: float) -> tuple[float, Callable[[], MeanField]]:
        q = [ih * input_square + hh * square for ih, hh in zip(blocks.ih, blocks.hh, strict=True)]
        r, z = (_sigmoid(_over(blocks.b[k], q[k])) for k in (0, 1))
        b_n, kept = blocks.b_hh[2], blocks.hh[2] * square
        kept2 = kept + b_n**2
        spread = blocks.ih[2] * input_square + _mean(r**2) * kept2 - (_mean(r) * b_n) ** 2
        n = np.tanh(_over(blocks.b_ih[2] + _mean(r) * b_n, np.maximum(spread, 0)))
        keep2, new = _mean(z**2), _mean(n)
        mean_h = new  # E h = E[1 - z] E n / (1 - E z)
        square_h = (_mean((1 - z) ** 2) * _mean(n**2) + 2 * _mean(z * (1 - z)) * mean_h * new) / (
            1 - keep2
        )
        differs = square_h - 2 * mean_h * new + _mean(n**2)
        at_z = differs * _mean((z * (1 - z)) ** 2)
        at_n = _mean((1 - z) ** 2) * _mean((1 - n**2) ** 2)
        shared = blocks.hh[1] * at_z + blocks.hh[2] * at_n * _mean(r**2)
        shared = shared + blocks.hh[0] * at_n * kept2 * _mean((r * (1 - r)) ** 2)

        square_n = blocks.hh[2] * (_mean(1 - z) * _mean(1 - n**2) * _mean(r)) ** 2
        after = float(square_h.mean())

        def found() -> MeanField:
            chi = _solve_for_one(lambda x: float((shared / (x - keep2)).mean()), float(keep2.max()))
            gates = {name: _moments(v) for name, v in zip(GRU_GATES, (r, z, n), strict=True)}
            exponent = _exponent(chi, _spectral_radius(_mean(z), square_n))
            return MeanField(exponent, gates, (after,))

        return after, found

    return _fixed_point(step)


def _min_gru(module: MinGRU, input_square: float) -> MeanField:
    """Each unit keeps a part 1 - z of its own state: the exponent is max_j E ln(1 - z_j)."""
    exponents, square = [], input_square
    for layer in range(module.num_layers):
        weight = getattr(module, f"weight_ih_l{layer}").detach().double().cpu().numpy()
        bias = np.zeros(len(weight))
        if module.bias:
            bias = getattr(module, f"bias_ih_l{layer}").detach().double().cpu().numpy()
        q_z, q_c = np.split((weight**2).sum(1) * square, 2)
        b_z, b_c = np.split(bias, 2)
        sums = _over(b_z, q_z)
        exponents.append(float(_mean(-np.logaddexp(0, sums)).max()))
        z = _sigmoid(sums)
        square_h = (_mean(z**2) * (q_c + b_c**2) + 2 * _mean(z * (1 - z)) * b_c**2) / (
            1 - _mean((1 - z) ** 2)
        )
        square = float(square_h.mean())
    return MeanField(max(exponents), {}, (square,))

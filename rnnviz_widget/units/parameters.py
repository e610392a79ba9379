"""What the parameters of a unit are at the start, and which gradients reach them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz_widget.evaluation.estimate import Estimate, estimate

from .calling import UnitCall
from .estimates import mapped

# Gradients that may agree more than this between draws are not said to be zero on average.
_AGREES = 0.1


@dataclass(frozen=True, eq=False)
class ParameterFigures:
    """One parameter at the start.

    Attributes:
        name: Its name in the module.
        shape: Its shape.
        variance: The variance of its entries, over draws.
        glorot: The variance that Glorot and Bengio, 2010, ask for, 2 / (D + H), with H the
            units of one gate; None: it is no matrix.
        he: The variance that He et al., 2015, ask for, 2 / D; None likewise.
        gradient: The root mean square of the gradients of the sum of the last outputs.
        agreement: The share of that mean square which is the square of the expected gradient,
            ``|E g|^2 / E |g|^2``, from pairs of draws; 0: the expected gradient is zero, so that
            where the parameter is pushed depends on how others were drawn. None: the weights can't
            be drawn anew.
        zero: The share of its entries whose gradient is exactly zero in all draws.
        expected: The agreement that is known by derivation, if any.
    """

    name: str
    shape: tuple[int, ...]
    variance: Estimate
    glorot: float | None
    he: float | None
    gradient: Estimate
    agreement: Estimate | None
    zero: float
    expected: float | None = None

    @property
    def dead(self) -> bool:
        """Whether no gradient reaches any of its entries."""
        return self.zero == 1

    @property
    def zero_mean(self) -> bool:
        """Whether gradients reach it, but their expectation is zero."""
        found = self.agreement
        return found is not None and not self.dead and found.low <= 0 <= found.high < _AGREES


def parameter_gradients(call: UnitCall, module: nn.Module, inputs: Tensor) -> dict[str, Tensor]:
    """The gradient of the sum of the last outputs, mean over sequences, by parameter.

    Args:
        call: How the unit is called.
        module: The unit.
        inputs: (T, B, D).

    Returns:
        The gradients.
    """
    parameters = dict(module.named_parameters())
    for parameter in parameters.values():
        parameter.requires_grad_()
    try:
        with torch.enable_grad():
            state = call.start(inputs[0])
            output = inputs[0]
            for x in inputs:
                output, state = call.step(module, x, state)
        found: Sequence[Tensor | None] = [None] * len(parameters)
        if output.requires_grad and parameters:
            loss = output.flatten(1).sum(1).mean()
            found = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
    finally:
        for parameter in parameters.values():
            parameter.requires_grad_(False)
    return {
        name: torch.zeros_like(parameter) if gradient is None else gradient.detach()
        for (name, parameter), gradient in zip(parameters.items(), found, strict=True)
    }


class ParameterTotals:
    """Adds up draws of one parameter after the other; pairs of draws are compared."""

    def __init__(self, hidden: int | None, expected: Mapping[str, float]) -> None:
        self._hidden, self._expected = hidden, expected
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._variances: dict[str, list[float]] = {}
        self._squares: dict[str, list[float]] = {}
        self._products: dict[str, list[float]] = {}
        self._last: dict[str, np.ndarray] = {}
        self._nonzero: dict[str, np.ndarray] = {}

    def add(self, module: nn.Module, gradients: Mapping[str, Tensor]) -> None:
        """Add one draw."""
        for name, parameter in module.named_parameters():
            gradient = gradients[name].double().cpu().numpy()
            values = parameter.detach().double()
            self._shapes[name] = tuple(parameter.shape)
            self._variances.setdefault(name, []).append(float(values.var(correction=0)))
            squares = self._squares.setdefault(name, [])
            squares.append(float((gradient**2).mean()))
            self._nonzero[name] = (gradient != 0) | self._nonzero.get(name, False)
            if len(squares) % 2:
                self._last[name] = gradient
            else:
                product = float((gradient * self._last[name]).mean())
                self._products.setdefault(name, []).append(product)

    def figures(self, *, redrawn: bool) -> list[ParameterFigures]:
        """The figures of all parameters, in the module's order."""
        return [self._figure(name, redrawn) for name in self._shapes]

    def _figure(self, name: str, redrawn: bool) -> ParameterFigures:
        shape, squares = self._shapes[name], np.array(self._squares[name])
        draws = np.ones(len(squares))
        products = np.array(self._products.get(name, []))
        pairs = len(products)
        mean_squares = squares[: 2 * pairs].reshape(pairs, 2).mean(1)
        finite = bool(np.isfinite(mean_squares).all()) and mean_squares.sum() > 0
        rms = estimate(squares, draws)
        fan = self._fan(shape)
        return ParameterFigures(
            name=name,
            shape=shape,
            variance=estimate(np.array(self._variances[name]), draws),
            glorot=None if fan is None else 2 / sum(fan),
            he=None if fan is None else 2 / fan[0],
            gradient=mapped(rms, math.sqrt),
            agreement=estimate(products, mean_squares) if redrawn and pairs and finite else None,
            zero=float(1 - self._nonzero[name].mean()),
            expected=self._expected.get(name),
        )

    def _fan(self, shape: tuple[int, ...]) -> tuple[int, int] | None:
        """The inputs and the units of one gate of a matrix."""
        if len(shape) != 2 or 1 in shape:
            return None
        hidden = self._hidden
        rows = hidden if hidden and shape[0] % hidden == 0 else shape[0]
        return shape[1], rows

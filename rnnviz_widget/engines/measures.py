"""From the gradient of a logit to a score for each input.

Index conventions: t input token, d component of the embedding, v input symbol. Let x_t be the
one-hot vector of token t, e_t = E^T x_t its embedding and g_t = dy/de_t the gradient of a logit y.
By the chain rule dy/dx_t = E g_t. So every measure is the gradient along some directions, reduced
to one number. If there are more symbols than components, `norm` uses the directions of R in E = QR,
since ||E g|| = ||R g||.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.linalg import vector_norm

from rnnviz_widget.calls import check_choice


@dataclass(frozen=True)
class Measure:
    """A measure: how the gradient at an input becomes one number.

    Attributes:
        name: What a user passes as `measure=`.
        signed: Whether scores may be negative.
        label: What the score is, in words, as the page's legend writes it.
        directions: Maps the embedding matrix E (V, D) and the embedded inputs e (T, D) to the
            directions along which the gradient is taken: (D, M), or (T, D, M) if each input has its
            own.
        reduce: Maps the gradient along the directions (..., M) to scores (...).
        degree: The power of the gradient with which a score grows.
    """

    name: str
    signed: bool
    label: str
    directions: Callable[[Tensor, Tensor], Tensor]
    reduce: Callable[[Tensor], Tensor]
    degree: int = 1

    def score(self, gradient: Tensor, matrix: Tensor, embedded: Tensor) -> Tensor:
        """Score gradients (..., T, D) at embedded inputs (T, D): (..., T)."""
        return self.along(gradient, self.directions(matrix, embedded))

    def along(self, gradient: Tensor, directions: Tensor) -> Tensor:
        """Score gradients (..., T, D) along directions (D, M) or (T, D, M): (..., T)."""
        if directions.ndim == 2:
            return self.reduce(gradient @ directions)
        return self.reduce((gradient.unsqueeze(-2) @ directions).squeeze(-2))


# From so many symbols times components squared on, a QR decomposition takes some 50 ms.
_LARGE = 1e9
# With so many symbols at a time, products with some hundred gradients take a few megabytes.
_SYMBOLS = 4096
# The ratio of R's diagonal up to which a Cholesky decomposition in double precision is as exact as
# single precision.
_WELL_CONDITIONED = 1e3


def _symbols(matrix: Tensor, _: Tensor) -> Tensor:
    symbols, components = matrix.shape
    if symbols > components:
        # Apple's GPUs (mps) have no double precision.
        exact = (matrix.cpu() if matrix.device.type == "mps" else matrix).double()
        found = _by_cholesky(exact) if matrix.dtype == torch.float32 and _large(matrix) else None
        if found is None:
            found = torch.linalg.qr(exact, mode="r").R
        matrix = found.to(matrix)
    return matrix.T


def _by_cholesky(matrix: Tensor) -> Tensor | None:
    """R of E^T E = R^T R, in a fifth of the time of QR; None where it would not be exact."""
    found = torch.linalg.cholesky_ex(matrix.T @ matrix, upper=True)
    low, high = torch.aminmax(found.L.diagonal())
    well = int(found.info) == 0 and float(high) < _WELL_CONDITIONED * float(low)
    return found.L if well else None


def _large(matrix: Tensor) -> bool:
    return len(matrix) * matrix.shape[1] ** 2 > _LARGE


def _components(matrix: Tensor, _: Tensor) -> Tensor:
    return torch.eye(matrix.shape[1], dtype=matrix.dtype, device=matrix.device)


def _inputs(_: Tensor, embedded: Tensor) -> Tensor:
    return embedded.unsqueeze(-1)


def _between(numbers: Tensor, least: float, limit: float) -> bool:
    low, high = numbers.detach().aminmax()
    return least <= float(low) and float(high) < limit


# By what vectors are multiplied whose squares underflow, and divided where they overflow.
_POWERS = {torch.float32: 2.0**100, torch.float64: 2.0**600}


def lengths(vectors: Tensor) -> Tensor:
    """The L2 norm of vectors (..., M), (...), also where their squares overflow or underflow.

    Such vectors are multiplied by a power of two first, which is exact. In single precision that
    takes a fifth of the time that double precision does; lengths of zero are frequent, since most
    outputs do not read all inputs.
    """
    if vectors.dtype not in _POWERS:
        return lengths(vectors.float()).to(vectors.dtype)
    found: Tensor = vector_norm(vectors, dim=-1)
    limits, power = torch.finfo(vectors.dtype), _POWERS[vectors.dtype]
    # Below this limit some squares may have underflowed to zero.
    least = (limits.tiny / limits.eps) ** 0.5
    if not found.numel() or _between(found, least, torch.inf):
        return found
    for bad, factor in ((found < least, power), (found.isinf(), 1 / power)):
        if bad.any():
            found[bad] = vector_norm(vectors[bad].mul_(factor), dim=-1) / factor
    return found


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            "norm",
            False,
            "L2 norm of the gradient with respect to the one-hot input",
            _symbols,
            lengths,
        ),
        Measure(
            "squared",
            False,
            "squared L2 norm of the gradient with respect to the one-hot input",
            _symbols,
            lambda along: along.square().sum(dim=-1),
            degree=2,
        ),
        Measure(
            "embedding_norm",
            False,
            "L2 norm of the gradient with respect to the embedded input",
            _components,
            lengths,
        ),
        Measure(
            "grad_x_input",
            True,
            "gradient times input, sign not verified",
            _inputs,
            lambda along: along[..., 0],
        ),
    )
}


class Scorer:
    """Makes scores of gradients by any measure, for one embedding matrix."""

    def __init__(self, matrix: Tensor) -> None:
        self.matrix = matrix
        self._kept: dict[str, Tensor] = {}
        self._scored = 0

    def directions(self, measure: Measure, embedded: Tensor) -> Tensor:
        """The directions of a measure at embedded inputs (.., T, D); see `Measure.directions`."""
        found = self._kept.get(measure.name)
        if found is None:
            found = measure.directions(self.matrix, embedded)
            if found.ndim == 2:  # the same wherever the gradient is taken
                self._kept[measure.name] = found
        return found

    def scores(self, measure: Measure, gradients: Tensor, embedded: Tensor) -> Tensor:
        """Scores (.., T) of gradients (.., T, D) at embedded inputs, (T, D) or (.., T, D)."""
        with torch.no_grad():
            if self._goes_by_all_symbols(measure, gradients):
                return self._by_all_symbols(measure, gradients)
            return measure.along(gradients, self.directions(measure, embedded.detach()))

    def _goes_by_all_symbols(self, measure: Measure, gradients: Tensor) -> bool:
        """Whether E itself is cheaper than R, which has to be made first: for a few rows it is."""
        made = measure.name in self._kept or measure.directions is not _symbols
        if made or not _large(self.matrix):
            return False
        self._scored += int(gradients.any(dim=-1).sum())
        return self._scored <= self.matrix.shape[1]

    def _by_all_symbols(self, measure: Measure, gradients: Tensor) -> Tensor:
        """The lengths of E g, or their squares, for the gradients g that are not zero.

        Some symbols at a time, so that memory is used again; see `_SYMBOLS`.
        """
        read = gradients.any(dim=-1)
        some = gradients[read]
        parts = [lengths(some @ part.T) for part in torch.split(self.matrix, _SYMBOLS)]
        scores = gradients.new_zeros(read.shape)
        scores[read] = lengths(torch.stack(parts, dim=-1)) ** measure.degree
        return scores


def measure_named(name: str) -> Measure:
    """Find a gradient measure by its name, or raise a ValueError that lists the names."""
    check_choice("measure", name, MEASURES)
    return MEASURES[name]


def in_vectors(label: str) -> str:
    """A label reworded for a network that reads vectors, where E is the identity and x_t = e_t."""
    return re.sub(r"(one-hot |embedded )?input\b", "input vector", label)

r"""From the gradient of a logit to a score for each input.

Index conventions: t input token, d component of the embedding, v input symbol.
Let e_t = E^T x_t be the embedded input, x_t its one-hot vector and g_t = dy/de_t the
gradient of one logit y. By the chain rule dy/dx_t = E g_t, so every measure is a function
of g, E and e alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.linalg import vector_norm


@dataclass(frozen=True)
class Measure:
    """A way to make one number out of the gradient at one input.

    Attributes:
        name: What a user passes as `measure=`.
        signed: Whether scores may be negative.
        label: What the number is, in words, as the page's legend says it.
        score: Maps the gradient g (..., T, D), the embedding matrix E (V, D) and the
            embedded inputs e (T, D) to scores (..., T).
    """

    name: str
    signed: bool
    label: str
    score: Callable[[Tensor, Tensor, Tensor], Tensor]


def _norm(gradient: Tensor, matrix: Tensor, _: Tensor) -> Tensor:
    norms: Tensor = vector_norm(gradient @ matrix.T, dim=-1)
    return norms


def _squared(gradient: Tensor, matrix: Tensor, _: Tensor) -> Tensor:
    return (gradient @ matrix.T).square().sum(dim=-1)


def _embedding_norm(gradient: Tensor, _: Tensor, __: Tensor) -> Tensor:
    norms: Tensor = vector_norm(gradient, dim=-1)
    return norms


def _grad_x_input(gradient: Tensor, _: Tensor, embedded: Tensor) -> Tensor:
    return (gradient * embedded).sum(dim=-1)


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("norm", False, "L2 norm of the gradient with respect to the one-hot input", _norm),
        Measure(
            "squared",
            False,
            "squared L2 norm of the gradient with respect to the one-hot input",
            _squared,
        ),
        Measure(
            "embedding_norm",
            False,
            "L2 norm of the gradient with respect to the embedded input",
            _embedding_norm,
        ),
        Measure("grad_x_input", True, "gradient times input", _grad_x_input),
    )
}


def measure_named(name: str) -> Measure:
    """Find a measure.

    Raises:
        ValueError: If there is no such measure; the message lists those there are.
    """
    try:
        return MEASURES[name]
    except (KeyError, TypeError):
        known = ", ".join(repr(known) for known in MEASURES)
        raise ValueError(f"measure must be one of {known}; got {name!r}") from None

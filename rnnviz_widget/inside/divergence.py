"""How far one prediction is from another: the Kullback-Leibler divergence."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.floating[Any]]


def divergences(one: Numbers, other: Numbers, *, by_itself: bool) -> Numbers:
    """KL(p || q) at each token, sum over classes of p (log p - log q), in nats, (T,).

    Args:
        one: The log probabilities p, (T, V).
        other: The log probabilities q, (T, V).
        by_itself: Whether each class has a probability of its own: then each adds the divergence
            that it is wrong, too.
    """
    p = np.exp(one)
    terms = np.where(p > 0, p * (one - other), 0.0)
    if by_itself:
        wrong, of_other = (np.log(-np.expm1(np.minimum(each, -1e-16))) for each in (one, other))
        terms = terms + (1 - p) * (wrong - of_other)
    found: Numbers = terms.sum(axis=1)
    return found

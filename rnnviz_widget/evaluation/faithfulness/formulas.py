"""Formulas that compare scores with the effects of really changing the text. numpy only.

Sources: DeYoung et al., "ERASER: a benchmark to evaluate rationalized NLP models", 2020
(comprehensiveness, sufficiency, AOPC); Yeh et al., "On the (in)fidelity and sensitivity of
explanations", 2019 (infidelity); Madsen et al., "Evaluating the faithfulness of importance measures
in NLP by recursively masking allegedly important tokens and retraining", 2022 (RACU).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Masks = npt.NDArray[np.bool_]
Order = npt.NDArray[np.int64]

STEPS = (1, 2, 4, 8, 16)
"""The default numbers k of inputs that `rv.check` exchanges together."""


def first_of_order(order: Order, k: int) -> Masks:
    """Mark the first k inputs of an order, (N,); all N if k is larger."""
    found = np.zeros(len(order), bool)
    found[order[:k]] = True
    return found


def aopc(falls: Floats) -> Floats:
    """Compute the area over the perturbation curve (ERASER): the mean fall over all k.

    Args:
        falls: p(x) - p(x without r_k) for each k, or p(x) - p(r_k), shape (.., K).
    """
    found: Floats = falls.mean(axis=-1)
    return found


def racu_parts(
    shares: Sequence[float], by_order: Sequence[float], baseline: Sequence[float]
) -> tuple[float, float]:
    """Compute numerator and denominator of RACU, the relative area between two curves.

    Let x_i be the share of inputs that are exchanged, p_i the explained probability when the first
    inputs of an order are exchanged, and b_i the same for the baseline. By the trapezoid rule

        RACU = sum_i dx_i ((b_i - p_i) + (b_i+1 - p_i+1)) / 2
             / sum_i dx_i ((b_i - b_n) + (b_i+1 - b_n)) / 2,    dx_i = x_i+1 - x_i

    0 means as good as the baseline, 1 that the first exchange removes everything, below 0 worse
    than the baseline. Madsen et al. 2022 retrain the model at each share and clip each ratio. Here
    the model is not retrained, and nothing is clipped.

    Args:
        shares: x, from 0 to 1, ascending.
        by_order: p, one for each share.
        baseline: b, one for each share.

    Returns:
        The numerator and the denominator. Add up each over rows before dividing.
    """
    x, p, b = (np.asarray(each, np.float64) for each in (shares, by_order, baseline))
    return _area(x, b - p), _area(x, b - b[-1])


def _area(x: Floats, y: Floats) -> float:
    return float(np.sum(np.diff(x) * (y[:-1] + y[1:]) / 2))


def infidelity(
    scores: npt.NDArray[np.floating],
    exchanged: Masks,
    falls: Floats,
    *,
    normalize: bool = True,
) -> float:
    """Compute the infidelity of scores: how far sums of scores are from the effects of exchanges.

    Let I mark the inputs that are exchanged, phi be the scores and f the explained number:

        mean over I of (beta <I, phi> - (f(x) - f(x with I exchanged)))^2

    beta = mean(<I, phi> (f(x) - f(..))) / mean(<I, phi>^2) minimises it, so that measures with
    different units can be compared. Equals captum's `infidelity` with this perturbation.

    Args:
        scores: phi, shape (N,).
        exchanged: I, shape (M, N).
        falls: f(x) - f(x with I exchanged), shape (M,).
        normalize: Whether to use the optimal beta; otherwise beta is 1.
    """
    told = exchanged @ np.asarray(scores, np.float64)
    size = float(np.mean(told**2))
    beta = 1.0
    if normalize:
        beta = float(np.mean(told * falls)) / size if size else 0.0
    return float(np.mean((beta * told - falls) ** 2))

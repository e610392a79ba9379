"""The definition of connectivity for any module: slow, and easy to check by eye."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .explained import Explained, difference
from .measures import lengths
from .module.network import Network


def reference_rows(
    network: Network,
    ids: Tensor,
    rows: Sequence[int],
    targets: Sequence[Explained],
    measure: str,
) -> Tensor:
    """Compute C[s, :] for some outputs directly from the definition.

    With x_t the one-hot input and E the embedding matrix (or x_t the vector that is read, and E the
    identity), and y the logit of the target at output s, or the difference of two:

        norm             ||dy/dx_t||_2
        squared          ||dy/dx_t||_2^2
        embedding_norm   ||dy/d(E^T x_t)||_2
        grad_x_input     <dy/dx_t, x_t>

    Source: Madsen, "Visualizing memorization in RNNs", Distill, 2019 (norm).

    Args:
        network: The model.
        ids: Input symbols, shape (T,).
        rows: The output indices s, N of them.
        targets: The target at each: a class k, whose logit is explained; or (a, b), for the logit
            of a minus that of b.
        measure: One of the four names above.

    Returns:
        Scores, shape (N, T), in the network's own precision.
    """
    with torch.enable_grad():
        matrix = network.embedding_matrix()
        inputs = network.passes.inputs(ids).requires_grad_()
        embedded = inputs @ matrix
        logits = network.logits(ids, embedded)
        scores = []
        for row, target in zip(rows, targets, strict=True):
            d_inputs, d_embedded = torch.autograd.grad(
                difference(logits[row], target),
                (inputs, embedded),
                retain_graph=True,
                # Inputs that no gradient reaches get zeros, about which a note warns.
                allow_unused=True,
                materialize_grads=True,
            )
            by_name: dict[str, Tensor] = {
                "norm": lengths(d_inputs),
                "squared": d_inputs.square().sum(dim=-1),
                "embedding_norm": lengths(d_embedded),
                "grad_x_input": (d_inputs * inputs.detach()).sum(dim=-1),
            }
            scores.append(by_name[measure])
    return torch.stack(scores)


def reference_row(
    network: Network, ids: Tensor, row: int, target: Explained, measure: str
) -> Tensor:
    """One row of `reference_rows`, shape (T,)."""
    return reference_rows(network, ids, [row], [target], measure)[0]

"""The definition of connectivity, slow and obvious, for any module."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.linalg import vector_norm

from .network import Network


def reference_row(network: Network, ids: Tensor, row: int, target: int, measure: str) -> Tensor:
    r"""Compute C[s, :] for one output straight from its definition.

    With x_t the one-hot input, E the embedding matrix and y the logit of `target` at output
    s = `row`:

        norm             ||dy/dx_t||_2
        squared          ||dy/dx_t||_2^2
        embedding_norm   ||dy/d(E^T x_t)||_2
        grad_x_input     <dy/dx_t, x_t>

    Source: Madsen, "Visualizing memorization in RNNs", Distill, 2019 (norm).

    Args:
        network: The model.
        ids: Input symbols, shape (T,).
        row: The output index s.
        target: The class whose logit is explained.
        measure: One of the four names above.

    Returns:
        Scores, shape (T,), in the network's own precision.
    """
    with torch.enable_grad():
        matrix = network.embedding_matrix()
        one_hot = torch.nn.functional.one_hot(ids, len(matrix)).to(matrix).requires_grad_()
        embedded = one_hot @ matrix
        logit = network.logits(ids, embedded)[row, target]
        d_one_hot, d_embedded = torch.autograd.grad(logit, (one_hot, embedded))
    scores: dict[str, Tensor] = {
        "norm": vector_norm(d_one_hot, dim=-1),
        "squared": d_one_hot.square().sum(dim=-1),
        "embedding_norm": vector_norm(d_embedded, dim=-1),
        "grad_x_input": (d_one_hot * one_hot.detach()).sum(dim=-1),
    }
    return scores[measure]

"""What one would do without this package: autograd, captum, and autograd on many rows at once.

Each is written as kindly to itself as its interface allows: parameters are frozen, the head gives
one logit (captum: those of one position), and where the forward pass can be shared it is.
The score is the article's: the norm of the gradient at the one-hot input, by the chain rule that of
the embedding matrix times the gradient at the embedded input.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

CHUNK = 32
"""Rows that `batched` takes at a time."""


@dataclass(frozen=True)
class Sampled:
    """Some rows of a matrix.

    Attributes:
        seconds: What all rows would take: the forward pass, and the rows' mean times T.
        scores: The rows, (N, T).
    """

    seconds: float
    scores: Tensor


def now(like: Tensor) -> float:
    """Seconds; on a GPU those at which all that was asked of it is done."""
    if like.is_cuda:
        torch.cuda.synchronize(like.device)
    return time.perf_counter()


def spread_rows(length: int, count: int) -> list[int]:
    """The middles of `count` equal stretches of a text."""
    return [(2 * n + 1) * length // (2 * count) for n in range(count)]


def read(module: Any, ids: Tensor) -> tuple[Tensor, Tensor]:
    """The forward pass with its graph: embedded input (1, T, D) and the top layer's h (1, T, H)."""
    embedded = module.embedding(ids[None]).detach().requires_grad_()
    hidden, _ = module.cell(embedded)
    return embedded, hidden


def naive_row(module: Any, embedded: Tensor, hidden: Tensor, row: int, target: int) -> Tensor:
    """`torch.autograd.grad` of one logit, the graph kept: C[s, :]."""
    logit = hidden[0, row] @ module.head.weight[target] + module.head.bias[target]
    (gradient,) = torch.autograd.grad(logit, embedded, retain_graph=True)
    return _norm(module, gradient[0])


def naive(module: Any, ids: Tensor, rows: Sequence[int], targets: Sequence[int]) -> Sampled:
    """One forward pass, then a backward pass a row."""
    start = now(ids)
    embedded, hidden = read(module, ids)
    forward = now(ids) - start
    start = now(ids)
    scores = [
        naive_row(module, embedded, hidden, row, target)
        for row, target in zip(rows, targets, strict=True)
    ]
    each = (now(ids) - start) / len(rows)
    return Sampled(forward + len(ids) * each, torch.stack(scores))


def captum(module: Any, ids: Tensor, rows: Sequence[int], targets: Sequence[int]) -> Sampled:
    """The Saliency of captum on the embedded prefix that each row's output reads.

    An output of a bidirectional layer reads the whole text.
    """
    from captum.attr import Saliency  # noqa: PLC0415 - of the bench extra, for this rival only

    def logits_of(embedded: Tensor, row: int) -> Tensor:
        logits: Tensor = module.head(module.cell(embedded)[0][:, row])
        return logits

    whole = getattr(module.cell, "bidirectional", False)
    saliency = Saliency(logits_of)
    start = now(ids)
    embedded = module.embedding(ids[None]).detach()
    scores = embedded.new_zeros(len(rows), len(ids))
    for number, (row, target) in enumerate(zip(rows, targets, strict=True)):
        read = len(ids) if whole else row + 1
        prefix = embedded[:, :read].clone().requires_grad_()
        gradient = saliency.attribute(
            prefix, target=target, abs=False, additional_forward_args=(row,)
        )
        scores[number, :read] = _norm(module, gradient[0].detach())
    each = (now(ids) - start) / len(rows)
    return Sampled(len(ids) * each, scores)


def batched(module: Any, ids: Tensor, rows: Sequence[int], targets: Sequence[int]) -> Sampled:
    """One forward pass, then `is_grads_batched=True` with all of the rows at once."""
    start = now(ids)
    embedded, hidden = read(module, ids)
    forward = now(ids) - start
    start = now(ids)
    chosen = list(targets)
    logits = (hidden[0, list(rows)] * module.head.weight[chosen]).sum(1) + module.head.bias[chosen]
    (gradients,) = torch.autograd.grad(
        logits,
        embedded,
        torch.eye(len(rows)).to(embedded),
        retain_graph=True,
        is_grads_batched=True,
    )
    scores = _norm(module, gradients[:, 0])
    each = (now(ids) - start) / len(rows)
    return Sampled(forward + len(ids) * each, scores)


def _norm(module: Any, gradient: Tensor) -> Tensor:
    """Norms (..., T) of the gradient at the one-hot input, from that at the embedded one."""
    norms: Tensor = torch.linalg.vector_norm(gradient @ module.embedding.weight.T, dim=-1)
    return norms

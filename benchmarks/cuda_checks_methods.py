"""The checks of `cuda_checks`, continued: methods, each by its formula in double precision."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from cuda_truth import (
    DTYPES,
    LENGTH,
    TARGETS,
    Check,
    Outcome,
    Truth,
    at,
    by_autograd,
    engine_of,
    in_both,
    short_ids,
)
from torch import Tensor, nn

from rnnviz_widget.engines import Network, make_method, method_engine
from rnnviz_widget.engines.methods.by_captum import has_captum

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
import language_models
import small
from language_models import V


def method_checks(device: torch.device) -> Iterator[Check]:
    """All of them."""
    named: dict[str, Callable[[torch.device, torch.dtype], Outcome]] = {
        "occlusion": _occlusion,
        "integrated gradients": _integrated,
        "SmoothGrad of no noise": _smooth,
        "DeepLift": _lifted,
        "attention": _attention,
    }
    yield from in_both(named, device)


def _by_method(
    module: nn.Module, device: torch.device, dtype: torch.dtype, name: Any, **options: Any
) -> tuple[Tensor, str]:
    network = Network(at(module, device, dtype), V, V)
    beside = engine_of(network, short_ids())
    method = make_method(name, **options)
    engine = method_engine(network, short_ids(), beside, method)
    scores, _ = engine.rows(range(LENGTH), TARGETS, method)
    return scores, f"{engine.name}, on {scores.device}"


def _relative(found: Tensor, right: Tensor) -> float:
    return Truth(right, right.abs().amax(1)).error(found)


def _occlusion(device: torch.device, dtype: torch.dtype) -> Outcome:
    module = small.seeded(language_models.Transformer).eval()
    double = copy.deepcopy(module).double()
    embedded = double.table().detach()[short_ids()]
    right = torch.zeros(LENGTH, LENGTH).double()
    with torch.no_grad():
        whole = double.plain(embedded)
        for t in range(LENGTH):
            without = embedded.clone()
            without[t] = 0
            fallen = whole - double.plain(without)
            right[:, t] = fallen[range(LENGTH), TARGETS]
    found, note = _by_method(module, device, dtype, "occlusion")
    return Outcome(_relative(found, right), 20 * DTYPES[dtype], note)


def _integrated(device: torch.device, dtype: torch.dtype) -> Outcome:
    if not has_captum():
        return Outcome(0, 0, "not run: captum is not installed")
    module, steps = small.seeded(language_models.Base).eval(), 40
    double = copy.deepcopy(module).double()
    embedded = double.table().detach()[short_ids()]
    # Captum's rule: Gauss and Legendre's points on the way from zeros.
    j = torch.arange(1, steps).double()
    off = j / (4 * j.square() - 1).sqrt()
    points, states = torch.linalg.eigh(torch.diag(off, 1) + torch.diag(off, -1))
    total = torch.zeros(LENGTH, *embedded.shape).double()
    for point, weight in zip((points + 1) / 2, states[0].square(), strict=True):
        leaf = (point * embedded).requires_grad_()
        logits = double.plain(leaf)
        for s, k in enumerate(TARGETS):
            (gradient,) = torch.autograd.grad(logits[s, k], leaf, retain_graph=True)
            total[s] += weight * gradient
    found, note = _by_method(module, device, dtype, "integrated_gradients", n_steps=steps)
    # Captum's weights are in single precision.
    bound = max(2e-6, 5 * DTYPES[dtype])
    return Outcome(_relative(found, (total * embedded).sum(2)), bound, note)


def _smooth(device: torch.device, dtype: torch.dtype) -> Outcome:
    if not has_captum():
        return Outcome(0, 0, "not run: captum is not installed")
    module = small.seeded(language_models.Base).eval()
    double = copy.deepcopy(module).double()
    table = double.table().detach()
    every = (table[short_ids()], table, range(LENGTH), TARGETS)
    truth = by_autograd(double.plain, *every, measure="embedding_norm")
    found, note = _by_method(module, device, dtype, "smooth_grad", samples=2, noise=1e-9)
    return Outcome(truth.error(found), max(1e-7, DTYPES[dtype]), note)


class _Convolution(language_models.Base):
    """A linear layer between activations that are modules, of which captum has rules."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.Conv1d(language_models.D, language_models.H, 3)
        self.tanh = nn.Tanh()

    def forward(self, ids: Tensor) -> Tensor:
        padded = nn.functional.pad(self.embedding(ids).transpose(1, 2), (2, 0))
        logits: Tensor = self.head(self.tanh(self.cell(padded).transpose(1, 2)))
        return logits

    def plain(self, embedded: Tensor) -> Tensor:
        padded = nn.functional.pad(embedded.T, (2, 0))
        logits: Tensor = self.head(self.cell(padded[None])[0].T.tanh())
        return logits


def _lifted(device: torch.device, dtype: torch.dtype) -> Outcome:
    """Its rows add up to the difference from zeros."""
    if not has_captum():
        return Outcome(0, 0, "not run: captum is not installed")
    module = small.seeded(_Convolution).eval()
    double = copy.deepcopy(module).double()
    embedded = double.table().detach()[short_ids()]
    with torch.no_grad():
        right = (double.plain(embedded) - double.plain(embedded * 0))[range(LENGTH), TARGETS]
    found, note = _by_method(module, device, dtype, "deep_lift")
    return Outcome(_relative(found.sum(1)[None], right[None]), 5 * DTYPES[dtype], note)


def _attention(device: torch.device, dtype: torch.dtype) -> Outcome:
    module = small.seeded(language_models.Transformer).eval()
    double: Any = copy.deepcopy(module).double()
    x = double.table().detach()[short_ids()] + double.positions.weight[:LENGTH]
    later, layers = torch.ones(LENGTH, LENGTH, dtype=torch.bool).triu(1), []
    for layer in double.encoder.layers:
        own = layer.self_attn
        projected = layer.norm1(x) @ own.in_proj_weight.T + own.in_proj_bias
        q, k, v = (each.reshape(LENGTH, 2, 4).transpose(0, 1) for each in projected.chunk(3, 1))
        weights = (q @ k.mT / 2).masked_fill(later, -torch.inf).softmax(-1)
        x = x + own.out_proj((weights @ v).transpose(0, 1).reshape(LENGTH, 8))
        x = x + layer.linear2(layer.linear1(layer.norm2(x)).relu())
        layers.append(weights.detach())
    found, note = _by_method(module, device, dtype, "attention")
    right = torch.stack(layers).mean((0, 1))
    return Outcome(_relative(found, right), DTYPES[dtype], note)

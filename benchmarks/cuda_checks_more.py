"""The checks of `cuda_checks`, continued: separate texts, methods, what a GPU is peculiar in."""

from __future__ import annotations

import copy
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from cuda_checks import (
    DTYPES,
    Check,
    Outcome,
    Truth,
    at,
    by_autograd,
    engine_of,
    random_ids,
)
from torch import Tensor, nn

from rnnviz_widget.engines import MEASURES, MethodEngine, Network, make_method
from rnnviz_widget.engines.methods.by_captum import has_captum

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
import kinds
import small

_LENGTH = 14
_TARGETS = [(3 * s + 1) % kinds.V for s in range(_LENGTH)]


def more_checks(device: torch.device) -> Iterator[Check]:
    """All of them."""
    named: dict[str, Callable[[torch.device, torch.dtype], Outcome]] = {
        "masked, each output of a text of its own": _masked,
        "windows": lambda *each: _windows(*each, pad=None),
        "windows, padded": lambda *each: _windows(*each, pad=2),
        "vectors": _vectors,
        "occlusion": _occlusion,
        "integrated gradients": _integrated,
        "SmoothGrad of no noise": _smooth,
        "DeepLift": _lifted,
        "attention": _attention,
        "cuDNN in eval mode, borrowed": _borrowed,
        "cuDNN in eval mode, TorchScript": _scripted,
        "made under a default device": _default_device,
        "random numbers": _random,
        "torch's settings afterwards": _settings,
    }
    for name, check in named.items():
        for dtype in DTYPES:
            yield Check(
                f"{name}, {str(dtype).removeprefix('torch.')}",
                lambda each=(check, dtype): each[0](device, each[1]),
            )


def _ids() -> Tensor:
    return random_ids(_LENGTH, kinds.V)


def _compare(network: Network, truth: Truth, dtype: torch.dtype, factor: float = 1) -> Outcome:
    engine = engine_of(network, _ids())
    scores, _ = engine.rows(range(_LENGTH), _TARGETS, MEASURES["norm"])
    return Outcome(truth.error(scores), factor * DTYPES[dtype], f"{engine.name}, {engine.reason}")


def _plain_truth(module: Any) -> Truth:
    double = copy.deepcopy(module).double()
    table = double.table().detach()
    return by_autograd(double.plain, table[_ids()], table, range(_LENGTH), _TARGETS)


def _stacked(rows: list[Truth]) -> Truth:
    scores, peaks = (torch.cat([getattr(r, name) for r in rows]) for name in ("scores", "peaks"))
    return Truth(scores, peaks)


class _BothWays(kinds.Base):
    """A bidirectional GRU: what each output reads is all tokens."""

    def __init__(self) -> None:
        super().__init__(width=2 * kinds.H, bidirectional=True)


def _masked(device: torch.device, dtype: torch.dtype) -> Outcome:
    module, mask = small.seeded(_BothWays).eval(), kinds.V - 1
    double = copy.deepcopy(module).double()
    table, rows = double.table().detach(), []
    for s, k in enumerate(_TARGETS):
        ids = _ids()
        ids[s] = mask
        rows.append(by_autograd(double.plain, table[ids], table, [s], [k]))
    network = Network(at(module, device, dtype), kinds.V, kinds.V, mask=mask)
    return _compare(network, _stacked(rows), dtype)


def _windows(device: torch.device, dtype: torch.dtype, pad: int | None) -> Outcome:
    module, window = small.seeded(kinds.Base).eval(), 5
    double = copy.deepcopy(module).double()
    table, rows, before = double.table().detach(), [], 0 if pad is None else window - 1
    ids = torch.cat([torch.full((before,), pad or 0), _ids()])
    for s, k in enumerate(_TARGETS):
        first = max(0, s + before + 1 - window)
        own = ids[first : s + before + 1]
        found = by_autograd(double.plain, table[own], table, [len(own) - 1], [k])
        row = torch.zeros(1, len(ids)).double()
        row[:, first : first + len(own)] = found.scores
        rows.append(Truth(row[:, before:], row[:, before:].amax(1)))
    network = Network(at(module, device, dtype), kinds.V, kinds.V, window=window, pad=pad)
    return _compare(network, _stacked(rows), dtype)


def _vectors(device: torch.device, dtype: torch.dtype) -> Outcome:
    module = small.seeded(kinds.Sensor).eval()
    generator = torch.Generator().manual_seed(0)
    vectors = torch.randn(_LENGTH, 3, generator=generator)
    targets = [k % 3 for k in _TARGETS]
    plain = copy.deepcopy(module).double().plain
    truth = by_autograd(plain, vectors, torch.eye(3), range(_LENGTH), targets)
    network = Network(at(module, device, dtype), _LENGTH, 3, vectors=vectors)
    engine = engine_of(network, torch.arange(_LENGTH))
    scores, _ = engine.rows(range(_LENGTH), targets, MEASURES["norm"])
    return Outcome(truth.error(scores), DTYPES[dtype], engine.name)


def _by_method(
    module: nn.Module, device: torch.device, dtype: torch.dtype, name: Any, **options: Any
) -> tuple[Tensor, str]:
    network = Network(at(module, device, dtype), kinds.V, kinds.V)
    beside = engine_of(network, _ids())
    method = make_method(name, **options)
    engine = MethodEngine(network, _ids(), beside, method)
    scores, _ = engine.rows(range(_LENGTH), _TARGETS, method)
    return scores, f"{engine.name}, on {scores.device}"


def _relative(found: Tensor, right: Tensor) -> float:
    return Truth(right, right.abs().amax(1)).error(found)


def _occlusion(device: torch.device, dtype: torch.dtype) -> Outcome:
    module = small.seeded(kinds.Transformer).eval()
    double = copy.deepcopy(module).double()
    embedded = double.table().detach()[_ids()]
    right = torch.zeros(_LENGTH, _LENGTH).double()
    with torch.no_grad():
        whole = double.plain(embedded)
        for t in range(_LENGTH):
            without = embedded.clone()
            without[t] = 0
            fallen = whole - double.plain(without)
            right[:, t] = fallen[range(_LENGTH), _TARGETS]
    found, note = _by_method(module, device, dtype, "occlusion")
    return Outcome(_relative(found, right), 20 * DTYPES[dtype], note)


def _integrated(device: torch.device, dtype: torch.dtype) -> Outcome:
    if not has_captum():
        return Outcome(0, 0, "not run: captum is not installed")
    module, steps = small.seeded(kinds.Base).eval(), 40
    double = copy.deepcopy(module).double()
    embedded = double.table().detach()[_ids()]
    # Captum's rule: Gauss and Legendre's points on the way from zeros.
    j = torch.arange(1, steps).double()
    off = j / (4 * j.square() - 1).sqrt()
    points, states = torch.linalg.eigh(torch.diag(off, 1) + torch.diag(off, -1))
    total = torch.zeros(_LENGTH, *embedded.shape).double()
    for point, weight in zip((points + 1) / 2, states[0].square(), strict=True):
        leaf = (point * embedded).requires_grad_()
        logits = double.plain(leaf)
        for s, k in enumerate(_TARGETS):
            (gradient,) = torch.autograd.grad(logits[s, k], leaf, retain_graph=True)
            total[s] += weight * gradient
    found, note = _by_method(module, device, dtype, "integrated_gradients", n_steps=steps)
    # Captum's weights are in single precision.
    bound = max(2e-6, 5 * DTYPES[dtype])
    return Outcome(_relative(found, (total * embedded).sum(2)), bound, note)


def _smooth(device: torch.device, dtype: torch.dtype) -> Outcome:
    if not has_captum():
        return Outcome(0, 0, "not run: captum is not installed")
    module = small.seeded(kinds.Base).eval()
    double = copy.deepcopy(module).double()
    table = double.table().detach()
    every = (table[_ids()], table, range(_LENGTH), _TARGETS)
    truth = by_autograd(double.plain, *every, measure="embedding_norm")
    found, note = _by_method(module, device, dtype, "smooth_grad", samples=2, noise=1e-9)
    return Outcome(truth.error(found), max(1e-7, DTYPES[dtype]), note)


class _Convolution(kinds.Base):
    """A linear layer between activations that are modules, of which captum has rules."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.Conv1d(kinds.D, kinds.H, 3)
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
    embedded = double.table().detach()[_ids()]
    with torch.no_grad():
        right = (double.plain(embedded) - double.plain(embedded * 0))[range(_LENGTH), _TARGETS]
    found, note = _by_method(module, device, dtype, "deep_lift")
    return Outcome(_relative(found.sum(1)[None], right[None]), 5 * DTYPES[dtype], note)


def _attention(device: torch.device, dtype: torch.dtype) -> Outcome:
    module = small.seeded(kinds.Transformer).eval()
    double: Any = copy.deepcopy(module).double()
    x = double.table().detach()[_ids()] + double.positions.weight[:_LENGTH]
    later, layers = torch.ones(_LENGTH, _LENGTH, dtype=torch.bool).triu(1), []
    for layer in double.encoder.layers:
        own = layer.self_attn
        projected = layer.norm1(x) @ own.in_proj_weight.T + own.in_proj_bias
        q, k, v = (each.reshape(_LENGTH, 2, 4).transpose(0, 1) for each in projected.chunk(3, 1))
        weights = (q @ k.mT / 2).masked_fill(later, -torch.inf).softmax(-1)
        x = x + own.out_proj((weights @ v).transpose(0, 1).reshape(_LENGTH, 8))
        x = x + layer.linear2(layer.linear1(layer.norm2(x)).relu())
        layers.append(weights.detach())
    found, note = _by_method(module, device, dtype, "attention")
    right = torch.stack(layers).mean((0, 1))
    return Outcome(_relative(found, right), DTYPES[dtype], note)


class _Uncopyable(kinds.Base):
    """A GRU that holds something that can't be copied."""

    def __deepcopy__(self, memo: Any) -> Any:
        raise TypeError("a handle to a file")


def _borrowed(device: torch.device, dtype: torch.dtype) -> Outcome:
    truth = _plain_truth(small.seeded(kinds.Base))
    module = small.seeded(_Uncopyable).to(device, dtype).eval()
    return _compare(Network(module, kinds.V, kinds.V), truth, dtype)


def _scripted(device: torch.device, dtype: torch.dtype) -> Outcome:
    module = small.seeded(small.Recurrent, "lstm", 2, kinds.V, kinds.V).eval()
    double = copy.deepcopy(module).double()
    table = double.embedding.weight.detach()

    def run(embedded: Tensor) -> Tensor:
        logits: Tensor = double.head(double.cell(embedded[None])[0])[0]
        return logits

    truth = by_autograd(run, table[_ids()], table, range(_LENGTH), _TARGETS)
    scripted = torch.jit.script(at(module, device, dtype))
    return _compare(Network(scripted, kinds.V, kinds.V), truth, dtype)


class _Places(kinds.Summed):
    """Makes its positions where tensors are made by default."""

    def forward(self, ids: Tensor) -> Tensor:
        embedded = self.embedding(ids) + self.positions(torch.arange(ids.shape[1]))
        embedded = embedded + self.types(torch.zeros_like(ids))
        logits: Tensor = self.head(self.back(self.cell(embedded)[0]))
        return logits


def _default_device(device: torch.device, dtype: torch.dtype) -> Outcome:
    module = small.seeded(_Places).eval()
    truth = _plain_truth(module)
    with device:
        network = Network(at(module, device, dtype), kinds.V, kinds.V)
        return _compare(network, truth, dtype)


class _Noisy(kinds.Base):
    def forward(self, ids: Tensor) -> Tensor:
        hidden = self.cell(self.embedding(ids))[0]
        logits: Tensor = self.head(hidden * (1 + torch.rand_like(hidden)))
        return logits


def _random(device: torch.device, dtype: torch.dtype) -> Outcome:
    """They are the same each time, and the user's go on as if nothing were."""

    def states() -> list[Tensor]:
        return [torch.get_rng_state(), *torch.cuda.get_rng_state_all()]

    before = states()
    network = Network(at(small.seeded(_Noisy), device, dtype), kinds.V, kinds.V)
    one, other = (engine_of(network, _ids()).logits for _ in range(2))
    kept = all(torch.equal(*each) for each in zip(before, states(), strict=True))
    note = f"drawn: {network.random}; the user's go on: {kept}"
    fine = kept and network.random and torch.equal(one, other)
    return Outcome(0 if fine else math.inf, 0, note)


def _settings(device: torch.device, dtype: torch.dtype) -> Outcome:
    def settings() -> list[object]:
        cudnn = torch.backends.cudnn
        return [
            cudnn.allow_tf32,
            cudnn.enabled,
            cudnn.benchmark,
            torch.backends.cuda.matmul.allow_tf32,
            torch.get_default_device(),
            torch.is_grad_enabled(),
        ]

    before = settings()
    module = small.seeded(kinds.Base)
    engine_of(Network(at(module, device, dtype), kinds.V, kinds.V), _ids())
    after = settings()
    return Outcome(0 if after == before else math.inf, 0, f"{before} then {after}")

"""The checks of `cuda_checks`, continued: texts of their own, and what a GPU is peculiar in."""

from __future__ import annotations

import copy
import math
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
from torch import Tensor

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES, Network, choose_engine, clean_torch

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
import kinds
import language_models
import small
from language_models import V


def more_checks(device: torch.device) -> Iterator[Check]:
    """All of them."""
    named: dict[str, Callable[[torch.device, torch.dtype], Outcome]] = {
        "masked, each output of a text of its own": _masked,
        "windows": lambda *each: _windows(*each, pad=None),
        "windows, padded": lambda *each: _windows(*each, pad=2),
        "vectors": _vectors,
        "a text read on from its first half": _read_on,
        "cuDNN in eval mode, borrowed": _borrowed,
        "cuDNN in eval mode, TorchScript": _scripted,
        "made under a default device": _default_device,
        "random numbers": _random,
        "torch's settings afterwards": _settings,
        "the loss's gradient by step": _gradients_by_step,
    }
    yield from in_both(named, device)


def _compare(network: Network, truth: Truth, dtype: torch.dtype, factor: float = 1) -> Outcome:
    engine = engine_of(network, short_ids())
    scores, _ = engine.rows(range(LENGTH), TARGETS, MEASURES["norm"])
    return Outcome(truth.error(scores), factor * DTYPES[dtype], f"{engine.name}, {engine.reason}")


def _plain_truth(module: Any) -> Truth:
    double = copy.deepcopy(module).double()
    table = double.table().detach()
    return by_autograd(double.plain, table[short_ids()], table, range(LENGTH), TARGETS)


def _stacked(rows: list[Truth]) -> Truth:
    scores, peaks = (torch.cat([getattr(r, name) for r in rows]) for name in ("scores", "peaks"))
    return Truth(scores, peaks)


class _BothWays(language_models.Base):
    """A bidirectional GRU: what each output reads is all tokens."""

    def __init__(self) -> None:
        super().__init__(width=2 * language_models.H, bidirectional=True)


def _masked(device: torch.device, dtype: torch.dtype) -> Outcome:
    module, mask = small.seeded(_BothWays).eval(), V - 1
    double = copy.deepcopy(module).double()
    table, rows = double.table().detach(), []
    for s, k in enumerate(TARGETS):
        ids = short_ids()
        ids[s] = mask
        rows.append(by_autograd(double.plain, table[ids], table, [s], [k]))
    network = Network(at(module, device, dtype), V, V, mask=mask)
    return _compare(network, _stacked(rows), dtype)


def _windows(device: torch.device, dtype: torch.dtype, pad: int | None) -> Outcome:
    module, window = small.seeded(language_models.Base).eval(), 5
    double = copy.deepcopy(module).double()
    table, rows, before = double.table().detach(), [], 0 if pad is None else window - 1
    ids = torch.cat([torch.full((before,), pad or 0), short_ids()])
    for s, k in enumerate(TARGETS):
        first = max(0, s + before + 1 - window)
        own = ids[first : s + before + 1]
        found = by_autograd(double.plain, table[own], table, [len(own) - 1], [k])
        row = torch.zeros(1, len(ids)).double()
        row[:, first : first + len(own)] = found.scores
        rows.append(Truth(row[:, before:], row[:, before:].amax(1)))
    network = Network(at(module, device, dtype), V, V, window=window, pad=pad)
    return _compare(network, _stacked(rows), dtype)


def _vectors(device: torch.device, dtype: torch.dtype) -> Outcome:
    module = small.seeded(kinds.Sensor).eval()
    generator = torch.Generator().manual_seed(0)
    vectors = torch.randn(LENGTH, 3, generator=generator)
    targets = [k % 3 for k in TARGETS]
    plain = copy.deepcopy(module).double().plain
    truth = by_autograd(plain, vectors, torch.eye(3), range(LENGTH), targets)
    network = Network(at(module, device, dtype), LENGTH, 3, vectors=vectors)
    engine = engine_of(network, torch.arange(LENGTH))
    scores, _ = engine.rows(range(LENGTH), targets, MEASURES["norm"])
    return Outcome(truth.error(scores), DTYPES[dtype], engine.name)


def _read_on(device: torch.device, dtype: torch.dtype) -> Outcome:
    module = small.seeded(language_models.Base).eval()
    network = Network(at(module, device, dtype), V, V)
    before = engine_of(network, short_ids()[: LENGTH // 2])
    with clean_torch():
        engine = choose_engine(network, short_ids(), before=before.read_text)
    scores, _ = engine.rows(range(LENGTH), TARGETS, MEASURES["norm"])
    error = _plain_truth(module).error(scores) if engine.kept == LENGTH // 2 else math.inf
    return Outcome(error, DTYPES[dtype], f"{engine.name}, {engine.kept} outputs kept")


class _Uncopyable(language_models.Base):
    """A GRU that holds something that can't be copied."""

    def __deepcopy__(self, memo: Any) -> Any:
        raise TypeError("a handle to a file")


def _borrowed(device: torch.device, dtype: torch.dtype) -> Outcome:
    truth = _plain_truth(small.seeded(language_models.Base))
    module = small.seeded(_Uncopyable).to(device, dtype).eval()
    return _compare(Network(module, V, V), truth, dtype)


def _scripted(device: torch.device, dtype: torch.dtype) -> Outcome:
    module = small.seeded(small.Recurrent, "lstm", 2, V, V).eval()
    double = copy.deepcopy(module).double()
    table = double.embedding.weight.detach()

    def run(embedded: Tensor) -> Tensor:
        logits: Tensor = double.head(double.cell(embedded[None])[0])[0]
        return logits

    truth = by_autograd(run, table[short_ids()], table, range(LENGTH), TARGETS)
    scripted = torch.jit.script(at(module, device, dtype))
    return _compare(Network(scripted, V, V), truth, dtype)


class _Places(language_models.Summed):
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
        network = Network(at(module, device, dtype), V, V)
        return _compare(network, truth, dtype)


class _Noisy(language_models.Base):
    def forward(self, ids: Tensor) -> Tensor:
        hidden = self.cell(self.embedding(ids))[0]
        logits: Tensor = self.head(hidden * (1 + torch.rand_like(hidden)))
        return logits


def _random(device: torch.device, dtype: torch.dtype) -> Outcome:
    """They are the same each time, and the user's go on as if nothing were."""

    def states() -> list[Tensor]:
        return [torch.get_rng_state(), *torch.cuda.get_rng_state_all()]

    before = states()
    network = Network(at(small.seeded(_Noisy), device, dtype), V, V)
    one, other = (engine_of(network, short_ids()).logits for _ in range(2))
    kept = all(torch.equal(*each) for each in zip(before, states(), strict=True))
    note = f"drawn: {network.capabilities.random}; the user's go on: {kept}"
    fine = kept and network.capabilities.random and torch.equal(one, other)
    return Outcome(0 if fine else math.inf, 0, note)


def _gradients_by_step(device: torch.device, dtype: torch.dtype) -> Outcome:
    """Of an LSTM of two layers, against the CPU in double precision."""
    layer = small.seeded(lambda: torch.nn.LSTM(5, 7, 2))
    x = torch.randn(20, 3, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def gradients(device: torch.device, dtype: torch.dtype) -> list[Any]:
        module, read = copy.deepcopy(layer).to(device, dtype), x.to(device, dtype)
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            found = rv.gradients_by_step(lambda: module(read)[0][-1].square().sum(), module)
        return list(found.gradients)

    pairs = zip(
        gradients(device, dtype), gradients(torch.device("cpu"), torch.float64), strict=True
    )
    return Outcome(max(abs(a - b).max() / abs(b).max() for a, b in pairs), DTYPES[dtype])


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
    module = small.seeded(language_models.Base)
    engine_of(Network(at(module, device, dtype), V, V), short_ids())
    after = settings()
    return Outcome(0 if after == before else math.inf, 0, f"{before} then {after}")

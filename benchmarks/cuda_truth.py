"""Plain autograd in double precision on the CPU, and what is compared with it."""

from __future__ import annotations

import copy
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines import Engine, Network, choose_engine, clean_torch

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from language_models import V

LENGTH = 14
TARGETS = [(3 * s + 1) % V for s in range(LENGTH)]
"""The text of small checks has so many tokens, and these classes are explained."""
DTYPES = {torch.float64: 1e-9, torch.float32: 5e-5}


@dataclass(frozen=True)
class Outcome:
    """What a check found.

    Attributes:
        error: The largest error, as a share of the largest score of its row.
        bound: What it may be.
        note: What a reader should know besides.
    """

    error: float
    bound: float
    note: str = ""


@dataclass(frozen=True)
class Check:
    """Something that is compared.

    Attributes:
        name: What it is, in words.
        run: Does it.
    """

    name: str
    run: Callable[[], Outcome]


@dataclass(frozen=True)
class Truth:
    """Scores (N, T), and what an error of each row is a share of, (N,)."""

    scores: Tensor
    peaks: Tensor

    def error(self, found: Tensor) -> float:
        """The largest error; infinite where a row of zeros is none, or a number is not finite."""
        off = (found.detach().cpu().double() - self.scores).abs().amax(1)
        shares = torch.where(off == 0, 0, off / self.peaks)
        return float(shares.max()) if bool(shares.isfinite().all()) else math.inf


def by_autograd(
    run: Callable[[Tensor], Tensor],
    embedded: Tensor,
    table: Tensor,
    rows: Sequence[int],
    targets: Sequence[int],
    *,
    measure: str = "norm",
) -> Truth:
    """C[s, :] from its definition, in double precision on the CPU.

    Args:
        run: Maps embedded tokens, (T, D), to logits, (S, V).
        embedded: The tokens, (T, D).
        table: E, (V_in, D).
        rows: Outputs s.
        targets: The class explained at each.
        measure: A name in `MEASURES`.
    """
    leaf, table = embedded.detach().double().requires_grad_(), table.detach().double()
    logits = run(leaf)
    scores, peaks = [], []
    for s, k in zip(rows, targets, strict=True):
        (gradient,) = torch.autograd.grad(
            logits[s, k], leaf, retain_graph=True, allow_unused=True, materialize_grads=True
        )
        terms = gradient * leaf.detach()
        scores.append(
            {
                "norm": (gradient @ table.T).norm(dim=1),
                "squared": (gradient @ table.T).square().sum(1),
                "embedding_norm": gradient.norm(dim=1),
                "grad_x_input": terms.sum(1),
            }[measure]
        )
        # Where a sum cancels no precision is left of it: its terms are the measure of that.
        peaks.append((terms.abs().sum(1) if measure == "grad_x_input" else scores[-1]).max())
    return Truth(torch.stack(scores), torch.stack(peaks))


def at(module: nn.Module, device: torch.device, dtype: torch.dtype) -> nn.Module:
    """A copy on the device, in eval mode, where cuDNN by itself refuses a backward pass."""
    return copy.deepcopy(module).to(device, dtype).eval()


def engine_of(network: Network, ids: Tensor, name: Any = "auto") -> Engine:
    """The engine, chosen as a `Reading` does it."""
    with clean_torch():
        return choose_engine(network, ids, name)


def random_ids(length: int, symbols: int, seed: int = 0) -> Tensor:
    draws = torch.Generator(device="cpu").manual_seed(seed)
    return torch.randint(symbols, (length,), generator=draws, device="cpu")


def short_ids() -> Tensor:
    """The text of small checks."""
    return random_ids(LENGTH, V)


def in_both(
    named: Mapping[str, Callable[[torch.device, torch.dtype], Outcome]], device: torch.device
) -> Iterator[Check]:
    """Checks in both precisions."""
    for name, check in named.items():
        for dtype in DTYPES:
            yield Check(
                f"{name}, {str(dtype).removeprefix('torch.')}",
                lambda each=(check, dtype): each[0](device, each[1]),
            )

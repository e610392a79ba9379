"""Matrix products, by the faster of the libraries that torch offers."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

import torch
from torch import Tensor

Product = Callable[[Tensor, Tensor], Tensor]

# With fewer rows the libraries hardly differ.
_MANY = 8


def multiply(out: Tensor, rows: Tensor, transposed: Tensor, *, add: bool = False) -> None:
    """Compute ``out = rows @ transposed.T``, or add that to `out`.

    Args:
        out: Shape (N, M), of any strides.
        rows: Shape (N, K).
        transposed: Shape (M, K), contiguous.
        add: Whether to add.
    """
    fast = _faster(rows)
    if fast is not None:
        made = fast(rows, transposed)
        out.add_(made) if add else out.copy_(made)
    elif add:
        out.addmm_(rows, transposed.T)
    else:
        torch.mm(rows, transposed.T, out=out)


def product(rows: Tensor, transposed: Tensor) -> Tensor:
    """``rows @ transposed.T``, (N, M), of rows (N, K) and a contiguous (M, K)."""
    return (_faster(rows) or _by_torch)(rows, transposed)


def _faster(rows: Tensor) -> Product | None:
    """What multiplies so many rows faster than torch does by itself, if anything."""
    if rows.requires_grad and torch.is_grad_enabled():
        return None  # oneDNN's product has no gradient
    single = rows.dtype == torch.float32 and rows.device.type == "cpu"
    return _onednn() if single and len(rows) >= _MANY else None


@functools.cache
def _onednn() -> Product | None:
    """OneDNN's product, if it is faster: on AMD processors MKL takes twice as long.

    It has no public name, so it is looked up, tried and compared with torch's product first.
    """
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return None
    with torch.no_grad():
        generator = torch.Generator().manual_seed(0)
        rows, transposed = (
            torch.randn(96, 512, generator=generator, dtype=torch.float32) for _ in range(2)
        )
        try:
            made = _by_onednn(rows, transposed)
        except (AttributeError, RuntimeError, TypeError):
            return None
        if not torch.allclose(made, rows @ transposed.T, rtol=1e-4, atol=1e-3):
            return None
        seconds = {each: _seconds(each, rows, transposed) for each in (_by_onednn, _by_torch)}
    return _by_onednn if seconds[_by_onednn] < 0.9 * seconds[_by_torch] else None


def _by_onednn(rows: Tensor, transposed: Tensor) -> Tensor:
    made: Tensor = torch.ops.mkldnn._linear_pointwise(rows, transposed, None, "none", [], "")  # noqa: SLF001
    return made


def _by_torch(rows: Tensor, transposed: Tensor) -> Tensor:
    return rows @ transposed.T


def _seconds(product: Product, rows: Tensor, transposed: Tensor) -> float:
    """The shortest of several runs: other work on the machine only makes a run longer."""
    found = []
    for _ in range(12):
        start = time.perf_counter()
        product(rows, transposed)
        found.append(time.perf_counter() - start)
    return min(found)

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


def product(rows: Tensor, transposed: Tensor) -> Tensor:
    """``rows @ transposed.T``, (N, M), of rows (N, K) and a matrix (M, K).

    It is fastest if rows are contiguous, and `transposed` is the transpose of a contiguous matrix.
    """
    return (_faster(rows, transposed) or by_torch)(rows, transposed)


def _faster(rows: Tensor, transposed: Tensor) -> Product | None:
    """What multiplies so many rows faster than torch does by itself, if anything."""
    if rows.requires_grad and torch.is_grad_enabled():
        return None  # oneDNN's product has no gradient
    single = rows.dtype == torch.float32 and rows.device.type == "cpu"
    if not single or rows.shape[0] < _MANY:
        return None
    # A part of a larger matrix would be read by a loop that takes a thousand times as long.
    dense = transposed.is_contiguous() or transposed.T.is_contiguous()
    return _onednn() if dense else None


@functools.cache
def _onednn() -> Product | None:
    """OneDNN's product, if it is faster: on AMD processors MKL takes twice as long.

    It has no public name, so it is looked up, tried and compared with torch's product first.
    """
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return None
    with torch.no_grad():
        generator = torch.Generator().manual_seed(0)
        rows, weights = (
            torch.randn(size, generator=generator, dtype=torch.float32)
            for size in [(96, 512), (512, 240)]
        )
        transposed = weights.T
        try:
            made = by_onednn(rows, transposed)
        except (AttributeError, RuntimeError, TypeError):
            return None
        if not torch.allclose(made, rows @ transposed.T, rtol=1e-4, atol=1e-3):
            return None
        seconds = {each: _seconds(each, rows, transposed) for each in (by_onednn, by_torch)}
    return by_onednn if seconds[by_onednn] < 0.9 * seconds[by_torch] else None


def by_onednn(rows: Tensor, transposed: Tensor) -> Tensor:
    """The product by oneDNN; see `product`."""
    made: Tensor = torch.ops.mkldnn._linear_pointwise(rows, transposed, None, "none", [], "")  # noqa: SLF001
    return made


def by_torch(rows: Tensor, transposed: Tensor) -> Tensor:
    """The product by the library behind `@`, often MKL; see `product`."""
    return rows @ transposed.T


def _seconds(product: Product, rows: Tensor, transposed: Tensor) -> float:
    """The shortest of several runs: other work on the machine only makes a run longer."""
    found = []
    for _ in range(12):
        start = time.perf_counter()
        product(rows, transposed)
        found.append(time.perf_counter() - start)
    return min(found)

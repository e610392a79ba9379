"""Matrix products, by the faster of the libraries that torch offers."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable

import torch
from torch import Tensor

from rnnviz_widget.engines.thread_count import THREADS

from .packed_weights import PackedWeights, tried

Product = Callable[[Tensor, Tensor], Tensor]

# With fewer rows the libraries hardly differ.
_MANY = 8
# A library is taken if it takes less than this share of the other's time. On AMD processors with
# AVX2 oneDNN takes 0.9 of MKL's at the size that is tried, and 0.8 at that of a large layer.
_FASTER = 0.95
_TRIES = 12


def product(rows: Tensor, transposed: Tensor) -> Tensor:
    """``rows @ transposed.T``, (N, M), of rows (N, K) and a matrix (M, K).

    It is fastest if rows are contiguous, and `transposed` is the transpose of a contiguous matrix.
    """
    faster = _onednn() if rows.shape[0] >= _MANY else None
    if faster is None or not _is_single(rows) or _needs_gradient(rows):
        return by_torch(rows, transposed)
    # A part of a larger matrix would be read by a loop that takes a thousand times as long.
    dense = transposed.is_contiguous() or transposed.T.is_contiguous()
    return (faster if dense else by_torch)(rows, transposed)


def linear(read: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``read @ weight.T + bias``, (.., M), of inputs (.., K) and a weight (M, K).

    By oneDNN each output is rounded alike whatever other inputs there are: a text that is read on
    gives the same bits as one that is read whole. Torch's own product may round a few inputs in
    another way than many; with AVX2 it often does so with up to 200 of them.
    """
    whole = read.numel() and weight.is_contiguous()
    known = whole and not _needs_gradient(read, weight, bias) and _is_single(read)
    if not known or weight.dtype != read.dtype or not _onednn_works():
        return torch.nn.functional.linear(read, weight, bias)
    rows = read.reshape(-1, read.shape[-1])
    # One row alone would be rounded in another way.
    many = rows.contiguous() if rows.shape[0] > 1 else rows.repeat(2, 1)
    made = by_onednn(many, _packed_weights.packed(weight, len(many)), bias)
    return made[: rows.shape[0]].view(*read.shape[:-1], weight.shape[0])


def _needs_gradient(*tensors: Tensor | None) -> bool:
    """Whether torch would record what is made of them: oneDNN's product has no gradient."""
    return torch.is_grad_enabled() and any(
        each is not None and each.requires_grad for each in tensors
    )


def _is_single(tensor: Tensor) -> bool:
    return tensor.dtype == torch.float32 and tensor.device.type == "cpu"


@functools.cache
def _onednn() -> Product | None:
    """OneDNN's product, if it is faster: on AMD processors with AVX-512 MKL takes twice as long."""
    if not _onednn_works():
        return None
    # Found twice, with one thread: what other work makes of it would be kept.
    with THREADS.one():
        return by_onednn if all(_is_clearly_faster() for _ in range(2)) else None


def _is_clearly_faster() -> bool:
    """Whether oneDNN's shortest of several runs is clearly shorter than torch's."""
    seconds = {by_onednn: math.inf, by_torch: math.inf}
    with torch.no_grad():
        tried = _tried()
        for _ in range(_TRIES):
            for each, least in seconds.items():
                seconds[each] = min(least, _seconds(each, *tried))
    return seconds[by_onednn] < _FASTER * seconds[by_torch]


@functools.cache
def _onednn_works() -> bool:
    """Whether oneDNN's product is there, and right: it has no public name."""
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    with torch.no_grad():
        rows, transposed = _tried()
        try:
            made = by_onednn(rows, transposed)
        except (AttributeError, RuntimeError, TypeError):
            return False
        return torch.allclose(made, rows @ transposed.T, rtol=1e-4, atol=1e-3)


def _tried() -> tuple[Tensor, Tensor]:
    """Rows and a transposed matrix that products are tried with."""
    return tried(96, 512), tried(512, 240).T


def by_onednn(rows: Tensor, transposed: Tensor, bias: Tensor | None = None) -> Tensor:
    """The product by oneDNN, plus a bias (M,); see `product`."""
    multiply = torch.ops.mkldnn._linear_pointwise.default  # noqa: SLF001
    made: Tensor = multiply(rows, transposed, bias, "none", [], "")
    return made


_packed_weights = PackedWeights(by_onednn)


def by_torch(rows: Tensor, transposed: Tensor) -> Tensor:
    """The product by the library behind `@`, often MKL; see `product`."""
    return rows @ transposed.T


def _seconds(product: Product, rows: Tensor, transposed: Tensor) -> float:
    start = time.perf_counter()
    product(rows, transposed)
    return time.perf_counter() - start

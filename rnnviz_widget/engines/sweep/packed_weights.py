"""Weights in the layout that oneDNN multiplies by, kept for products of few rows.

oneDNN brings a weight into its layout for each product. With few rows that takes as long as the
product itself: with two rows and a weight of (8192, 256) a core takes 1.3 ms, and 0.6 ms where the
weight is packed. The bits of the results are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, UntypedStorage

# Weights of more bytes are not kept a second time.
_LARGEST = 2**25
# With more rows than these the layout hardly matters.
_FEW = 8

# A weight in memory: where it begins, its shape, and how often its memory was written to.
_Which = tuple[int, torch.Size, int]

Multiply = Callable[[Tensor, Tensor, Tensor | None], Tensor]


class PackedWeights:
    """Packs a weight when few rows are multiplied by it the second time.

    Packed weights are dropped with the weights' memory, and made anew where that was written to.

    Args:
        multiply: The product of rows and a weight, packed or not, plus a bias.
    """

    def __init__(self, multiply: Multiply) -> None:
        self._multiply = multiply
        self._works: bool | None = None
        self._kept: WeakKeyDictionary[UntypedStorage, tuple[_Which, Tensor | None]]
        self._kept = WeakKeyDictionary()

    def packed(self, weight: Tensor, rows: int) -> Tensor:
        """The weight, or the same one packed.

        Args:
            weight: A contiguous weight in single precision on the CPU, (M, K), without a gradient.
            rows: How many rows are multiplied by it.
        """
        # Tensors of inference mode do not count what is written to them.
        if rows > _FEW or weight.nbytes > _LARGEST or weight.is_inference() or not self.works:
            return weight
        which = int(weight.storage_offset()), weight.shape, weight._version  # noqa: SLF001
        storage = weight.untyped_storage()
        known, packed = self._kept.get(storage, (None, None))
        if known != which:
            self._kept[storage] = which, None
            return weight
        if packed is None:
            packed = _packed(weight)
            self._kept[storage] = which, packed
        return packed

    @property
    def works(self) -> bool:
        """Whether weights can be packed, and products are the same: packing has no public name."""
        if self._works is None:
            self._works = self._same_products()
        return self._works

    def _same_products(self) -> bool:
        rows, weight = tried(2, 160), tried(240, 160)
        try:
            made = self._multiply(rows, _packed(weight), None)
        except (AttributeError, RuntimeError, TypeError):
            return False
        return torch.equal(made, self._multiply(rows, weight, None))


def tried(rows: int, columns: int) -> Tensor:
    """A matrix that products are tried with.

    It has no random numbers: it may be made where a module is watched for drawing some.
    """
    return torch.arange(rows * columns, dtype=torch.float32, device="cpu").sin().view(rows, columns)


def _packed(weight: Tensor) -> Tensor:
    pack = torch.ops.mkldnn._reorder_linear_weight.default  # noqa: SLF001
    made: Tensor = pack(weight.detach(), 2)
    return made

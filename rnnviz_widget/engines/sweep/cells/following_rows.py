"""Rows of one text followed by those of more of it, without copying what is there."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

# So many more rows find room behind those that were copied: letters typed one by one.
_ROOM = 64

# Of each tensor that `followed` returned last, the larger one that it begins. Whoever takes the
# larger one out may write behind the tensor; nobody else sees those rows.
_larger = WeakTensorKeyDictionary()


def joined(before: Sequence[Tensor], kept: int, then: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The first `kept` rows of each of some tensors, followed by those of others."""
    pairs = zip(before, then, strict=True)
    return tuple(followed(one, kept, other) for one, other in pairs)


def followed(before: Tensor, kept: int, then: Tensor) -> Tensor:
    """The first `kept` rows of a tensor, followed by those of another one.

    The numbers are those of ``torch.cat([before[:kept], then])``. Memory is shared where `before`
    came from this function, and all that is left out of it is repeated by `then`. Without a
    gradient.

    Args:
        before: Rows, (N, ..); they are not changed, and must not be changed later.
        kept: How many of them are kept.
        then: The rows after those, (M, ..).
    """
    before, then = before.detach() if before.requires_grad else before, then.detach()
    count = kept + len(then)
    repeated = len(before) - kept
    larger: Tensor | None = _larger.pop(before, None)  # type: ignore[no-untyped-call]
    if larger is None or count > len(larger) or not torch.equal(before[kept:], then[:repeated]):
        larger = before.new_empty(count + _ROOM, *before.shape[1:])
        larger[:kept] = before[:kept]
        larger[kept:count] = then
    else:
        larger[len(before) : count] = then[repeated:]
    # Apart from the count of changes, since rows that are there never change: autograd would
    # refuse a gradient if a text was read on in between.
    found = larger[:count].data
    _larger[found] = larger
    return found

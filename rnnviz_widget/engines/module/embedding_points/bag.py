"""`nn.EmbeddingBag`: a look-up whose vectors are then combined, bag by bag."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from .embedding import Embedding
from .substitutes import Substitute

_PARAMETERS = inspect.signature(nn.EmbeddingBag.forward)


class BagTable(Embedding):
    """An `nn.EmbeddingBag`: vectors are looked up one by one, and combined for each bag.

    A bag is the sum of its vectors (weighted, if there are `per_sample_weights`), their mean, or
    the maximum of each component; the padding symbol does not count.
    """

    module: nn.EmbeddingBag

    def matrix(self, symbols: int, device: torch.device) -> Tensor:
        """See `EmbeddingPoint.matrix`."""
        return self.module.weight[self._shift : self._shift + symbols].detach().to(device)

    def _instead(
        self,
        instead: Substitute,
        index: Tensor,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: Tensor,
    ) -> Tensor:
        bound = _PARAMETERS.bind(self.module, *args, **kwargs).arguments
        offsets, weights = bound.get("offsets"), bound.get("per_sample_weights")
        plain = F.embedding(index, self.module.weight)
        vectors = super()._instead(instead, index, args, kwargs, plain)
        if index.ndim == 2:
            bags = list(range(0, index.numel(), index.shape[1]))
            ends = [*bags[1:], index.numel()]
        else:
            starts = [0] if offsets is None else offsets.tolist()
            last = self.module.include_last_offset
            bags, ends = (starts[:-1], starts[1:]) if last else (starts, [*starts[1:], len(index)])
        flat, ids = vectors.reshape(index.numel(), -1), index.reshape(-1)
        if weights is not None:
            flat = flat * weights.reshape(-1, 1)
        padding = self.module.padding_idx
        kept = torch.ones_like(ids, dtype=torch.bool) if padding is None else ids != padding
        made = [
            self._put_together(flat[first:end][kept[first:end]])
            for first, end in zip(bags, ends, strict=True)
        ]
        return torch.stack(made) if made else output

    def _put_together(self, vectors: Tensor) -> Tensor:
        """Combine the vectors of one bag, (n, D), into one, (D,)."""
        if not len(vectors):
            return vectors.sum(dim=0)
        if self.module.mode == "max":
            return vectors.max(dim=0).values
        return vectors.sum(dim=0) if self.module.mode == "sum" else vectors.mean(dim=0)

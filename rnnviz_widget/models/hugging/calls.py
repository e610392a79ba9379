"""How transformers models are called."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines import agree

from .readers import split_at


@dataclass(frozen=True)
class CausalCall:
    """Calls a model on ids (B, T), without padding and without a cache.

    Attributes:
        takes: The keywords that the model's forward has, of those that are passed.
    """

    takes: tuple[str, ...]

    def __call__(self, module: Any, ids: Tensor) -> object:
        """The logits, (B, T, V) or (B, V)."""
        return module(input_ids=ids, **self.others(ids)).logits

    def others(self, ids: Tensor) -> dict[str, Any]:
        """The other arguments, besides the ids."""
        given = {"attention_mask": torch.ones_like(ids), "use_cache": False}
        return {name: given[name] for name in self.takes}


@dataclass(frozen=True)
class PairCall(CausalCall):
    """Calls an encoder-decoder on the ids of a source, a starting token and a target, (B, T).

    Attributes:
        start: The id of the token that starts the decoder.
    """

    start: int

    def __call__(self, module: Any, ids: Tensor) -> object:
        """The logits, (B, T, V); at the source they are those of the decoder's first step.

        If a linear layer makes them, it is called once more on its input, extended to the source.
        So this layer is a head at which gradients can begin.
        """
        at = split_at(ids[0].tolist(), self.start)
        source, target = ids[:, :at], ids[:, at:]
        head, read = module.get_output_embeddings(), list[Tensor]()
        with contextlib.ExitStack() as stack:
            if isinstance(head, nn.Linear):
                hook = head.register_forward_pre_hook(lambda _, args: read.extend(args))
                stack.callback(hook.remove)
            given = self.others(source)
            logits: Tensor = module(input_ids=source, decoder_input_ids=target, **given).logits
        if len(read) == 1 and read[0].shape[:2] == logits.shape[:2]:
            made: Tensor = head(_everywhere(read[0], at))
            if agree(made[:, at].detach(), logits[:, 0].detach()):
                return made
        return _everywhere(logits, at)


def _everywhere(decoded: Tensor, at: int) -> Tensor:
    """Repeat the decoder's first step at the source: from (B, T', ..) to (B, T, ..)."""
    return torch.cat([decoded[:, :1].expand(-1, at, -1), decoded], dim=1)

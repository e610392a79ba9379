"""How models of transformers are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .pieces import split_at


@dataclass(frozen=True)
class Read:
    """Calls a model on ids (B, T): without padding, and without keeping what it read.

    Attributes:
        takes: Those of its keywords that are passed, where it has them.
    """

    takes: tuple[str, ...]

    def __call__(self, module: Any, ids: Tensor) -> object:
        """The logits, (B, T, V) or (B, V)."""
        return module(input_ids=ids, **self.others(ids)).logits

    def others(self, ids: Tensor) -> dict[str, Any]:
        """What it is called with besides the ids."""
        given = {"attention_mask": torch.ones_like(ids), "use_cache": False}
        return {name: given[name] for name in self.takes}


@dataclass(frozen=True)
class ReadPair(Read):
    """Calls an encoder-decoder on the ids of a source, a starting token and a target, (B, T).

    Attributes:
        start: The id of the token that the decoder starts with.
    """

    start: int

    def __call__(self, module: Any, ids: Tensor) -> object:
        """The logits, (B, T, V): at the source those that the decoder starts with."""
        at = split_at(ids[0].tolist(), self.start)
        source, target = ids[:, :at], ids[:, at:]
        logits = module(input_ids=source, decoder_input_ids=target, **self.others(source)).logits
        return torch.cat([logits[:, :1].expand(-1, at, -1), logits], dim=1)

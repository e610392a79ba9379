"""The arguments with which a user says how a module is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .calling import Forward, fingerprint_of
from .embedding_points import EmbeddingPoint, Name, check_ids, vectors_of
from .probabilities import Scale
from .sizes import lengths


@dataclass(frozen=True, eq=False)
class ModuleOptions:
    """The arguments of a `Network` once they are checked; see there for those not listed here.

    Attributes:
        original: The user's module.
        embedding: The name of the submodule or weight that embeds ids, or several; None: find it.
        scale: What the module returns; None: find out.
        device: Torch's default device when the user passed the module.
    """

    original: nn.Module
    symbols: int
    classes: int
    embedding: Name
    batch_first: bool
    forward: Forward | None
    one_hot: bool
    vectors: Tensor | None
    example: Tensor | None
    mask: int | None
    window: int | None
    pad: int | None
    scale: Scale | None
    device: torch.device

    @property
    def reads(self) -> str:
        """What the module is called with, in a word: ids or vectors."""
        return "ids" if self.vectors is None and not self.one_hot else "vectors"

    def vectors_read(self, module: nn.Module) -> EmbeddingPoint | None:
        """The embedding point if the module, or its copy, reads vectors; None: it reads ids."""
        if self.reads == "ids":
            return None
        return vectors_of(module, self.symbols, self.vectors, self.batch_first)

    def ids_to_try(self) -> Iterator[Tensor]:
        """Ids to try the module on, until it succeeds."""
        if self.vectors is not None:
            yield torch.arange(self.symbols)[-(self.window or 0) :]
        elif self.example is not None:
            yield self.example[-(self.window or 0) :]
        elif self.window is not None:
            yield check_ids(self.symbols, self.window)
        else:
            yield from (check_ids(self.symbols, length) for length in lengths())

    def fingerprint(self, scale: Scale | None) -> str:
        """How the module is called, if not with ids alone, as a string that all processes share."""
        vectors = None if self.vectors is None else self.vectors.tolist()
        call = None if self.forward is None else fingerprint_of(self.forward)
        how: tuple[object, ...] = (call, self.one_hot, vectors)
        if self.mask is not None:
            how = (call, self.mask)
        if self.window is not None:
            how = (*how, self.window, self.pad)
        named = "" if scale in (None, Scale.LOGITS) else scale.value
        return (repr(how) if any(how) else "") + named

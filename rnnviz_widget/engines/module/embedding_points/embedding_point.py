"""Where a text enters a network: what stands for its tokens, and can be differentiated.

Connectivity is about x_t, the input at t: the one-hot vector of a token, or, of a model that reads
vectors, the vector itself. A network reads e_t = E^T x_t, whose gradient is what engines compute.
"""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from .substitutes import Substitute


class EmbeddingPoint(abc.ABC):
    """Where a text enters a network.

    Attributes:
        name: What a user would call it.
        rows: How many symbols it can embed, or None where it does not say.
        padding: The symbol that stands for padding, where it has one.
        seen: Whether it is seen which ids are looked up; else only the logits tell.
        notes: What a reader should know of it, in words.
    """

    name: str
    rows: int | None = None
    padding: int | None = None
    seen: bool = True
    notes: tuple[str, ...] = ()

    @abc.abstractmethod
    def matrix(self, symbols: int, device: torch.device) -> Tensor:
        """E: what is read for each of the input symbols, (V_in, D), detached."""

    def inputs(self, ids: Tensor, symbols: int) -> Tensor:
        """The inputs x, each one-hot, (T, V_in)."""
        matrix = self.matrix(symbols, ids.device)
        return torch.nn.functional.one_hot(ids, len(matrix)).to(matrix)

    def embed(self, ids: Tensor, symbols: int) -> Tensor:
        """What is read for each token, (T, D), detached."""
        return self.matrix(symbols, ids.device)[ids]

    @abc.abstractmethod
    def entering(
        self, ids: Tensor, instead: Substitute | None
    ) -> contextlib.AbstractContextManager[Tensor]:
        """Let something stand in for what is looked up while the module runs.

        Args:
            ids: Token ids as the module expects them, (B, T) or (T, B).
            instead: Embedded tokens, to which gradients flow back; or what only writes down
                which ids are looked up; None: the ids as they are.

        Returns:
            What the module is called with.

        Raises:
            OtherIdsError: If other ids are looked up than were to be.
        """


class Vectors(EmbeddingPoint):
    """A module that reads vectors: the input itself is differentiated, so that E is the identity.

    Args:
        vectors: What it reads for each id, (V_in, D): one-hot vectors, or those of a sequence.
        batch_first: Whether it reads (B, T, D); else (T, B, D).
    """

    name = "the input vectors"
    seen = False

    def __init__(self, vectors: Tensor, *, batch_first: bool) -> None:
        self.rows = len(vectors)
        self._vectors = vectors
        self._batch_first = batch_first

    def matrix(self, symbols: int, device: torch.device) -> Tensor:
        """See `EmbeddingPoint.matrix`: the identity, (D, D)."""
        del symbols
        return torch.eye(self._vectors.shape[1], dtype=self._vectors.dtype, device=device)

    def inputs(self, ids: Tensor, symbols: int) -> Tensor:
        """The inputs x, (T, D)."""
        return self.embed(ids, symbols)

    def embed(self, ids: Tensor, symbols: int) -> Tensor:
        """See `EmbeddingPoint.embed`."""
        del symbols
        return self._vectors[ids.to(self._vectors.device)].to(ids.device)

    @contextlib.contextmanager
    def entering(self, ids: Tensor, instead: Substitute | None) -> Iterator[Tensor]:
        """See `EmbeddingPoint.entering`."""
        if instead is None or instead.embedded is None:
            yield self.embed(ids, 0)
            return
        embedded = instead.embedded
        batch = embedded if self._batch_first else embedded.transpose(0, 1)
        # A copy: whatever the module does to it in place is part of the module.
        instead.given.append(batch.clone())
        yield instead.given[0]


def vectors_of(
    module: nn.Module, symbols: int, vectors: Tensor | None, batch_first: bool
) -> Vectors:
    """What a module of vectors reads, in its own precision.

    Args:
        module: The module.
        symbols: How many there are.
        vectors: One for each, (V_in, D); None: one-hot vectors.
        batch_first: Whether it reads (B, T, D); else (T, B, D).
    """
    floats = (p for p in module.parameters() if p.is_floating_point())
    like = next(floats, torch.zeros(())).detach()
    if vectors is None:
        vectors = torch.eye(symbols, dtype=like.dtype, device=like.device)
    else:
        vectors = vectors.detach().to(like, copy=True)
    return Vectors(vectors, batch_first=batch_first)

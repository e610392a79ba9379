"""Where a text enters a network: the tokens' vectors, with respect to which we differentiate.

Connectivity is about x_t, the input at t: the one-hot vector of a token or, for a model that reads
vectors, the vector itself. A network reads e_t = E^T x_t, whose gradient the engines compute.
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
        rows: How many symbols it can embed; None: not known.
        padding: Its padding symbol, if it has one.
        seen: Whether passes show which ids are looked up; if not, only the logits can be compared.
        notes: Notes for the reader.
    """

    name: str
    rows: int | None = None
    padding: int | None = None
    seen: bool = True
    notes: tuple[str, ...] = ()

    @abc.abstractmethod
    def matrix(self, symbols: int, device: torch.device) -> Tensor:
        """The embedding matrix E: the vector of each input symbol, (V_in, D), detached."""

    def inputs(self, ids: Tensor, symbols: int) -> Tensor:
        """The inputs x, one-hot, (T, V_in)."""
        matrix = self.matrix(symbols, ids.device)
        return torch.nn.functional.one_hot(ids, len(matrix)).to(matrix)

    def embed(self, ids: Tensor, symbols: int) -> Tensor:
        """The vector of each token, (T, D), detached."""
        return self.matrix(symbols, ids.device)[ids]

    @abc.abstractmethod
    def entering(
        self, ids: Tensor, instead: Substitute | None
    ) -> contextlib.AbstractContextManager[Tensor]:
        """Replace what is looked up while the module runs.

        Args:
            ids: Token ids as the module expects them, (B, T) or (T, B).
            instead: Embedded tokens, to which gradients flow back, or a record of the ids that are
                looked up; None: the ids are looked up as they are.

        Returns:
            A context whose value is the argument to call the module with.

        Raises:
            OtherIdsError: If other ids are looked up than expected.
        """


class Vectors(EmbeddingPoint):
    """A module that reads vectors: they are the inputs x themselves, so that E is the identity.

    Args:
        vectors: The vector of each id, (V_in, D): one-hot vectors, or those of a sequence.
        batch_first: Whether the module reads (B, T, D); else (T, B, D).
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
        # A copy, since the module may change it in place.
        instead.given.append(batch.clone())
        yield instead.given[0]


def vectors_of(
    module: nn.Module, symbols: int, vectors: Tensor | None, batch_first: bool
) -> Vectors:
    """The embedding point of a module that reads vectors, one-hot by default, in its precision."""
    floats = (p for p in module.parameters() if p.is_floating_point())
    like = next(floats, torch.zeros(())).detach()
    if vectors is None:
        vectors = torch.eye(symbols, dtype=like.dtype, device=like.device)
    else:
        vectors = vectors.detach().to(like, copy=True)
    return Vectors(vectors, batch_first=batch_first)

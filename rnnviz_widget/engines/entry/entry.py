"""Where a text enters a network: what stands for its tokens, and can be differentiated.

Connectivity is about x_t, the input at t: the one-hot vector of a token, or, of a model that reads
vectors, the vector itself. A network reads e_t = E^T x_t, whose gradient is what engines compute.
"""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor

Entered = tuple[Tensor, list[Tensor]]
"""What the module is called with, and what was put in the place of embedded tokens so far."""


class Entry(abc.ABC):
    """Where a text enters a network.

    Attributes:
        name: What a user would call it.
        rows: How many symbols it can embed, or None where it does not say.
    """

    name: str
    rows: int | None = None

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
        self, ids: Tensor, embedded: Tensor | None
    ) -> contextlib.AbstractContextManager[Entered]:
        """Let embedded tokens stand for the ids while the module runs.

        Args:
            ids: Token ids as the module expects them, (B, T) or (T, B).
            embedded: Shape (B, T, D), whatever the module's layout, so that gradients flow back
                to it; None: the ids as they are.

        Raises:
            RuntimeError: Afterwards, if not every token was read once.
        """


class Vectors(Entry):
    """A module that reads vectors: the input itself is differentiated, so that E is the identity.

    Args:
        vectors: What it reads for each id, (V_in, D): one-hot vectors, or those of a sequence.
        batch_first: Whether it reads (B, T, D); else (T, B, D).
    """

    name = "the input vectors"

    def __init__(self, vectors: Tensor, *, batch_first: bool) -> None:
        self.rows = len(vectors)
        self._vectors = vectors
        self._batch_first = batch_first

    def matrix(self, symbols: int, device: torch.device) -> Tensor:
        """See `Entry.matrix`: the identity, (D, D)."""
        del symbols
        return torch.eye(self._vectors.shape[1], dtype=self._vectors.dtype, device=device)

    def inputs(self, ids: Tensor, symbols: int) -> Tensor:
        """The inputs x, (T, D)."""
        return self.embed(ids, symbols)

    def embed(self, ids: Tensor, symbols: int) -> Tensor:
        """See `Entry.embed`."""
        del symbols
        return self._vectors[ids.to(self._vectors.device)].to(ids.device)

    @contextlib.contextmanager
    def entering(self, ids: Tensor, embedded: Tensor | None) -> Iterator[Entered]:
        """See `Entry.entering`."""
        if embedded is None:
            yield self.embed(ids, 0), []
            return
        batch = embedded if self._batch_first else embedded.transpose(0, 1)
        # A copy: whatever the module does to it in place is part of the module.
        piece = batch.clone()
        yield piece, [piece]


class Pieces:
    """Hands out embedded tokens, call by call, in the place of what a module looked up.

    Where all have been handed out it begins anew: a module may look its tokens up again.

    Args:
        embedded: Shape (B, T, D).
        time_major: Whether the tokens of a call are laid out (T, B).
    """

    def __init__(self, embedded: Tensor, *, time_major: bool) -> None:
        self._embedded = embedded
        self._time_major = time_major
        self._used = 0
        self.given: list[Tensor] = []

    def instead_of(
        self, output: Tensor, columns: slice | None = None, *, time_major: bool | None = None
    ) -> Tensor:
        """The next embedded tokens, as many and in the shape as were looked up.

        Args:
            output: What was looked up.
            columns: Which numbers of each embedded token; default: all.
            time_major: Whether they are laid out (T, B); default: as all calls.
        """
        batch, _, width = self._embedded.shape
        if columns is not None:
            width = columns.stop - columns.start
        tokens = output.numel() // (batch * width)
        if self._used == self._embedded.shape[1]:
            self._used = 0
        piece = self._embedded[:, self._used : self._used + tokens]
        if columns is not None:
            piece = piece[..., columns]
        self._used += tokens
        if self._time_major if time_major is None else time_major:
            piece = piece.transpose(0, 1)
        # A copy: whatever the module does to it in place is part of the module.
        self.given.append(piece.reshape(output.shape).clone())
        return self.given[-1]

    def check(self, name: str) -> None:
        """See to it that every token was embedded, the last too.

        Raises:
            RuntimeError: If not.
        """
        if self._used != self._embedded.shape[1]:
            raise RuntimeError(
                f"the embedding {name!r} embedded {self._used} tokens of "
                f"{self._embedded.shape[1]}; it must be called with every token id, in order"
            )


def reads(calls: list[Tensor], ids: Tensor) -> bool:
    """Whether what came call by call are the ids in order, once or several times over."""
    flat = [call.detach().reshape(-1).cpu().long() for call in calls]
    if not flat:
        return False
    came = torch.cat(flat)
    return len(came) > 0 and torch.equal(came, ids.cpu().repeat(len(came) // len(ids)))


def is_time_major(first: Tensor, *, batch_first: bool) -> bool:
    """Whether tokens are laid out (T, B), by what the first call of a batch of one text got."""
    return first.shape[0] != 1 if first.ndim > 1 else not batch_first

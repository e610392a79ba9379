"""What takes the place of looked-up vectors: embedded tokens, or only a record of the ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from .arrangement import OWN, Arrangement


class OtherIdsError(RuntimeError):
    """A module looked up other ids than expected."""


class RecordedError(Exception):
    """Stops a pass when enough look-ups have been recorded; not a failure."""


@dataclass(frozen=True)
class LookUpLayout:
    """How the ids of a look-up are laid out, and what they stand for.

    Attributes:
        time_major: Whether those of several texts are laid out (T, B).
        begin: The symbol that the id 0 stands for.
        columns: Which numbers of each embedded token are looked up; None: all.
    """

    time_major: bool
    begin: int = 0
    columns: slice | None = None


class Substitute(Protocol):
    """Called at each look-up to return what takes the place of its output.

    Attributes:
        given: What was returned in its place, call by call.
    """

    given: list[Tensor]

    @property
    def embedded(self) -> Tensor | None:
        """The embedded tokens that replace looked-up ones, (B, T, D); None: nothing does."""
        ...

    def instead_of(self, output: Tensor, index: Tensor, layout: LookUpLayout) -> Tensor:
        """Return what takes the place of a look-up's output.

        Args:
            output: What was looked up, (.., D).
            index: The ids, (..).
            layout: How the ids are laid out, and which symbols and columns they look up.
        """
        ...

    def check(self, name: str) -> None:
        """Check after a pass that all tokens were looked up."""
        ...


class LookUpRecord:
    """Records which ids are looked up, and changes nothing.

    Args:
        most: Raise `RecordedError` after so many calls; None: never.

    Attributes:
        calls: The ids, call by call, as symbols.
    """

    def __init__(self, most: int | None = None) -> None:
        self.embedded = None
        self.given: list[Tensor] = []
        self.calls: list[Tensor] = []
        self._most = most

    def instead_of(self, output: Tensor, index: Tensor, layout: LookUpLayout) -> Tensor:
        """See `Substitute`."""
        self.calls.append(index.detach().cpu().long() + layout.begin)
        if len(self.calls) == self._most:
            raise RecordedError
        return output

    def check(self, name: str) -> None:
        """See `Substitute`."""


class EmbeddedTokens:
    """Returns embedded tokens, call by call, in place of what a module looks up.

    Args:
        embedded: Shape (B, T, D).
        read: The ids that are expected to be looked up for them, (B, T).
        arrangement: Which token each id belongs to; None: they come in order.
        times: How many times they come in order.
    """

    def __init__(
        self, embedded: Tensor, read: Tensor, arrangement: Arrangement | None, times: int
    ) -> None:
        self.embedded = embedded
        self.given: list[Tensor] = []
        self._read = read
        self._arrangement = arrangement
        self._times = times
        self._used = 0
        self._calls = 0

    def instead_of(self, output: Tensor, index: Tensor, layout: LookUpLayout) -> Tensor:
        """See `Substitute`."""
        if self._arrangement is None:
            at = self._in_order(index)
            found = self._laid_out(at, index, layout)
        else:
            at = self._arranged(self._arrangement, index, time_major=layout.time_major)
            found = self._laid_out(at, index, layout)
            own = (at == OWN).expand(len(self.embedded), -1)
            own = (own.T if layout.time_major else own).reshape(*index.shape, 1)
            found = torch.where(own, output, found)
        self._calls += 1
        # A copy, since the module may change it in place.
        self.given.append(found.reshape(output.shape).clone())
        return self.given[-1]

    def check(self, name: str) -> None:
        """Raise an OtherIdsError after a pass if not all tokens were looked up."""
        if self._arrangement is None:
            done, expected = self._used, self._times * self._read.shape[1]
        else:
            done, expected = self._calls, len(self._arrangement.shapes)
        if done != expected:
            raise OtherIdsError(
                f"the embedding {name!r} should look up {expected} ids and looked up {done}"
            )

    def _in_order(self, index: Tensor) -> Tensor:
        """The tokens of the next call, where they come in order."""
        batch, length = self._read.shape
        tokens, left = divmod(index.numel(), batch)
        first = self._used % length
        if left or first + tokens > length or self._used >= self._times * length:
            # One call may look up all tokens several times.
            again = not left and not first and tokens % length == 0
            if not again or self._used + tokens > self._times * length:
                raise OtherIdsError(f"more than {self._times * length} ids are looked up")
        self._used += tokens
        return torch.arange(first, first + tokens, device=self._read.device) % length

    def _arranged(self, arrangement: Arrangement, index: Tensor, *, time_major: bool) -> Tensor:
        """The tokens of the next call, by the arrangement."""
        batch = len(self._read)
        if self._calls == len(arrangement.shapes):
            raise OtherIdsError(f"more than {self._calls} times ids are looked up")
        shape = arrangement.shapes[self._calls]
        if batch > 1:
            axis = 1 if time_major else 0
            one = shape[axis : axis + 1] == (1,)
            shape = torch.Size([*shape[:axis], batch, *shape[axis + 1 :]]) if one else torch.Size()
        if index.shape != shape:
            raise OtherIdsError(f"ids {tuple(index.shape)} are looked up")
        return arrangement.tokens[self._calls].to(self._read.device)

    def _laid_out(self, at: Tensor, index: Tensor, layout: LookUpLayout) -> Tensor:
        """The embedded tokens as the look-up lays them out, (.., D), once its ids are checked."""
        places = at.clamp(min=0)
        read = self._read[:, places]
        if self._arrangement is not None:
            own = self._arrangement.own[self._calls].to(read.device)
            read = torch.where(at == OWN, own, read)
        read = (read.T if layout.time_major else read).reshape(index.shape)
        if not torch.equal(index.long() + layout.begin, read):
            raise OtherIdsError("other ids are looked up than those of the text")
        piece = self.embedded[:, places]
        if layout.columns is not None:
            piece = piece[..., layout.columns]
        piece = piece.transpose(0, 1) if layout.time_major else piece
        return piece.reshape(*index.shape, piece.shape[-1])


def reads(calls: Sequence[Tensor], ids: Tensor) -> int:
    """How many times the calls look up the ids in order; 0: they do not."""
    every = [call.detach().reshape(-1).cpu().long() for call in calls]
    came = torch.cat(every) if every else torch.empty(0, dtype=torch.long)
    times = len(came) // len(ids)
    return times if times and torch.equal(came, ids.cpu().repeat(times)) else 0


def is_time_major(first: Tensor, *, batch_first: bool) -> bool:
    """Whether tokens are laid out (T, B), as the first call with a batch of one text shows."""
    return first.shape[0] != 1 if first.ndim > 1 else not batch_first

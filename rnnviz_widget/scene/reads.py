"""Which tokens each output reads; the page hatches the others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, NamedTuple

import numpy as np
import numpy.typing as npt

from .packing import Listed, Natural, Wire, found


class Bound(NamedTuple):
    """A token for each output s: s + offset, limited to the range from low to high.

    Attributes:
        offset: Its distance from the output's own token.
        low, high: The least and the greatest token; -1 or the number of tokens stand for before all
            tokens or after them.
    """

    offset: int
    low: int
    high: int

    def at(self, s: int) -> int:
        """The token for output s."""
        return min(max(s + self.offset, self.low), self.high)


@dataclass(frozen=True)
class Reads:
    """Which of T tokens each of T outputs reads: first(s) <= t <= last(s), but for skipped ones.

    What an output at a skipped token reads within its bounds is not known: it counts as read.

    Attributes:
        tokens: The number of tokens, T.
        first: The first token that an output reads; it reads none if that is after the last.
        last: The last token that an output reads.
        skipped: Tokens that no output reads, such as masked padding, except perhaps outputs at
            skipped tokens.
    """

    tokens: Annotated[int, found("tokens")]
    first: Bound
    last: Bound
    skipped: Annotated[tuple[int, ...], Wire(Listed(Natural(below="tokens")))] = ()

    @classmethod
    def up_to_own(cls, tokens: int) -> Reads:
        """Each output reads all tokens up to its own."""
        return cls(tokens, Bound(0, 0, 0), Bound(0, 0, tokens - 1))

    @classmethod
    def everything(cls, tokens: int) -> Reads:
        """Each output reads all tokens, or it is not known which."""
        return cls(tokens, Bound(0, 0, 0), Bound(0, tokens - 1, tokens - 1))

    def read(self, s: int, t: int) -> bool:
        """Whether output s reads token t."""
        passed = t in self._skipped and s not in self._skipped
        return self.first.at(s) <= t <= self.last.at(s) and not passed

    def mask(self, start: int = 0, stop: int | None = None) -> npt.NDArray[np.bool_]:
        """Which tokens the outputs from `start` to below `stop` read, (stop - start, T)."""
        rows = range(start, self.tokens if stop is None else stop)
        t = np.arange(self.tokens)[None]
        first = np.array([self.first.at(s) for s in rows], np.int64)[:, None]
        last = np.array([self.last.at(s) for s in rows], np.int64)[:, None]
        found: npt.NDArray[np.bool_] = (first <= t) & (t <= last)
        others = np.array([s not in self._skipped for s in rows], bool)
        found[np.ix_(others, np.array(self.skipped, np.int64))] = False
        return found

    @cached_property
    def causal(self) -> bool:
        """Whether no output reads a token after its own, so that row s has s + 1 numbers."""
        return all(self.last.at(s) <= s for s in range(self.tokens))

    @cached_property
    def backward(self) -> bool:
        """Whether no output reads a token before its own, and some read later ones."""
        return not self.causal and all(self.first.at(s) >= s for s in range(self.tokens))

    @cached_property
    def whole(self) -> bool:
        """Whether each output reads all tokens, as far as known."""
        outputs, end = range(self.tokens), self.tokens - 1
        return not self.skipped and all(
            self.first.at(s) <= 0 and self.last.at(s) >= end for s in outputs
        )

    @cached_property
    def _skipped(self) -> frozenset[int]:
        return frozenset(self.skipped)

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

    def of_each(self, outputs: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The tokens for several outputs."""
        tokens: npt.NDArray[np.int64]
        tokens = np.minimum(np.maximum(outputs + self.offset, self.low), self.high)
        return tokens


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
        rows = np.arange(start, self.tokens if stop is None else stop)
        t = np.arange(self.tokens)[None]
        first, last = (bound.of_each(rows)[:, None] for bound in (self.first, self.last))
        found: npt.NDArray[np.bool_] = (first <= t) & (t <= last)
        others = np.array([s not in self._skipped for s in rows], bool)
        found[np.ix_(others, np.array(self.skipped, np.int64))] = False
        return found

    @cached_property
    def causal(self) -> bool:
        """Whether no output reads a token after its own, so that row s has s + 1 numbers."""
        return bool((self.last.of_each(self._outputs) <= self._outputs).all())

    @cached_property
    def backward(self) -> bool:
        """Whether no output reads a token before its own, and some read later ones."""
        after = self.first.of_each(self._outputs) >= self._outputs
        return not self.causal and bool(after.all())

    @cached_property
    def whole(self) -> bool:
        """Whether each output reads all tokens, as far as known."""
        first, last = (bound.of_each(self._outputs) for bound in (self.first, self.last))
        return not self.skipped and bool(((first <= 0) & (last >= self.tokens - 1)).all())

    @cached_property
    def _outputs(self) -> npt.NDArray[np.int64]:
        return np.arange(self.tokens)

    @cached_property
    def _skipped(self) -> frozenset[int]:
        return frozenset(self.skipped)

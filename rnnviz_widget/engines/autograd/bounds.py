"""The first and the last token that each output reads, fitted to a few tested outputs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from rnnviz_widget.scene.reads import Bound

# A gradient that falls below this many times the smallest normal number may underflow to zero next.
_FADED = 1e6
# How many more outputs are tested where the first few allow several bounds.
_MORE = 3


class Probe(Protocol):
    """A network on one text, with the two experiments that show what an output reads.

    Attributes:
        tokens: How many tokens the text has, T; there are as many outputs.
        dtype: The precision of gradients.
    """

    tokens: int
    dtype: torch.dtype

    def gradient(self, outputs: Sequence[int]) -> Tensor:
        """The magnitude of the gradient of the outputs' sum at each token, (T,), on the CPU."""
        ...

    def changed(self, places: Sequence[Sequence[int]], seed: int = 0) -> list[Tensor]:
        """Which outputs, (T,), change when some tokens' vectors are replaced.

        For each set of tokens. What takes their place is drawn with this seed for the first set,
        and with the next number for each further one.
        """
        ...


class Ends:
    """The last token that each tested output reads.

    Attributes:
        last: The last token by output; -1 where the output reads none.
        silent: By output, the tokens at which its gradient is exactly zero.
        mirrored: The same with outputs and tokens counted from the end, so that its `last` gives
            the first token that an output reads.
    """

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self.tokens = probe.tokens
        self.last: dict[int, int] = {}
        self.silent: dict[int, set[int]] = {}
        self.mirrored = _Mirrored(self)

    def add_output(self, s: int) -> None:
        """Test one more output, s."""
        gradient = self._probe.gradient([s])
        silent = (
            silent_at(gradient, self._probe.dtype) if gradient.any() else set(range(self.tokens))
        )
        heard = [t for t in range(self.tokens) if t not in silent]
        self.silent[s] = silent
        self.last[s] = heard[-1] if heard else -1
        self.mirrored.last[self.tokens - 1 - s] = self.tokens - 1 - heard[0] if heard else -1


class _Mirrored:
    """`Ends` with outputs and tokens counted from the end."""

    def __init__(self, ends: Ends) -> None:
        self._ends = ends
        self.tokens = ends.tokens
        self.last: dict[int, int] = {}

    def add_output(self, s: int) -> None:
        """Test one more output, counted from the end."""
        self._ends.add_output(self.tokens - 1 - s)


def bound_through(ends: Ends | _Mirrored, offset: int | None) -> Bound | None:
    """Fit a `Bound` to the last tokens of the tested outputs; None: no bound passes through them.

    Tests more outputs where those known allow several bounds. `offset` is that of earlier texts, if
    any was found.
    """
    for _ in range(_MORE + 1):
        heard = {s: t for s, t in sorted(ends.last.items()) if t >= 0}
        if not heard:
            return None
        found = None
        if ends.last.get(0) == -1:
            # The first output may read nothing because no token comes before it.
            found = _fit({0: -1, **heard}, ends)
        if found is None:
            found = _fit(heard, ends)
        if isinstance(found, Bound) and found.low < found.high and offset is not None:
            # A unit that is inactive on this text may hide the last token of a window.
            return found._replace(offset=max(offset, found.offset))
        if found is None or isinstance(found, Bound):
            return found
        low, high, least, most = found
        if offset is not None and least <= offset <= most:
            return Bound(offset, low, high)
        # Test the output at which the least and the greatest offset predict different tokens.
        s = low - least
        if s in ends.last or not 0 <= s < ends.tokens:
            break
        ends.add_output(s)
    return Bound(most, low, high)


def _fit(heard: dict[int, int], ends: Ends | _Mirrored) -> Bound | tuple[int, int, int, int] | None:
    """A bound through the outputs' last tokens; or (low, high, least, most) if several offsets fit.

    None if no bound passes through all of them.
    """
    places, lasts = list(heard), list(heard.values())
    if any(one > other for one, other in itertools.pairwise(lasts)):
        return None
    low = lasts[0] if places[0] == 0 else -1
    high = lasts[-1] if places[-1] == ends.tokens - 1 else ends.tokens - 1
    if low == high:
        return Bound(0, low, high)
    between = {t - s for s, t in heard.items() if low < t < high}
    most = min((low - s for s, t in heard.items() if t == low), default=ends.tokens)
    least = max((high - s for s, t in heard.items() if t == high), default=-ends.tokens)
    if between:
        return Bound(max(between), low, high)
    if least > most:
        return None
    return Bound(most, low, high) if least == most else (low, high, least, most)


def silent_at(gradient: Tensor, dtype: torch.dtype) -> set[int]:
    """The tokens at which a gradient is exactly zero and did not underflow to it.

    A run of zeros counts only if the gradients beside it are well above the smallest number.
    """
    faded = _FADED * torch.finfo(dtype).tiny
    sizes = gradient.tolist()
    found: set[int] = set()
    start = 0
    while start < len(sizes):
        end = start
        while end < len(sizes) and sizes[end] == 0:
            end += 1
        beside = [sizes[t] for t in (start - 1, end) if 0 <= t < len(sizes)]
        if end > start and all(size > faded for size in beside):
            found.update(range(start, end))
        start = end + 1
    return found

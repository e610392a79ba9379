"""The bounds of what outputs read, drawn through what is known of a few of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from rnnviz_widget.scene.reads import Bound

# Below so many times the smallest normal number a gradient may have faded away.
_FADED = 1e6
# How many more outputs are looked at where the first few leave it open.
_MORE = 3


class Probe(Protocol):
    """A network on a text, to try things on.

    Attributes:
        tokens: How many tokens there are, T; there are as many outputs.
        dtype: The precision of gradients.
    """

    tokens: int
    dtype: torch.dtype

    def gradient(self, outputs: Sequence[int]) -> Tensor:
        """How strongly the outputs together depend on each token, (T,), at least 0, on the CPU."""
        ...

    def changed(self, places: Sequence[Sequence[int]]) -> list[Tensor]:
        """Which outputs, (T,), become others with other vectors at some tokens; for each set."""
        ...


class Ends:
    """The last token that some outputs read; `mirrored`: counted from the end.

    Attributes:
        last: By output; -1 where it reads none.
    """

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self.tokens = probe.tokens
        self.last: dict[int, int] = {}
        self.silent: dict[int, set[int]] = {}
        self.mirrored = _Mirrored(self)

    def add_output(self, s: int) -> None:
        """Find it for one output more."""
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
        """See `Ends`."""
        self._ends.add_output(self.tokens - 1 - s)


def bound_through(ends: Ends | _Mirrored, offset: int | None) -> Bound | None:
    """The bound that the last tokens of some outputs lie on; None: on none that is known of.

    Args:
        ends: Of some outputs.
        offset: What it was on texts before.
    """
    for _ in range(_MORE + 1):
        heard = {s: t for s, t in sorted(ends.last.items()) if t >= 0}
        if not heard:
            return None
        found = None
        if ends.last.get(0) == -1:
            # It may be that the first output has nothing before it.
            found = _fit({0: -1, **heard}, ends)
        if found is None:
            found = _fit(heard, ends)
        if isinstance(found, Bound) and found.low < found.high and offset is not None:
            # A unit that is dead here may hide the last token of a window.
            return found._replace(offset=max(offset, found.offset))
        if found is None or isinstance(found, Bound):
            return found
        low, high, least, most = found
        if offset is not None and least <= offset <= most:
            return Bound(offset, low, high)
        # An output at which these differ.
        s = low - least
        if s in ends.last or not 0 <= s < ends.tokens:
            break
        ends.add_output(s)
    return Bound(most, low, high)


def _fit(heard: dict[int, int], ends: Ends | _Mirrored) -> Bound | tuple[int, int, int, int] | None:
    """The bound through some outputs' last tokens; or low, high, and the least and most offset."""
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
    """Tokens at which a gradient is exactly zero, and has not faded to that."""
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

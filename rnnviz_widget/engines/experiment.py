"""Which tokens each output of a network reads, found by experiment.

What an output does not read has a gradient of exactly zero there. A gradient of zero may also come
of a dead unit or a maximum that is elsewhere, and where influence fades with distance it runs out
of the smallest numbers; so a token counts as not read only where the gradient stops at once, and
only if other vectors in its place leave the output as it is.
"""

from __future__ import annotations

import itertools
import logging
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from rnnviz_widget.reads import Bound, Reads

_log = logging.getLogger(__name__)

# Below so many times the smallest normal number a gradient may have faded away.
_FADED = 1e6
# How often tokens are moved that a maximum may have passed over by chance.
_TRIED = 3
# How many more outputs are looked at where the first few leave it open.
_MORE = 3
# A text that is longer than so many times all before it is looked at anew.
_LONGER = 2
# Where, as shares of a text, it is tried whether outputs read what lies beyond.
_CUTS = (0.19, 0.37, 0.63, 0.83)


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


@dataclass
class _Known:
    """What is known of a network: how its bounds move with the output; None: not yet."""

    tokens: int
    first: int | None
    last: int | None
    skips: bool
    causal: bool
    whole: bool


_known: weakref.WeakKeyDictionary[nn.Module, _Known] = weakref.WeakKeyDictionary()


def find_reads(probe: Probe, module: nn.Module | None, *, one_output: bool = False) -> Reads:
    """Find out what each output of a network reads of a text.

    A network is looked at closely on its first text, in some eight passes backwards and a few
    forwards; after that in two backwards, and one forwards where something is not read.

    Args:
        probe: The network on the text.
        module: What it is remembered by; None: it may change.
        one_output: Whether all outputs are one and the same.

    Returns:
        What each reads; all tokens where nothing less can be established.
    """
    known = None if module is None else _known.get(module)
    if known is not None and probe.tokens > _LONGER * known.tokens:
        known = None
    try:
        found = _again(probe, known) if known is not None and not one_output else None
        if found is not None:
            return found
        found, first, last = _closely(probe, known, one_output=one_output)
    except Exception as error:  # noqa: BLE001 - the rows themselves will say what fails
        _log.info("what each output reads was not found out: %s", error)
        return Reads.everything(probe.tokens)
    if module is not None:
        now = _Known(probe.tokens, first, last, bool(found.skipped), found.causal, found.whole)
        _known[module] = _both(_known.get(module), now)
    return found


def _both(before: _Known | None, now: _Known) -> _Known:
    """What two texts say of a network: a short one may say less."""
    if before is None:
        return now
    return _Known(
        max(before.tokens, now.tokens),
        before.first if now.first is None else now.first,
        before.last if now.last is None else now.last,
        before.skips or now.skips,
        before.causal and now.causal,
        before.whole and now.whole,
    )


def _again(probe: Probe, known: _Known) -> Reads | None:
    """What a network reads that is known for something plain, if this text bears it out."""
    tokens = probe.tokens
    if known.whole:
        # Only what is passed over would be new.
        return None if _silent(probe.gradient([0]), probe.dtype) else Reads.everything(tokens)
    plain = Reads.up_to_own(tokens)
    if not known.causal or known.first is not None or known.skips:
        return None
    half = (tokens + 1) // 2
    for outputs in {1, half}:
        if outputs == tokens:
            continue
        gradient = probe.gradient(range(outputs))
        silent = _silent(gradient, probe.dtype)
        if gradient[outputs:].any() or any(t < outputs for t in silent):
            return None
    return plain


def _closely(
    probe: Probe, known: _Known | None, *, one_output: bool
) -> tuple[Reads, int | None, int | None]:
    """What each output reads, and how the bounds move with it."""
    tokens = probe.tokens
    ends = _Ends(probe)
    if one_output or known is not None:
        some = {0} if one_output else {0, tokens - 1}
    else:
        some = {0, tokens // 3, 2 * tokens // 3, tokens - 1}
    for s in sorted(some):
        ends.look(s)
    if one_output:
        ends.last[tokens - 1] = ends.last[0]
        ends.mirrored.last[0] = ends.mirrored.last[tokens - 1]
    last = _bound(ends, None if known is None else known.last)
    if not one_output and max(ends.last.values()) < 0:
        # Without any gradient the texts that are read for it must tell.
        last = Reads.up_to_own(tokens).last
    before = None if known is None or known.first is None else -known.first
    first = _bound(ends.mirrored, before)
    # Seen from the end the last token is the first.
    high = tokens - 1
    mirrored = first and Bound(-first.offset, high - first.high, high - first.low)
    reads = Reads(
        tokens,
        mirrored or Reads.everything(tokens).first,
        last or Reads.everything(tokens).last,
    )
    reads = _verified(probe, reads, by_gradient=known is None, one_output=one_output)
    reads = _with_skipped(probe, reads, ends)
    moving = (_moving(reads.first), _moving(reads.last))
    return reads, *moving


def _moving(bound: Bound) -> int | None:
    return None if bound.low == bound.high else bound.offset


class _Ends:
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

    def look(self, s: int) -> None:
        """Find it for one output more."""
        gradient = self._probe.gradient([s])
        silent = _silent(gradient, self._probe.dtype) if gradient.any() else set(range(self.tokens))
        heard = [t for t in range(self.tokens) if t not in silent]
        self.silent[s] = silent
        self.last[s] = heard[-1] if heard else -1
        self.mirrored.last[self.tokens - 1 - s] = self.tokens - 1 - heard[0] if heard else -1


class _Mirrored:
    """`_Ends` with outputs and tokens counted from the end."""

    def __init__(self, ends: _Ends) -> None:
        self._ends = ends
        self.tokens = ends.tokens
        self.last: dict[int, int] = {}

    def look(self, s: int) -> None:
        """See `_Ends`."""
        self._ends.look(self.tokens - 1 - s)


def _bound(ends: _Ends | _Mirrored, offset: int | None) -> Bound | None:
    """The bound that the last tokens of some outputs lie on; None: on none that is known of.

    Args:
        ends: Of some outputs.
        offset: What it was on texts before.
    """
    for _ in range(_MORE + 1):
        heard = {s: t for s, t in sorted(ends.last.items()) if t >= 0}
        if not heard:
            return None
        if ends.last.get(0) == -1:
            heard = {0: -1, **heard}  # the first output reads nothing: it has nothing before it
        found = _fit(heard, ends)
        if found is None or isinstance(found, Bound):
            return found
        low, high, least, most = found
        if offset is not None and least <= offset <= most:
            return Bound(offset, low, high)
        # An output at which these differ.
        s = low - least
        if s in ends.last or not 0 <= s < ends.tokens:
            break
        ends.look(s)
    return Bound(most, low, high)


def _fit(
    heard: dict[int, int], ends: _Ends | _Mirrored
) -> Bound | tuple[int, int, int, int] | None:
    """The bound through some outputs' last tokens; or low, high, and the least and most offset."""
    places, lasts = list(heard), list(heard.values())
    if any(one > other for one, other in itertools.pairwise(lasts)):
        return None
    low = lasts[0] if places[0] == 0 else -1
    high = lasts[-1] if places[-1] == ends.tokens - 1 else ends.tokens - 1
    if low == high:
        return Bound(0, low, high)
    between = {t - s for s, t in heard.items() if low < t < high}
    if len(between) > 1:
        return None
    most = min((low - s for s, t in heard.items() if t == low), default=ends.tokens)
    least = max((high - s for s, t in heard.items() if t == high), default=-ends.tokens)
    if between:
        (offset,) = between
        return Bound(offset, low, high) if least <= offset <= most else None
    if least > most:
        return None
    return Bound(most, low, high) if least == most else (low, high, least, most)


def _verified(probe: Probe, reads: Reads, *, by_gradient: bool, one_output: bool) -> Reads:
    """What is left of bounds when they are tried."""
    tokens = probe.tokens
    firsts = [reads.first.at(s) for s in range(tokens)]
    lasts = [reads.last.at(s) for s in range(tokens)]
    half = (tokens + 1) // 2
    # Outputs, and tokens that they don't read: after them, or before them.
    # Such that no blocks of a text all end at one of them.
    cuts = {half, *(int(tokens * share) | 1 for share in _CUTS)}
    after, before = {lasts[0] + 1, max(lasts) + 1, *cuts}, {firsts[-1], min(firsts), *cuts}
    later = [(_below(lasts, c), range(max(c, 0), tokens)) for c in sorted(after)]
    earlier = [([s for s, t in enumerate(firsts) if t >= c], range(c)) for c in sorted(before)]
    later, earlier = ([each for each in some if all(map(len, each))] for some in (later, earlier))
    holds = [True, True]
    if by_gradient and not one_output:
        for n, some in enumerate((later, earlier)):
            for outputs, unread in some:
                if probe.gradient(outputs)[list(unread)].any():
                    holds[n] = False
    tried = [*later, *earlier]
    if one_output:
        tried = tried * _TRIED
    changed = probe.changed([list(unread) for _, unread in tried]) if tried else []
    for n, ((outputs, _), moved) in enumerate(zip(tried, changed, strict=True)):
        if moved[list(outputs)].any():
            holds[n % (len(later) + len(earlier)) >= len(later)] = False
    everything = Reads.everything(tokens)
    return Reads(
        tokens,
        reads.first if holds[1] else everything.first,
        reads.last if holds[0] else everything.last,
    )


def _below(lasts: Sequence[int], token: int) -> list[int]:
    return [s for s, last in enumerate(lasts) if last < token]


def _with_skipped(probe: Probe, reads: Reads, ends: _Ends) -> Reads:
    """The same with the tokens that are passed over within these bounds."""
    passed: set[int] = set()
    heard: set[int] = set()
    for s, silent in ends.silent.items():
        if ends.last[s] >= 0:
            within = set(range(max(0, reads.first.at(s)), reads.last.at(s) + 1))
            passed |= within & silent
            heard |= within - silent - {s}
    skipped = sorted(passed - heard)
    if not skipped:
        return reads
    others = [s for s in range(reads.tokens) if s not in set(skipped)]
    if any(moved[others].any() for moved in probe.changed([skipped] * _TRIED)):
        return reads
    return Reads(reads.tokens, reads.first, reads.last, tuple(skipped))


def _silent(gradient: Tensor, dtype: torch.dtype) -> set[int]:
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

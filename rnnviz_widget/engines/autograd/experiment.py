"""Which tokens each output of a network reads, found by experiment.

The gradient of an output is exactly zero at every token that it does not read. The converse does
not hold: a gradient may also be zero because of an inactive unit or a maximum taken elsewhere, or
because it underflows with distance. So a token counts as unread only if the gradient drops to zero
at once, not gradually, and the output stays the same when the token's vector is replaced.
"""

from __future__ import annotations

import logging
import weakref
from dataclasses import dataclass

from torch import nn

from rnnviz_widget.scene.reads import Bound, Reads

from .bounds import Ends, Probe, bound_through, silent_at

_log = logging.getLogger(__name__)

# How many replacements are tried where a maximum may ignore one of them by chance.
_TRIED = 3
# A text longer than this many times the longest before it is tested from scratch.
_LONGER = 2
# Places in a text, as shares of its length, at which bounds are tested: the tokens beyond one of
# them are replaced, and the outputs that should not read them must stay the same.
_CUTS = (0.19, 0.37, 0.63, 0.83)


@dataclass
class _Findings:
    """What earlier texts showed of a network.

    Attributes:
        tokens: The length of the longest of them.
        first, last: By how much the first and the last token read move with the output; None: they
            do not move, or that is not known.
        skips: Whether tokens within the bounds were skipped.
        causal, whole: Whether outputs read up to their own token only, or the whole text.
    """

    tokens: int
    first: int | None
    last: int | None
    skips: bool
    causal: bool
    whole: bool


_findings: weakref.WeakKeyDictionary[nn.Module, _Findings] = weakref.WeakKeyDictionary()


def find_reads(probe: Probe, module: nn.Module | None, *, one_output: bool = False) -> Reads:
    """Find out which tokens each output of a network reads.

    The first text of a network takes about ten backward passes and as many texts read forward,
    several at once. Every later text takes two backward passes, or one if each output reads the
    whole text; only a network that is not causal takes a few forward passes besides.

    Args:
        probe: The network on the text.
        module: The key under which results are kept for later texts; None: keep nothing, since the
            module may change.
        one_output: Whether there is one output for the whole text.

    Returns:
        What each output reads; all tokens where nothing less can be established.
    """
    known = None if module is None else _findings.get(module)
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
        now = _Findings(probe.tokens, first, last, bool(found.skipped), found.causal, found.whole)
        _findings[module] = _both(_findings.get(module), now)
    return found


def _both(before: _Findings | None, now: _Findings) -> _Findings:
    """Combine what two texts showed: a shorter text may show less."""
    if before is None:
        return now
    return _Findings(
        max(before.tokens, now.tokens),
        before.first if now.first is None else now.first,
        before.last if now.last is None else now.last,
        before.skips or now.skips,
        before.causal and now.causal,
        before.whole and now.whole,
    )


def _again(probe: Probe, known: _Findings) -> Reads | None:
    """What a network reads that was causal or read everything before, if this text confirms it."""
    tokens = probe.tokens
    if known.whole:
        # Only skipped tokens would be new.
        return None if silent_at(probe.gradient([0]), probe.dtype) else Reads.everything(tokens)
    plain = Reads.up_to_own(tokens)
    if not known.causal or known.first is not None or known.skips:
        return None
    half = (tokens + 1) // 2
    for outputs in {1, half}:
        if outputs == tokens:
            continue
        gradient = probe.gradient(range(outputs))
        silent = silent_at(gradient, probe.dtype)
        if gradient[outputs:].any() or any(t < outputs for t in silent):
            return None
    return plain


def _closely(
    probe: Probe, known: _Findings | None, *, one_output: bool
) -> tuple[Reads, int | None, int | None]:
    """Find what each output reads from scratch, and the offsets of its first and last bound."""
    tokens = probe.tokens
    ends = Ends(probe)
    if one_output or known is not None:
        some = {0} if one_output else {0, tokens - 1}
    else:
        some = {0, tokens // 3, 2 * tokens // 3, tokens - 1}
    for s in sorted(some):
        ends.add_output(s)
    if one_output:
        ends.last[tokens - 1] = ends.last[0]
        ends.mirrored.last[0] = ends.mirrored.last[tokens - 1]
    last = bound_through(ends, None if known is None else known.last)
    if not one_output and max(ends.last.values()) < 0:
        # No output has a gradient: assume a causal network, and let `_verified` test that.
        last = Reads.up_to_own(tokens).last
    before = None if known is None or known.first is None else -known.first
    first = bound_through(ends.mirrored, before)
    # Counted from the end, the last token is the first.
    high = tokens - 1
    mirrored = first and Bound(-first.offset, high - first.high, high - first.low)
    reads = Reads(
        tokens,
        mirrored or Reads.everything(tokens).first,
        last or Reads.everything(tokens).last,
    )
    reads = _verified(probe, reads, closely=known is None, one_output=one_output)
    reads = _with_skipped(probe, reads, ends)
    moving = (_moving(reads.first), _moving(reads.last))
    return reads, *moving


def _moving(bound: Bound) -> int | None:
    return None if bound.low == bound.high else bound.offset


def _verified(probe: Probe, reads: Reads, *, closely: bool, one_output: bool) -> Reads:
    """Replace the tokens beyond each bound; a bound that fails becomes the whole text."""
    tokens = probe.tokens
    firsts = [reads.first.at(s) for s in range(tokens)]
    lasts = [reads.last.at(s) for s in range(tokens)]
    # Odd, so that no cut falls on the edges of blocks of an even length.
    cuts = {int(tokens * share) | 1 for share in (_CUTS if closely else _CUTS[:1])}
    few = {tokens // 2 | 1, *((lasts[0] + 1, firsts[-1]) if closely else ())}
    later = _after(lasts, few | cuts | {max(lasts) + 1})
    earlier = _before(firsts, few | cuts | {min(firsts)})
    holds = [True, True]
    if closely and not one_output:
        for n, some in enumerate((_after(lasts, few), _before(firsts, few))):
            for outputs, unread in some:
                if probe.gradient(outputs)[unread].any():
                    holds[n] = False
    tried = [*later, *earlier]
    times = _TRIED if one_output else 1
    changed = probe.changed([unread for _, unread in tried] * times) if tried else []
    for n, moved in enumerate(changed):
        if moved[tried[n % len(tried)][0]].any():
            holds[n % len(tried) >= len(later)] = False
    everything = Reads.everything(tokens)
    return Reads(
        tokens,
        reads.first if holds[1] else everything.first,
        reads.last if holds[0] else everything.last,
    )


def _after(lasts: list[int], cuts: set[int]) -> list[tuple[list[int], list[int]]]:
    """For each cut the outputs that read no token from there on, and these tokens."""
    found = [
        ([s for s, t in enumerate(lasts) if t < cut], list(range(max(cut, 0), len(lasts))))
        for cut in sorted(cuts)
    ]
    return [each for each in found if all(each)]


def _before(firsts: list[int], cuts: set[int]) -> list[tuple[list[int], list[int]]]:
    """For each cut the outputs that read no token before it, and these tokens."""
    found = [
        ([s for s, t in enumerate(firsts) if t >= cut], list(range(min(cut, len(firsts)))))
        for cut in sorted(cuts)
    ]
    return [each for each in found if all(each)]


def _with_skipped(probe: Probe, reads: Reads, ends: Ends) -> Reads:
    """Add the tokens within the bounds that no output reads, such as padding, if a test agrees."""
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

"""Where a row's connectivity lies, in words: `js/src/lying.ts` in Python."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from .words import BLANKS, percent, visible

# Below this a word is not worth naming.
_NAMED = 0.01


def lying(text: str, shares: Sequence[float], position: int, *, back: bool) -> str:
    """The word before the current one that carries most, and how far back half of it all lies.

    Args:
        text: The text.
        shares: Of each character, signed.
        position: The character that is explained.
        back: Whether all sources lie before it.
    """
    starts = [p for p, character in enumerate(text) if character in BLANKS or p == 0]
    before = [start for start in starts if start <= position]
    most, word = 0.0, ""
    for start, end in itertools.pairwise(before):
        total = 0.0
        for share in shares[start:end]:
            total += abs(share)
        if total > most:
            most, word = total, text[start:end].strip(BLANKS)
    half = _halfway(shares, position)
    if half is None:
        return ""
    named = f"{percent(most)} of it lies on “{visible(word)}”, " if most >= _NAMED and word else ""
    return f"; {named}half of it {half} or more characters {'back' if back else 'away'}"


def _halfway(shares: Sequence[float], position: int) -> int | None:
    total = 0.0
    for share in shares:
        total += abs(share)
    if total == 0:
        return None
    beyond = 0.0
    for distance in range(max(position, len(shares) - 1 - position), 0, -1):
        before = abs(shares[position - distance]) if distance <= position else 0.0
        after = abs(shares[position + distance]) if position + distance < len(shares) else 0.0
        beyond += before + after
        if beyond >= total * (0.5 - 1e-9):
            return distance
    return 0

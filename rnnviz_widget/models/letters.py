"""Letters of several code points, which belong to one token as a whole."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_JOINER = "\u200d"


def whole_letters(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Extend spans to the end of their last letter, if no other token has the rest of it.

    A tokenizer that composes letters or strips accents reports that a token ends with the first
    code point of its last letter. The marks after it, and a Hangul syllable's vowels and finals,
    belong to that token, too.
    """
    held = [False] * (len(text) + 1)
    for start, end in spans:
        held[start:end] = [True] * (end - start)
    found = []
    for start, end in spans:
        further = end
        while start < end and further < len(text) and not held[further] and _goes_on(text, further):
            further += 1
        found.append((start, further))
    return found


def _goes_on(text: str, p: int) -> bool:
    """Whether a code point continues the letter before it."""
    code = ord(text[p])
    return (
        unicodedata.category(text[p]).startswith("M")
        or text[p] == _JOINER
        or text[p - 1] == _JOINER
        or 0x1F3FB <= code <= 0x1F3FF  # skin tones
        or 0x1160 <= code <= 0x11FF
        or 0xD7B0 <= code <= 0xD7FB
    )

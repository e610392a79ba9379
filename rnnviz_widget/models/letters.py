"""Letters of several code points: a token that ends within one has it whole."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_JOINER = "\u200d"


def whole_letters(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that reach to the end of their last letter, where that is in no token.

    A tokenizer that composes letters, or strips their accents, says that a token ends with the
    first code point of its last letter: the marks after it, and a Hangul syllable's vowels and
    finals, are of that token.
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
    """Whether a code point goes on with the letter before it."""
    code = ord(text[p])
    return (
        unicodedata.category(text[p]).startswith("M")
        or text[p] == _JOINER
        or text[p - 1] == _JOINER
        or 0x1F3FB <= code <= 0x1F3FF  # skin tones
        or 0x1160 <= code <= 0x11FF
        or 0xD7B0 <= code <= 0xD7FB
    )

"""Converts any text to the form of text8: the letters a to z and single spaces."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# Letters that Unicode does not decompose into a base letter and an accent.
_LETTERS = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ħ": "h",
        "\u0131": "i",
    }
)
_ACCENTS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_SHOWN = 60


@dataclass(frozen=True)
class Cleaned:
    """A cleaned text and what cleaning changed.

    Attributes:
        text: The letters a to z and single spaces, as ASCII.
        changed: How many characters of the original were not a to z or single spaces.
        total: How many characters the original has.
        before: An excerpt of the original with the first of them.
        after: The same excerpt, cleaned.
    """

    text: bytes
    changed: int
    total: int
    before: str
    after: str


def _filter(text: str) -> bytes:
    text = text.casefold()
    if not text.isascii():
        text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.translate(_LETTERS))).casefold()
    data = text.encode("ascii", "replace")
    for digit, word in enumerate(_DIGITS):
        data = data.replace(str(digit).encode(), f" {word} ".encode())
    return re.sub(rb"[^a-z]+", b" ", data)


def clean(text: str) -> Cleaned:
    """Convert a text to the form of text8.

    Letters become lower case and lose their accents ("é" becomes "e"), digits become words ("7"
    becomes " seven "), and everything else becomes one space. A text of this form is unchanged.

    Source: the filter at the end of http://mattmahoney.net/dc/textdata.html, which does not treat
    accents.

    Raises:
        ValueError: If the text is empty, or has no letter and no digit.
    """
    if not text:
        raise ValueError("the text is empty: expected words of the letters a to z")
    single = re.sub(" {2,}", " ", text)
    changed = len(text) - len(single) + len(re.sub("[a-z ]+", "", single))
    cleaned = _filter(text) if changed else text.encode("ascii")
    first = re.search("[^a-z ]| {2}", text)
    start = max(0, first.start() - _SHOWN // 3) if first else 0
    before = text[start : start + _SHOWN]
    if not cleaned.strip():
        raise ValueError(
            f"none of the text's {len(text):,} characters is a Latin letter or a digit; it begins "
            f"{before!r}. Expected words in Latin letters"
        )
    return Cleaned(cleaned, changed, len(text), before, _filter(before).decode())

"""Any text, written as text8 is: the letters a to z and single spaces."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# Letters that no accent was added to, so that Unicode takes none away.
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
    """A cleaned text and what that changed.

    Attributes:
        text: ASCII letters a to z and single spaces.
        changed: Characters of the original other than a to z and single spaces.
        total: Characters of the original.
        before: A piece of the original in which the first of them stands.
        after: The same piece, cleaned.
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
    """Writes a text as text8 is.

    Lower case; digits as words ("7" is " seven "); letters without their accents ("é" is "e");
    everything else one space. A clean text stays as it is.

    Source: the filter at the end of http://mattmahoney.net/dc/textdata.html, which knows no
    accents.

    Raises:
        ValueError: If there is no text, or no letter or digit is left of it.
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
            f"nothing is left of the text's {len(text):,} characters when all but a to z and "
            f"digits are taken away; it begins {before!r}. Expected words in Latin letters"
        )
    return Cleaned(cleaned, changed, len(text), before, _filter(before).decode())

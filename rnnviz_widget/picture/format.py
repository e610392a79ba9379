"""Writing numbers, characters and names; `js/src/core/format.ts` must write the same.

Both are tested with the cases of `tests/picture/words.json`. The category of a character comes from
the interpreter's Unicode tables here and from the browser's there, which may differ for recently
added characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite
from numbers import Real

from .shared import NUMBERS, WORDING, say

# Unicode's Default_Ignorable_Code_Point, which unicodedata does not have.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_SHAPELESS = ("Cc", "Cf", "Cs", "Zl", "Zp")
# Removed from names and notes; joiners and variation selectors stay.
_UNRULY = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}


def is_number(value: object) -> bool:
    """Whether something is a finite number: no NaN, no boolean, no text."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return isfinite(value)
    except OverflowError:  # An integer larger than any float.
        return False


def percent(share: float) -> str:
    """A share such as "57.5 %"; very small and large ones stay distinct from 0 and 100 %."""
    if not isfinite(share):
        return "–"  # noqa: RUF001 (the page's sign for no number)
    if 0 < share < 0.0005:
        return "< 0.1 %"
    if 0.9995 <= share < 1:
        return "> 99.9 %"
    return f"{_rounded(100 * share, Decimal('0.1'))} %"


def round_percent(share: float) -> str:
    """A round share for the legend: "6 %", "0.3 %"."""
    value = 100 * share
    if value == 0:
        return "0 %"
    exact = Decimal(value)
    # Rounding may reach the next power of ten, which two digits can hold, too.
    two = _rounded(value, Decimal(1).scaleb(exact.adjusted() - 1))
    if abs(two) >= Decimal("1e-6"):
        return f"{_plain(two)} %"
    digits = _plain(two.scaleb(-two.adjusted()))
    return f"{digits}e{two.adjusted()} %"


def _rounded(value: float, unit: Decimal) -> Decimal:
    """Round to the nearest multiple of a power of ten, halves up, as JavaScript does."""
    return Decimal(value).quantize(unit, ROUND_HALF_UP)


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(value: float) -> str:
    """A number as it is: "0.1234", "−3.5", "1,234,567", "1.235e−7"; at least four digits of it."""  # noqa: RUF002 (the page's minus sign)
    if not isfinite(value):
        return "–"  # noqa: RUF001 (the page's sign for no number)
    size = abs(value)
    if size == 0:
        return "0"
    exact = Decimal(size)
    if size < 1e-4 or size >= 1e15:
        four = _rounded(size, Decimal(1).scaleb(exact.adjusted() - 3))
        digits = _plain(four.scaleb(-four.adjusted()))
        said = f"{digits}e{_signed(str(four.adjusted()))}"
    elif size < 999.95:
        said = _plain(_rounded(size, Decimal(1).scaleb(exact.adjusted() - 3)))
    else:
        # It is sent in single precision, which holds seven digits.
        unit = Decimal(1) if size < 1e7 else Decimal(1).scaleb(exact.adjusted() - 6)
        said = f"{int(_rounded(size, unit)):,}"
    return f"−{said}" if value < 0 else said  # noqa: RUF001


def hundredths(value: float) -> str:
    """A number such as a correlation with two decimals: "0.85", "−0.20"; "–" if not known."""  # noqa: RUF002 (the page's minus sign)
    if not isfinite(value):
        return "–"  # noqa: RUF001
    return _signed(f"{_rounded(value, Decimal('0.01')) + 0:f}")


def _signed(number: str) -> str:
    return number.replace("-", "−")  # noqa: RUF001 (the page's minus sign)


def amount(p: float, unit: str | None) -> str:
    """A probability.

    Or, if a model gives one number (its unit, maybe "", is given), that number.
    """
    if unit is None:
        return percent(p)
    return f"{quantity(p)} {one_line(unit)}" if unit else quantity(p)


def ordinal(n: int, best: int = 0) -> str:
    """A rank such as "1st", "1,204th"; 0, not known, becomes "not in the best 3" if 3 are known."""
    if n == 0:
        return say("not_best", best=best) if best else WORDING["rank_unknown"]
    suffix = "th" if 10 < n % 100 < 14 else _ORDINALS.get(n % 10, "th")
    return f"{n:,}{suffix}"


def glyph(character: str) -> str:
    """A character as it is drawn in the text; invisible ones get a visible sign."""
    code = ord(character)
    if character == "\n":
        return "↵"
    if character == "\t":
        return "→\t"
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    category = unicodedata.category(character)
    if category in _SHAPELESS or _IGNORABLE.match(character):
        return "□"
    return f"◌{character}" if category.startswith("M") else character


def glyphs(text: str) -> str:
    """A text as it is drawn: each line break is visible, and ends its line."""
    return "".join(glyph(c) + ("\n" if c == "\n" else "") for c in text)


def inline(characters: Sequence[str]) -> str:
    """Characters within a line: no line break, no tab."""
    return "".join("⇥" if character == "\t" else glyph(character) for character in characters)


def one_line(words: str) -> str:
    """Words such as a model's name or an error, as one line without control characters."""
    return _UNRULY.sub(lambda c: " " if c[0].isspace() else glyph(c[0]), words)


def visible(name: str) -> str:
    """A class's name without invisible characters."""
    if name == "":
        return WORDING["empty_name"]
    # Spaces within a name are visible; at its ends, or alone, they are not.
    return re.sub(r"^ +| +\Z", lambda spaces: "␣" * len(spaces[0]), inline(shortened(name)))


def model_name(name: str) -> str:
    """A model's name as one line without control characters, shortened."""
    return one_line(shortened(name))


def shortened(name: str, most: int = NUMBERS["longest_name"]) -> str:
    """A name of at most `most` characters; the middle of a longer one is left out.

    A name of thousands of characters would take seconds to lay out and hide everything else. In
    files of data it is written in full.
    """
    if len(name) <= most:
        return name
    first = 2 * most // 3
    return f"{name[:first]}…{name[first + 1 - most :]}"


def span_text(text: str, start: int, end: int, most: int = NUMBERS["longest_quote"]) -> str:
    """The characters from `start` to before `end`, at most the last `most` of them."""
    return ("…" if end - start > most else "") + visible(text[max(start, end - most) : end])


def last_characters(text: str, end: int, most: int = NUMBERS["longest_quote"]) -> str:
    """The end of what was read, at most `most` characters, from the start of a word if possible."""
    start = max(0, end - most)
    first = start
    if start > 0 and text[start - 1] != " ":
        space = text.find(" ", start)
        if space != -1 and space < end - 1:
            first = space + 1
    read = re.sub(r" +\Z", lambda spaces: "␣" * len(spaces[0]), inline(text[first:end]))
    return ("…" if first > 0 else "") + read

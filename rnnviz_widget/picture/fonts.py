"""Which of matplotlib's fonts has a character, and the width of words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from .format import glyph

MONO = "DejaVu Sans Mono"  # both come with matplotlib
SANS = "DejaVu Sans"
MISSING = "□"
ADVANCE = 1233 / 2048
"""The width of a character of the monospaced font, relative to the font size."""


class Fonts:
    """Finds for each character the first font that has it.

    `more` are names of fonts to try after matplotlib's own; an unknown one raises a ValueError.
    """

    def __init__(self, more: Sequence[str] = ()) -> None:
        for family in more:
            try:
                findfont(FontProperties(family=family), fallback_to_default=False)
            except ValueError:
                raise ValueError(
                    f"matplotlib knows no font called {family!r}; matplotlib.font_manager."
                    "get_font_names() lists those it knows"
                ) from None
        self._more = tuple(more)

    def choose(self, words: str, first: str) -> str | None:
        """The first font that has all these characters, or None."""
        other = SANS if first == MONO else MONO
        for family in (first, other, *self._more):
            if all(map(_characters(family).__contains__, map(ord, words))):
                return family
        return None

    def stretches(self, words: str, first: str) -> list[tuple[str, str]]:
        """Split words into stretches of one font: what to draw, and the font.

        Characters that no font has become squares. Those without a shape are left out, since
        matplotlib's layout can't handle them on their own.
        """
        found: list[tuple[str, str]] = []
        for character in words:
            if glyph(character) == MISSING != character:
                continue
            family = self.choose(character, first)
            drawn = MISSING if family is None else character
            if found and found[-1][1] == (family or first):
                found[-1] = (found[-1][0] + drawn, found[-1][1])
            else:
                found.append((drawn, family or first))
        return found


@lru_cache(maxsize=256)
def font(family: str, size: float, *, bold: bool = False) -> FontProperties:
    """A font as a matplotlib object."""
    return FontProperties(family=family, size=size, weight="bold" if bold else "normal")


@lru_cache(maxsize=4096)
def measure(words: str, family: str, size: float, *, bold: bool = False) -> float:
    """The width of words in points."""
    how = font(family, size, bold=bold)
    width: float = text_to_path.get_text_width_height_descent(words, how, ismath=False)[0]
    return width


@cache
def _characters(family: str) -> frozenset[int]:
    return frozenset(get_font(findfont(FontProperties(family=family))).get_charmap())

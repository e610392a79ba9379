"""The keys in a figure's legend: the scale, what was not read, what is unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .colors import STEPS, Palette
from .content import PictureContent
from .fonts import MONO
from .sheet import Box, Sheet

DOTS = (0, (1, 1))


class Key(NamedTuple):
    """One key: its width, and a function that draws it from x on, with its baseline at y."""

    width: float
    draw: Callable[[float, float], None]


def keys(content: PictureContent, palette: Palette, sheet: Sheet, em: float) -> list[Key]:
    """The keys that a picture needs."""
    found, legend = [], content.legend
    if legend.ends is not None:
        found.append(scale_key(legend.ends, palette, sheet, em, signed=content.signed))
    if legend.hatched is not None:
        found.append(_hatched(legend.hatched, palette, sheet, em))
    if legend.unknown is not None:
        found.append(_unknown(legend.unknown, palette, sheet, em))
    return found


def scale_key(
    ends: tuple[str, str], palette: Palette, sheet: Sheet, em: float, *, signed: bool
) -> Key:
    """The bar of colours between the words at its ends."""
    small, bar, height = 0.85 * em, 11 * em, 0.72 * em
    low, high = (sheet.span(words, small) for words in ends)

    def draw(x: float, base: float) -> None:
        x = sheet.words((x, base), ends[0], small, palette.muted) + 0.5 * em
        steps = range(-STEPS if signed else 0, STEPS + 1)
        width, top = bar / len(steps), base - height + 0.04 * em
        for n, step in enumerate(steps):
            # Each reaches to the end, under the next ones, so that no gaps show.
            rest = bar - n * width
            sheet.cell(Box(x + n * width, top, rest, height), palette.at(step).background)
        sheet.frame(Box(x, top, bar, height), palette.line, 0.06 * em)
        sheet.words((x + bar + 0.5 * em, base), ends[1], small, palette.muted)

    return Key(low + high + bar + em, draw)


def _hatched(words: str, palette: Palette, sheet: Sheet, em: float) -> Key:
    small, swatch, height = 0.85 * em, 1.8 * em, 0.8 * em

    def draw(x: float, base: float) -> None:
        top = base - height + 0.08 * em
        box = Box(x, top, swatch, height)
        sheet.stripes(box, palette.hatch, 0.07 * em, 0.4 * em)
        sheet.frame(box, palette.line, 0.06 * em)
        sheet.words((x + swatch + 0.5 * em, base), words, small, palette.muted)

    return Key(swatch + 0.5 * em + sheet.span(words, small), draw)


def _unknown(words: str, palette: Palette, sheet: Sheet, em: float) -> Key:
    small = 0.85 * em

    def draw(x: float, base: float) -> None:
        end = sheet.words((x, base), "a", small, palette.muted, family=MONO)
        at = base + 0.17 * em
        sheet.line((x, at), (end, at), palette.muted, 0.09 * em, DOTS)
        sheet.words((end + 0.5 * em, base), words, small, palette.muted)

    return Key(sheet.span("a", small, family=MONO) + 0.5 * em + sheet.span(words, small), draw)

"""Drawing a strip of units, and the route of a memory, beneath a model's text."""

from __future__ import annotations

import numpy as np

from rnnviz_widget.scene.layer_words import layer_words
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.scene.unit_states import MemoryRoute

from .colors import STEPS, Palette
from .content import ShownUnits
from .fonts import ADVANCE
from .format import glyph, inline, one_line, quantity
from .legend_keys import scale_key
from .shared import say
from .sheet import Box, Piece, Sheet
from .text_unit import TextUnit
from .unit_strip import Floats, UnitScale, UnitStrip
from .unit_words import (
    band_words,
    check_words,
    kept_words,
    route_words,
    strip_words,
    strongest_words,
)

# In font sizes: the height that rows may take, and the height of one.
_ROWS_HEIGHT = 18.0
_LEAST_ROW, _LARGEST_ROW = 0.2, 1.1
# From this height of a row on each has its number.
_NAMED_ROW = 0.9
_RIVER_HEIGHT = 4.5
# A river of more steps is drawn of so many means.
_MOST_STEPS = 240
_OVERLAP = 0.25
_MOST_UNITS = 3
# Of the ramp, where the bands' colours begin and end; as in js/src/views/unit-route.ts.
_PALE, _STRONG = 0.25, 0.8


class UnitDrawing:
    """Draws on a sheet, between two edges, in the colours of signed numbers.

    Args:
        sheet: The sheet.
        palette: The colours, which rise and fall from zero.
        edges: The left and the right edge.
        em: The font size.
    """

    def __init__(
        self, sheet: Sheet, palette: Palette, edges: tuple[float, float], em: float
    ) -> None:
        self._sheet, self._palette, self._em, self._small = sheet, palette, em, 0.85 * em
        self._left, self._right = edges

    def draw(self, shown: ShownUnits, y: float) -> float:
        """Draw all strips of a model, from y on; returns where they end."""
        for strip in shown.strips:
            y += 0.6 * self._em
            if isinstance(strip, Failure):
                y = self._words(strip.error, y)
                continue
            y = self._strip(strip, shown, y)
        return y

    def text_unit(self, unit: TextUnit | Failure, shown: ShownUnits, y: float) -> float:
        """Draw which unit colours the text, or why it can't; returns where that ends."""
        if isinstance(unit, Failure):
            return self._words(unit.error, y)
        assert shown.position is not None
        y = self._words(unit.words(shown.text, shown.position), y)
        return self._scale(unit.scale, self._left, y + 0.1 * self._em)

    def _words(self, words: str, y: float) -> float:
        return self._flow([(words, self._palette.muted, False)], y)

    def _flow(self, pieces: list[Piece], y: float) -> float:
        size = self._small
        at = (self._left, y + size)
        # A module's name, and an error, may have any characters.
        said = [(one_line(words), color, bold) for words, color, bold in pieces]
        return self._sheet.flow(at, self._right, said, size) + 0.35 * size

    def _strip(self, strip: UnitStrip, shown: ShownUnits, y: float) -> float:
        em, sheet, palette = self._em, self._sheet, self._palette
        rows = min(len(strip.units), int(_ROWS_HEIGHT / _LEAST_ROW))
        side = sheet.span(str(max(strip.units.tolist(), default=0)), self._small) + 0.6 * em
        left, column = self._left + side, ADVANCE * em
        first, after = _window(strip, shown.position, int((self._right - left) / column))
        layer = layer_words(strip.names[strip.layer], strip.names)
        said = strip_words(strip, shown.text, rows, first, after)
        name = f"{layer[:1].upper()}{layer[1:]}"
        y = self._flow([(name, palette.ink, True), (f" · {said}", palette.muted, False)], y)
        y += 0.2 * em
        for p in range(first, after):
            at = left + (p - first) * column, y + 0.96 * em
            ink = palette.ink if p == shown.position else palette.muted
            sheet.letter(at, glyph(shown.text[p]).rstrip("\t"), column, em, ink)
        top = y + 1.3 * em
        height = min(_LARGEST_ROW, _ROWS_HEIGHT / max(1, rows)) * em
        box = Box(left, top, (after - first) * column, rows * height)
        states = strip.states[first - strip.first : after - strip.first, :rows].T
        colors = [palette.at(step).background for step in range(-STEPS, STEPS + 1)]
        sheet.image(box, states, strip.scale.cap, colors, palette.hatch)
        self._numbers(strip, box, height, rows)
        marked: list[tuple[int | None, str]] = [(shown.position, palette.accent)]
        if strip.route is not None:
            marked.insert(0, (strip.route.input, palette.muted))
        for at_end, color in marked:
            if at_end is not None and first <= at_end < after:
                # Around the column, so that its colours stay what they are.
                at_column = left + (at_end - first) * column, top - 0.12 * em
                sheet.frame(Box(*at_column, column, box.height + 0.24 * em), color, 0.1 * em)
        y = self._scale(strip.scale, left, top + box.height + 0.45 * em)
        if strip.route_error is not None:
            return self._words(strip.route_error, y + 0.4 * em)
        return y if strip.route is None else self._route(strip, strip.route, shown.text, y)

    def _numbers(self, strip: UnitStrip, box: Box, height: float, rows: int) -> None:
        """The numbers of units at the left, of as many rows as there is room for."""
        every = max(1, int(np.ceil(_NAMED_ROW * self._em / height - 1e-9)))
        # Numbers of few rows in many would read as if they followed one another.
        every = every if every == 1 else 2 * every
        for row in range(0, rows, every):
            number = str(int(strip.units[row]))
            size = 0.8 * self._small
            x = box.x - 0.4 * self._em - self._sheet.span(number, size)
            y = box.y + (row + 0.5) * height + 0.35 * size
            y = min(max(y, box.y + 0.7 * size), box.y + box.height)
            self._sheet.words((x, y), number, size, self._palette.muted)

    def _scale(self, scale: UnitScale, left: float, y: float) -> float:
        """What the colours of states mean."""
        cap, clipped, signed = scale
        end = quantity(cap)
        low = f"−{end}" if signed else "0"  # noqa: RUF001 (the page's minus sign)
        if clipped:
            low = say("at_most", value=low) if signed else low
            end = say("at_least", value=end)
        key = scale_key((low, end), self._palette, self._sheet, self._em, signed=signed)
        key.draw(left, y + self._small)
        return y + 1.4 * self._small

    def _route(self, strip: UnitStrip, route: MemoryRoute, text: str, y: float) -> float:
        """A river of what each layer carries at each step, one upon the other, and its check."""
        em, sheet, palette = self._em, self._sheet, self._palette
        y = self._words(route_words(text, route), y + 0.6 * em) + 0.2 * em
        box = Box(self._left, y, self._right - self._left, _RIVER_HEIGHT * em)
        colors = band_colors(palette, len(route.layers))
        self._river(np.asarray([each.shares for each in route.layers], float), box, colors)
        y += box.height + 1.2 * self._small
        ends = [
            f"{word} “{inline(text[p])}”"
            for word, p in (("from", route.input), ("to", route.output))
        ]
        sheet.words((self._left, y), ends[0], self._small, palette.muted)
        right = self._right - sheet.span(ends[1], self._small)
        sheet.words((right, y), ends[1], self._small, palette.muted)
        y = self._bands(strip, route, colors, y + 0.7 * em)
        most = strongest_words(strip, route, _MOST_UNITS)
        y = self._words(most, y) if most else y
        said = check_words(text, route, strip.names)
        return self._flow([(said, palette.ink, False)], y + 0.1 * em)

    def _river(self, shares: Floats, box: Box, colors: list[str]) -> None:
        if not shares.size:
            return
        edges, low, high = river(shares)
        width = box.width / edges.shape[2]
        unit = box.height / ((high - low) or 1)
        for band, color in zip(edges, colors, strict=True):
            for u, (start, end) in enumerate(band.T.tolist()):
                upper, lower = max(start, end), min(start, end)
                at = box.y + (high - upper) * unit
                # Steps overlap a little: viewers would show the ground between them.
                lap = _OVERLAP if u else 0.0
                piece = Box(box.x + u * width - lap, at, width + lap, (upper - lower) * unit)
                if piece.height > 0:
                    self._sheet.cell(piece, color)

    def _bands(self, strip: UnitStrip, route: MemoryRoute, colors: list[str], y: float) -> float:
        """Which layer has which colour, in lines; returns where they end."""
        small, sheet, palette = self._small, self._sheet, self._palette
        swatch, gap = 1.4 * small, 0.4 * small
        x, base = self._left, y + small
        keys = [*zip(band_words(strip, route), colors, strict=True), (kept_words(route), "")]
        for words, color in keys:
            before = swatch + gap if color else 0.0
            width = before + sheet.span(words, small)
            if x > self._left and x + width > self._right:
                x, base = self._left, base + 1.5 * small
            if color:
                sheet.cell(Box(x, base - 0.72 * small, swatch, 0.8 * small), color)
            sheet.words((x + before, base), one_line(words), small, palette.muted)
            x += width + 1.4 * small
        return base + 0.5 * small


def _window(strip: UnitStrip, position: int | None, most: int) -> tuple[int, int]:
    """The characters of a strip that are drawn: as many as fit, around the one that is shown.

    Where both ends of an open route fit they are drawn, too.
    """
    length = len(strip.states)
    size = max(1, min(most, length))
    if position is None:
        return strip.first, strip.first + size
    at = position - strip.first
    ends = [] if strip.route is None else [strip.route.input, strip.route.output]
    places = [at, *(p - strip.first for p in ends)]
    if max(places) - min(places) >= size:
        places = [at]
    first = (min(places) + max(places) + 1 - size) // 2
    first = strip.first + max(0, min(first, length - size))
    return first, first + size


def river(shares: Floats) -> tuple[Floats, float, float]:
    """The bands of a river: what each layer carries at each step, one upon the other.

    Shares above zero stand on one another, those below zero hang from one another. Of many steps
    means are taken.

    Args:
        shares: The share of each layer at each step, (layers, steps).

    Returns:
        Where each band begins and ends, (layers, 2, steps), and the lowest and highest edge.
    """
    if shares.shape[1] > _MOST_STEPS:
        parts = np.array_split(shares, _MOST_STEPS, axis=1)
        shares = np.stack([part.mean(axis=1) for part in parts], axis=1)
    up, down = np.cumsum(np.maximum(shares, 0), 0), np.cumsum(np.minimum(shares, 0), 0)
    end = np.where(shares < 0, down, up)
    low, high = min(0.0, float(down.min())), max(1.0, float(up.max()))
    return np.stack([end - shares, end], axis=1), low, high


def band_colors(palette: Palette, layers: int) -> list[str]:
    """A colour for each layer of a river, from pale to strong."""
    parts = [_STRONG] if layers < 2 else np.linspace(_PALE, _STRONG, layers).tolist()
    return [palette.at(int(part * STEPS + 0.5)).background for part in parts]

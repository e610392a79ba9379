"""The layout of a picture on a sheet: the page's view, for print."""

from __future__ import annotations

from itertools import groupby

from .caption import Chip
from .colors import Palette
from .content import CellStyle, FacetContent, Phrase, PictureContent, TextRun
from .fonts import ADVANCE, MONO, Fonts
from .layout import Cell, lay_out
from .legend_keys import DOTS, keys
from .shared import say
from .sheet import Box, Piece, Sheet
from .text_unit import TextUnit
from .unit_drawing import UnitDrawing

_DASHES = (0, (3, 2))
_OVERLAP = 0.25
# Only three lines of an error are drawn, so that more characters need not be measured.
_LONGEST_ERROR = 1000
# Names get a column of their own if this many characters a line are left for the text.
_COLUMNS = 34


class Drawing:
    """One picture on a sheet; lengths in points, y downwards.

    Args:
        content: What is drawn.
        width: The width of the sheet.
        size: The font size.
        palette: The colours.
        fonts: The fonts.
        signed: The colours of signed numbers, such as units' states.
    """

    def __init__(
        self,
        content: PictureContent,
        width: float,
        size: float,
        palette: Palette,
        fonts: Fonts,
        *,
        signed: Palette,
    ) -> None:
        self._signed = signed
        self.content = content
        self.palette = palette
        self.em, self.small = size, 0.85 * size
        self.left, self.right = size, width - size
        self._sheet = Sheet(fonts)
        self._side = self._names()

    def _names(self) -> float:
        """The width of the column of names; 0 if they are above the texts."""
        span, room = self._sheet.span, self.right - self.left
        names = [span(facet.name, self.em, bold=True) for facet in self.content.facets]
        wanted = max(*names, span(say("largest_share", share="88.8 %"), self.small))
        side = min(wanted, 13 * self.em) + 1.4 * self.em
        return side if room - side >= _COLUMNS * ADVANCE * self.em else 0.0

    def sheet(self) -> tuple[Sheet, float]:
        """Draw everything; returns the sheet and its height."""
        em = self.em
        y = self._header(0.7 * em)
        for facet in self.content.facets:
            self._rule(y)
            y = self._facet(facet, y + 0.6 * em) + 0.35 * em
        self._rule(y)
        return self._sheet, self._legend(y + 0.55 * em) + 0.6 * em

    def _rule(self, y: float) -> None:
        self._sheet.line((self.left, y), (self.right, y), self.palette.line, 0.06 * self.em)

    def _header(self, y: float) -> float:
        return self._flow(self.left, y, self.content.heading, self.em) + 0.35 * self.em

    def _flow(self, x: float, y: float, phrases: list[Phrase], size: float) -> float:
        """Draw words in as many lines as they need; returns where they end."""
        ink, muted = self.palette.ink, self.palette.muted
        pieces: list[Piece] = [(text, ink if bold else muted, bold) for text, bold in phrases]
        return self._sheet.flow((x, y + size), self.right, pieces, size) + 0.35 * size

    def _facet(self, facet: FacetContent, top: float) -> float:
        em, x = self.em, self.left + self._side
        room = (self._side or self.right - self.left + 1.4 * em) - 1.4 * em
        below = self._name(facet, top, room)
        y = self._chips(facet, x, top if self._side else below + 0.25 * em)
        if facet.explains:
            y = self._flow(x, y + 0.35 * em, facet.explains, self.small)
        if facet.error is not None:
            y = self._error(facet.error[:_LONGEST_ERROR], x, y + 0.5 * em)
        units, own = UnitDrawing(self._sheet, self._signed, (x, self.right), em), facet.text_unit
        palette = self._signed if isinstance(own, TextUnit) else self.palette
        y = self._text(facet.runs, x, y + 0.45 * em, palette)
        if own is not None:
            y = units.text_unit(own, facet.units, y)
        return max(below, units.draw(facet.units, y))

    def _name(self, facet: FacetContent, y: float, room: float) -> float:
        """Draw name and summary: the summary below the name in a column, else beside it."""
        sheet, em, muted = self._sheet, self.em, self.palette.muted
        y, end = y - 0.2 * em, self.left
        for each in sheet.wrap(facet.name, room, em, bold=True) or [""]:
            y += 1.3 * em
            end = sheet.words((self.left, y), each, em, self.palette.ink, bold=True)
        said = [facet.summary] + ([] if facet.note is None else [facet.note])
        if not self._side and end + em + sheet.span(said[0], self.small) <= self.right:
            sheet.words((end + em, y), said.pop(0), self.small, muted)
        for words in said:
            for each in sheet.wrap(words, room, self.small):
                y += 1.4 * self.small
                sheet.words((self.left, y), each, self.small, muted)
        return y + 0.4 * em

    def _chips(self, facet: FacetContent, left: float, y: float) -> float:
        em, room = self.em, self.right - left
        gap, height = 0.5 * em, 1.6 * em
        given = facet.chips
        widths = [min(room, max(6 * em, self._chip_width(chip))) for chip in given]
        even = max([*widths, min(11 * em, room / max(4, len(given)) - gap)])
        if len(given) * (even + gap) - gap <= room:
            widths = [even] * len(given)
        x = left
        for chip, width in zip(given, widths, strict=True):
            if x > left and x + width > self.right + 1e-6:
                x, y = left, y + height + gap
            self._chip(chip, Box(x, y, width, height))
            x += width + gap
        return y + height

    def _chip_width(self, chip: Chip) -> float:
        name = self._sheet.span(chip.name, 0.95 * self.em, family=MONO)
        return name + self._sheet.span(chip.value, 0.8 * self.em) + 2.1 * self.em

    def _chip(self, chip: Chip, box: Box) -> None:
        sheet, em, palette = self._sheet, self.em, self.palette
        x, y, width, height = box
        pad, base = 0.65 * em, y + 1.08 * em
        value = sheet.span(chip.value, 0.8 * em)
        name = sheet.cut(chip.name, width - 2 * pad - value - 0.4 * em, 0.95 * em, family=MONO)
        sheet.words((x + pad, base), name, 0.95 * em, palette.ink, family=MONO)
        sheet.words((x + width - pad - value, base), chip.value, 0.8 * em, palette.muted)
        bar = (width - 2 * pad) * min(1.0, max(0.0, chip.probability))
        sheet.cell(Box(x + pad, y + height - 0.28 * em, bar, 0.13 * em), palette.mark)
        color = palette.mark if chip.explained else palette.line
        line_width = 0.14 * em if chip.explained and not chip.apart else 0.08 * em
        sheet.pill(box, color, line_width, _DASHES if chip.apart else None)

    def _error(self, words: str, x: float, y: float) -> float:
        """Draw an error beside a stroke."""
        lines = self._sheet.wrap(words, self.right - x - 1.6 * self.em, self.small)
        if len(lines) > 3:
            lines = [*lines[:2], f"{lines[2]} …"]
        bottom = y + 1.4 * self.small * len(lines)
        self._sheet.cell(Box(x, y, 0.2 * self.em, bottom - y), self.palette.accent)
        for n, each in enumerate(lines):
            base = y + self.small * (1 + 1.4 * n)
            self._sheet.words((x + 0.7 * self.em, base), each, self.small, self.palette.ink)
        return bottom

    def _text(self, runs: list[TextRun], x: float, y: float, palette: Palette) -> float:
        em = self.em
        advance, pitch = ADVANCE * em, 1.75 * em
        text = "".join(run.text for run in runs)
        cells = lay_out(text, max(2, int((self.right - x + 1e-6) / advance)))
        styles, shaded = [run.style for run in runs for _ in run.text], False
        for (n, style), run in groupby(zip(cells, styles, strict=True), key=_line_and_style):
            stretch = [cell for cell, _ in run]
            first, last = stretch[0], stretch[-1]
            width = (last.column + last.width - first.column) * advance
            # Cells overlap a little: viewers would show the ground between them.
            lap = _OVERLAP if first.column and shaded else 0.0
            box = Box(x + first.column * advance - lap, y + n * pitch, width + lap, 1.22 * em)
            self._background(style, box, palette)
            shaded = bool(style.step)
            for cell in stretch:
                # The arrow of a tab is drawn at its beginning.
                room = min(cell.width, 1 if cell.drawn == "→" else 2) * advance
                at, base = x + cell.column * advance, y + n * pitch + 0.96 * em
                self._sheet.letter((at, base), cell.drawn, room, em, _ink(style, palette))
        return y + (cells[-1].line + 1) * pitch

    def _background(self, style: CellStyle, box: Box, palette: Palette) -> None:
        """Draw what is behind and under characters of one style."""
        sheet, em = self._sheet, self.em
        if style.step is None:
            sheet.stripes(box, palette.hatch, 0.07 * em, 0.62 * em)
        elif style.step:
            sheet.cell(box, palette.at(style.step).background)
        if style.explained:
            under = Box(box.x, box.y + box.height + 0.06 * em, box.width, 0.19 * em)
            sheet.cell(under, palette.accent)
        if style.unknown:
            at = box.y + 1.13 * em
            ends = (box.x, at), (box.x + box.width, at)
            sheet.line(*ends, _ink(style, palette), 0.09 * em, DOTS)

    def _legend(self, y: float) -> float:
        small = self.small
        x, base = self.left, y + small
        shown = keys(self.content, self.palette, self._sheet, self.em)
        if not shown and not self.content.legend.words:
            return y - small
        for key in shown:
            if x > self.left and x + key.width > self.right:
                x, base = self.left, base + 1.6 * small
            key.draw(x, base)
            x += key.width + 1.6 * self.em
        for each in self._sheet.wrap(self.content.legend.words, self.right - self.left, small):
            base += 1.55 * small
            self._sheet.words((self.left, base), each, small, self.palette.muted)
        return base + 0.3 * small


def _ink(style: CellStyle, palette: Palette) -> str:
    return palette.future if style.step is None else palette.at(style.step).ink


def _line_and_style(pair: tuple[Cell, CellStyle]) -> tuple[int, CellStyle]:
    cell, style = pair
    return cell.line, style

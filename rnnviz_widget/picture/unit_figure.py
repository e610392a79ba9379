"""A strip of units as a matplotlib figure of its own, without a picture of what outputs read."""

from __future__ import annotations

from collections.abc import Sequence

from .colors import palette_of
from .content import ShownUnits
from .figure import PictureFigure, check_font_size, check_look
from .fonts import Fonts
from .sheet import Sheet
from .unit_drawing import UnitDrawing


def draw_units(
    shown: ShownUnits,
    *,
    width: float = 6.5,
    font_size: float = 8.0,
    theme: str = "light",
    fonts: Sequence[str] = (),
) -> PictureFigure:
    """Draw strips of units; `plot` describes the arguments and errors."""
    check_look(width, theme)
    check_font_size(font_size, width)
    palette, sheet = palette_of(theme, signed=True), Sheet(Fonts(fonts))
    edges = font_size, 72 * width - font_size
    height = UnitDrawing(sheet, palette, edges, font_size).draw(shown, 0.0) + 0.6 * font_size
    figure = PictureFigure(figsize=(width, height / 72))
    sheet.draw(figure, palette.ground)
    return figure

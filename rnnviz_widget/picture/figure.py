"""A picture as a matplotlib figure for papers, in the page's colours.

Nothing global is changed: no pyplot, no backend, no settings. A notebook shows the figure;
elsewhere `savefig` writes it, or `figure_bytes`, which also fixes what matplotlib leaves to
settings: letters in SVG are shapes, so that they look the same without the font; in PDF they are
embedded TrueType fonts, which stay selectable and which journals ask for.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from .colors import THEMES, palette_of
from .content import content_of
from .drawing import Drawing
from .fonts import Fonts
from .format import is_number
from .picture import Picture

_NARROWEST = 2.0
_WIDEST = 200.0
_FORMATS: dict[str, dict[str, Any]] = {
    "png": {"metadata": {"Software": None}},
    "svg": {"metadata": {"Date": None}},
    "pdf": {"metadata": {"CreationDate": None}},
}


class PictureFigure(Figure):
    """A matplotlib figure that a notebook shows, with or without pyplot."""

    def _repr_png_(self) -> bytes:
        return figure_bytes(self, "png", dpi=150)


def check_look(width: float, theme: str) -> None:
    """Refuse a width or a theme that no figure has.

    Raises:
        ValueError: If the width is not 2 to 200 inches, or there is no such theme.
    """
    if theme not in THEMES:
        raise ValueError(f'theme must be "light" or "dark"; got {theme!r}')
    if not (is_number(width) and _NARROWEST <= width <= _WIDEST):
        raise ValueError(
            f"width must be a number of inches from {_NARROWEST:g} to {_WIDEST:g}; got {width!r}"
        )


def draw(
    picture: Picture,
    *,
    width: float = 6.5,
    font_size: float = 8.0,
    theme: str = "light",
    fonts: Sequence[str] = (),
) -> PictureFigure:
    """Draw a picture; `plot` describes the arguments and errors."""
    check_look(width, theme)
    check_font_size(font_size, width)
    content = content_of(picture)
    palette = palette_of(theme, signed=content.signed)
    look = 72 * width, font_size, palette, Fonts(fonts)
    sheet, height = Drawing(content, *look, signed=palette_of(theme, signed=True)).sheet()
    figure = PictureFigure(figsize=(width, height / 72))
    sheet.draw(figure, palette.ground)
    return figure


def check_font_size(font_size: float, width: float) -> None:
    """Refuse a font size that does not fit into a figure.

    Raises:
        ValueError: If it is not 1 to 8 points for each inch of the width.
    """
    if not (is_number(font_size) and 1 <= font_size <= 8 * width):
        raise ValueError(
            f"font_size must be 1 to {8 * width:g} points in a figure {width:g} inches wide; got "
            f"{font_size!r}"
        )


def figure_bytes(figure: Figure, kind: str, dpi: float = 200) -> bytes:
    """A figure as the content of a "png", "svg" or "pdf"; the same figure gives the same bytes."""
    settings: dict[Any, Any] = {
        "svg.fonttype": "path",
        "svg.hashsalt": "rnnviz-widget",
        "pdf.fonttype": 42,
        "savefig.bbox": None,
        "savefig.facecolor": "auto",
    }
    content = io.BytesIO()
    with rc_context(settings):
        figure.savefig(content, format=kind, dpi=dpi, **_FORMATS[kind])
    return content.getvalue()

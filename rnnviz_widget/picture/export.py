"""Writing pictures to files; matplotlib is imported only when a figure is drawn."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnviz_widget.files import write_whole

from .format import is_number
from .latex import to_latex
from .picture import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = (".png", ".svg", ".pdf")
_FINEST = 10_000
SUFFIXES = (*FIGURES, ".tex")
"""The suffixes of the files that `save` writes."""


def plot(
    picture: Picture,
    *,
    width: float = 6.5,
    font_size: float = 8.0,
    theme: str = "light",
    fonts: Sequence[str] = (),
) -> Figure:
    """Draw a picture as a matplotlib figure whose height follows from the text.

    pyplot does not know the figure, so that nothing pops up. Characters are drawn from left to
    right in the order of the text, whatever their script.

    Args:
        picture: What to draw.
        width: The width in inches, 2 to 200.
        font_size: The font size in points.
        theme: "light" (a white ground) or "dark".
        fonts: Names of fonts for characters that matplotlib's own fonts lack, such as Chinese ones;
            a character that no font has is drawn as a square.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If an argument is out of range.
    """
    try:
        from .figure import draw  # noqa: PLC0415 - matplotlib takes a second to import
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "matplotlib":
            raise
        raise ImportError(
            "a figure needs matplotlib, which is missing: pip install 'rnnviz-widget[figures]'"
        ) from error
    return draw(picture, width=width, font_size=font_size, theme=theme, fonts=fonts)


def save(picture: Picture, path: str | os.PathLike[str], *, dpi: float = 200, **look: Any) -> None:
    """Write a picture to a file, completely or not at all, in the format of its suffix.

    Args:
        picture: What to draw.
        path: Ends in .png, .svg, .pdf or .tex.
        dpi: The dots per inch of a PNG, 1 to 10,000.
        look: The arguments of `plot`; LaTeX takes none.

    Raises:
        ImportError: If matplotlib is not installed.
        OSError: If the file can't be written.
        ValueError: If the path ends in something else, or an argument is out of range.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".tex":
        if look:
            raise ValueError(f"LaTeX is set in the paper's own style; leave out {', '.join(look)}")
        write_whole(path, to_latex(picture))
    elif suffix in FIGURES:
        if not (is_number(dpi) and 1 <= dpi <= _FINEST):
            raise ValueError(f"dpi must be a number from 1 to {_FINEST:,}; got {dpi!r}")
        figure = plot(picture, **look)
        from .figure import figure_bytes  # noqa: PLC0415 - as above

        write_whole(path, figure_bytes(figure, suffix[1:], dpi))
    else:
        raise ValueError(f"the file must end in {', '.join(SUFFIXES)}; got {os.fspath(path)!r}")

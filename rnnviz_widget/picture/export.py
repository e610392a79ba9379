"""Writing pictures to files; matplotlib is imported only when a figure is drawn."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
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


@contextlib.contextmanager
def matplotlib_needed() -> Iterator[None]:
    """Import matplotlib, or modules that need it, in here.

    Raises:
        ImportError: If it is missing; the message says how to install it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "matplotlib":
            raise
        raise ImportError(
            "a figure needs matplotlib, which is missing: pip install 'rnnviz-widget[figures]'"
        ) from error


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
    with matplotlib_needed():
        from .figure import draw  # noqa: PLC0415 - matplotlib takes a second to import
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
        save_figure(lambda: plot(picture, **look), path, dpi=dpi)
    else:
        raise ValueError(f"the file must end in {', '.join(SUFFIXES)}; got {os.fspath(path)!r}")


def save_figure(
    draw: Callable[[], Figure], path: str | os.PathLike[str], *, dpi: float = 200
) -> None:
    """Draw a figure and write it to a file, completely or not at all, in the format of its suffix.

    Args:
        draw: Draws it; not called if another argument is wrong.
        path: Ends in .png, .svg or .pdf.
        dpi: The dots per inch of a PNG, 1 to 10,000.

    Raises:
        OSError: If the file can't be written.
        ValueError: If the path ends in something else, or the dots are out of range.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FIGURES:
        raise ValueError(f"the file must end in {', '.join(FIGURES)}; got {os.fspath(path)!r}")
    if not (is_number(dpi) and 1 <= dpi <= _FINEST):
        raise ValueError(f"dpi must be a number from 1 to {_FINEST:,}; got {dpi!r}")
    figure = draw()
    from .figure import figure_bytes  # noqa: PLC0415 - matplotlib takes a second to import

    write_whole(path, figure_bytes(figure, suffix[1:], dpi))

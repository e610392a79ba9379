"""What a widget gives when Python asks: rows, swaps, checks, tables, figures, pages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from rnnviz_widget import share
from rnnviz_widget.explorer import CheckedPosition
from rnnviz_widget.picture import plot as plot_of
from rnnviz_widget.picture import to_latex as latex_of
from rnnviz_widget.reading import Connectivity
from rnnviz_widget.reading import to_frame as frame_of
from rnnviz_widget.scene.swaps import InputSwaps

from . import sharing

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame  # type: ignore[import-untyped]

    from .explorer_widget import ExplorerWidget


def connectivity(self: ExplorerWidget, name: str | None = None) -> Connectivity:
    """All rows of a model, as `rv.connectivity` returns them.

    The widget's own rows are used if it has all of them (call `bake()` before); else they are
    computed now.

    Args:
        self: The widget.
        name: The model's name; not needed if there is only one.

    Raises:
        ValueError: If there is no such model, or there are several and none is named.
        FloatingPointError, RuntimeError: If a score is not finite, or the widget was closed.
    """
    return self._explorer.connectivity_of(name)


def swaps(
    self: ExplorerWidget, at: int, *, position: int | None = None, name: str | None = None
) -> InputSwaps:
    """What a model predicts with every other symbol in the place of a character.

    Args:
        self: The widget.
        at: The character in whose place they stand.
        position: The character whose output is explained; default: the one shown.
        name: The model's name; not needed if there is only one.
    """
    return self._explorer.swaps(self.shown if position is None else position, at, name)


def check(self: ExplorerWidget, position: int | None = None) -> CheckedPosition:
    """Run the models again without the strongest inputs of their rows; see `CheckedPosition`.

    Args:
        self: The widget.
        position: A character; default: the one shown. A ValueError if there is none such.
    """
    return self._explorer.checks.at(self.shown if position is None else position)


def to_frame(self: ExplorerWidget) -> DataFrame:
    """All scores of all models as one tidy pandas table; see `reading.frames`."""
    return frame_of(self._explorer.connectivity())


def plot(self: ExplorerWidget, **look: Any) -> Figure:
    """Draw what the widget shows, open units too, as a matplotlib figure; see `picture.plot`.

    Its arguments are width in inches, font_size in points, theme "light" or "dark", and fonts.
    Without matplotlib an ImportError is raised.
    """
    return plot_of(sharing.figure_picture(self._explorer, self._picture()), **look)


def to_latex(self: ExplorerWidget) -> str:
    r"""What the widget shows, as LaTeX that needs `\usepackage{xcolor}`; without open units."""
    return latex_of(self._picture())


def save_html(
    self: ExplorerWidget,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    live: bool = False,
    precision: share.Precision = "int8",
    live_limit: int | None = None,
    theme: share.PageTheme = "auto",
) -> None:
    """Write a page that needs no kernel and no network, to open from disk or in an iframe.

    See `rv.save_html` for arguments and errors.
    """
    sharing.save_html(
        path,
        [self],
        title=title,
        live=live,
        precision=precision,
        live_limit=live_limit,
        theme=theme,
    )


def save(self: ExplorerWidget, path: str | os.PathLike[str], **look: Any) -> None:
    """Write what the widget shows, or the scores of all models; completely or not at all.

    Args:
        self: The widget.
        path: Ends in .png, .svg, .pdf or .tex for a picture of the character shown; in .csv,
            .npz or .parquet for all scores, see `rnnviz_widget.reading.tables.save`; in
            .html for a page, see `save_html`.
        look: The arguments of `plot` or `save_html`, and `dpi` for a PNG.

    Raises:
        ImportError, OSError: If matplotlib or pyarrow is missing, or the file can't be written.
        ValueError: If the path ends in something else, or an argument does not go with it.
    """
    sharing.save(path, look, self._picture, self._explorer, self.save_html)


def shared(
    self: ExplorerWidget,
    *,
    live: share.Precision | None = None,
    live_limit: int | None = None,
    theme: share.PageTheme = "light",
) -> share.Shared:
    """The widget's current state, with its rows, for `share.document`."""
    what = self._explorer, self._state(), self._picture()
    return sharing.shared(*what, live=live, live_limit=live_limit, theme=theme)

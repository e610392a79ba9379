"""A sheet to draw on with matplotlib, in points from its upper left corner.

Text is laid out here, because matplotlib's rasteriser moves the letters of a string to whole
pixels, which can add up to several letters a line. So each letter in a cell, and elsewhere each
word, is placed by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text

from .fonts import ADVANCE, MISSING, MONO, SANS, Fonts, font, measure

Point = tuple[float, float]
Piece = tuple[str, str, bool]
"""Words, their colour and whether they are bold."""


class Box(NamedTuple):
    """A rectangle: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def corners(self) -> list[Point]:
        """From the upper left corner clockwise."""
        x, y, width, height = self
        return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


class Sheet:
    """Collects what is to be drawn; `draw` draws it."""

    def __init__(self, fonts: Fonts) -> None:
        self._fonts = fonts
        self._cells: list[tuple[Box, str]] = []
        self._images: list[tuple[Box, npt.NDArray[np.floating], float, list[str], str]] = []
        self._lines: list[tuple[tuple[Point, Point], str, float, Any]] = []
        self._texts: list[tuple[Point, str, dict[str, Any]]] = []
        self._pills: list[PathPatch] = []

    def cell(self, box: Box, color: str) -> None:
        """A filled rectangle."""
        self._cells.append((box, color))

    def image(
        self,
        box: Box,
        numbers: npt.NDArray[np.floating],
        cap: float,
        colors: list[str],
        missing: str,
    ) -> None:
        """Numbers as coloured cells that fill a box, with sharp edges.

        Args:
            box: The box.
            numbers: The numbers, (rows, columns).
            cap: The number at full colour.
            colors: Those from -cap to cap, an odd number of them.
            missing: The colour of what is not finite.
        """
        self._images.append((box, numbers, cap, colors, missing))

    def line(self, start: Point, end: Point, color: str, width: float, dots: Any = None) -> None:
        """A line over the cells, `width` points wide."""
        self._lines.append(((start, end), color, width, dots or "solid"))

    def frame(self, box: Box, color: str, width: float) -> None:
        """The outline of a rectangle."""
        for start, end in pairwise([*box.corners, box.corners[0]]):
            self.line(start, end, color, width)

    def stripes(self, box: Box, color: str, width: float, apart: float) -> None:
        """Diagonal strokes, which continue from one rectangle to its neighbour."""
        x, y = box.x, box.y
        first, last = (x + y) / apart, (x + y + box.width + box.height) / apart
        for k in range(int(first), int(last) + 1):
            # x + y is constant along a stroke.
            left = max(x, k * apart - y - box.height)
            right = min(x + box.width, k * apart - y)
            if right > left:
                self.line((left, k * apart - left), (right, k * apart - right), color, width)

    def pill(self, box: Box, color: str, width: float, dots: Any = None) -> None:
        """The outline of a box with round ends."""
        style: dict[str, Any] = {"edgecolor": color, "linewidth": width}
        shape = PathPatch(_round(box), fill=False, linestyle=dots or "solid", **style)
        self._pills.append(shape)

    def letter(self, at: Point, drawn: str, room: float, size: float, color: str) -> None:
        """A character in the middle of its cell, made smaller if necessary.

        Args:
            at: The cell's left edge and the baseline.
            drawn: The character.
            room: The width of the cell.
            size: The font size.
            color: The colour of the letter.
        """
        family = self._fonts.choose(drawn, MONO)
        drawn, family = (MISSING, MONO) if family is None else (drawn, family)
        plain = family == MONO and len(drawn) == 1
        width = ADVANCE * size if plain else measure(drawn, family, size)
        if width > room:
            size, width = size * room / width, room
        self._text((at[0] + (room - width) / 2, at[1]), drawn, color, font(family, size))

    def words(
        self,
        at: Point,
        words: str,
        size: float,
        color: str,
        *,
        family: str = SANS,
        bold: bool = False,
    ) -> float:
        """Draw words from a point on the baseline on; returns where they end."""
        x, y = at
        for stretch, chosen in self._fonts.stretches(words, family):
            # In class names each letter is placed, too: they may be long, and a number follows.
            for word in re.findall("." if family == MONO else " +|[^ ]+", stretch):
                self._text((x, y), word, color, font(chosen, size, bold=bold))
                x += measure(word, chosen, size, bold=bold)
        return x

    def span(self, words: str, size: float, *, family: str = SANS, bold: bool = False) -> float:
        """The width that words will have."""
        stretches = self._fonts.stretches(words, family)
        return sum(measure(words, chosen, size, bold=bold) for words, chosen in stretches)

    def cut(
        self, words: str, room: float, size: float, *, family: str = SANS, bold: bool = False
    ) -> str:
        """Words cut off to fit, with an ellipsis."""

        def fits(shown: str) -> bool:
            return self.span(shown, size, family=family, bold=bold) <= room

        # Measure no more than fits: words may be very long.
        most = 1
        while most < len(words) and fits(words[:most]):
            most *= 2
        if most >= len(words) and fits(words):
            return words
        least = 0
        while most - least > 1:
            middle = (least + most) // 2
            if fits(f"{words[:middle]}…"):
                least = middle
            else:
                most = middle
        return f"{words[:least]}…" if words else words

    def wrap(self, words: str, room: float, size: float, *, bold: bool = False) -> list[str]:
        """Break words into lines that fit."""
        lines: list[str] = []
        for word in words.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.span(longer, size, bold=bold) <= room:
                lines[-1] = longer
            else:
                lines.append(self.cut(word, room, size, bold=bold))
        return lines

    def flow(self, at: Point, right: float, pieces: list[Piece], size: float) -> float:
        """Draw pieces of words one after the other, in lines; returns the last baseline."""
        (x, y), left = at, at[0]
        for word in self._words(pieces, right - left, size):
            width = sum(self.span(part, size, bold=bold) for part, _, bold in word)
            if x + width > right and x > left and word[0][0] != " ":
                x, y = left, y + 1.4 * size
            for part, color, bold in word:
                x = self.words((x, y), part, size, color, bold=bold)
        return y

    def _words(self, pieces: list[Piece], room: float, size: float) -> Iterator[list[Piece]]:
        """The parts of each word, which may begin in one piece and end in another.

        If a word is wider than the room, its letters are treated as words.
        """
        parts = [
            (part, color, bold)
            for words, color, bold in pieces
            for part in re.findall(" +|[^ ]+", words)
        ]
        for _, group in groupby(parts, key=lambda part: part[0].startswith(" ")):
            word = list(group)
            if sum(self.span(part, size, bold=bold) for part, _, bold in word) <= room:
                yield word
            else:
                yield from ([(c, color, bold)] for part, color, bold in word for c in part)

    def draw(self, figure: Figure, ground: str) -> None:
        """Draw everything on a figure of the sheet's size."""
        width, height = 72 * figure.get_size_inches()
        figure.set_facecolor(ground)
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_axis_off()
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        cells = PolyCollection(
            [box.corners for box, _ in self._cells],
            facecolors=[color for _, color in self._cells],
            linewidths=0,
            # With smoothed edges the ground would show between two cells.
            antialiaseds=False,
        )
        lines = LineCollection(
            [ends for ends, *_ in self._lines],
            colors=[color for _, color, *_ in self._lines],
            linewidths=[width for *_, width, _ in self._lines],
            linestyles=[dots for *_, dots in self._lines],
            capstyle="butt",
        )
        for collection in (cells, lines):
            axes.add_collection(collection, autolim=False)
        for box, numbers, cap, colors, missing in self._images:
            # Half a step further, so that the first and the last colour are as wide as the others.
            end = cap * len(colors) / (len(colors) - 1)
            image = AxesImage(
                axes,
                cmap=ListedColormap(colors).with_extremes(bad=missing),
                norm=Normalize(-end, end),
                interpolation="nearest",
                origin="upper",
                extent=(box.x, box.x + box.width, box.y + box.height, box.y),
            )
            image.set_data(np.ma.masked_invalid(numbers))
            axes.add_image(image)
        for pill in self._pills:
            axes.add_patch(pill)
        for (x, y), words, how in self._texts:
            # On the figure, since axes would clip each text, which is slow.
            figure.add_artist(Text(x, y, words, transform=axes.transData, **how))

    def _text(self, at: Point, words: str, color: str, how: Any) -> None:
        if words.strip(" "):
            # Text is data: dollars and backslashes are not markup.
            style = {"fontproperties": how, "color": color}
            self._texts.append((at, words, style | {"parse_math": False, "usetex": False}))


def _round(box: Box) -> Path:
    """A box with half circles at its ends."""
    x, y, width, height = box
    r = min(width, height) / 2
    k = r * 0.5523  # makes a cubic curve nearly a quarter of a circle
    left, right, middle, bottom = x + r, x + width - r, y + r, y + height
    points = [
        (left, y), (right, y),
        (right + k, y), (x + width, middle - k), (x + width, middle),
        (x + width, middle + k), (right + k, bottom), (right, bottom),
        (left, bottom),
        (left - k, bottom), (x, middle + k), (x, middle),
        (x, middle - k), (left - k, y), (left, y),
        (left, y),
    ]  # fmt: skip
    curve, line = [Path.CURVE4] * 6, [Path.LINETO]
    return Path(points, [Path.MOVETO, *line, *curve, *line, *curve, Path.CLOSEPOLY])

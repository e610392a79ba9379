"""Laying a text out in lines of equal cells, as in a monospaced font."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from .format import glyph

_TAB = 4


class Cell(NamedTuple):
    """The place of a character.

    Attributes:
        line: The line, from 0.
        column: Its first column, from 0.
        width: The number of columns: 2 for a wide character, such as a Chinese one, up to 4 for a
            tab.
        drawn: What is drawn there.
    """

    line: int
    column: int
    width: int
    drawn: str


def lay_out(text: str, columns: int) -> list[Cell]:
    """A cell for each character, in lines that break after spaces or, if there are none, when full.

    Args:
        text: The text; a line break in it is drawn and ends its line.
        columns: The number of columns of a line, at least 2.
    """
    cells: list[Cell] = []
    line, column, word = 0, 0, 0  # `word`: the character at which the line may still be broken
    for n, character in enumerate(text):
        width = _width(character, column)
        if column + width > columns and column > 0:
            line += 1
            first = word if cells[word:n] and cells[word].column > 0 else n
            column = 0
            for k in range(first, n):
                cells[k] = cells[k]._replace(line=line, column=column)
                column += cells[k].width
            width = _width(character, column)
        drawn = glyph(character)
        cells.append(Cell(line, column, width, drawn.rstrip("\t")))
        column += width
        if character == "\n":
            line, column = line + 1, 0
        if character in " \t\n":
            word = n + 1
    return cells


def _width(character: str, column: int) -> int:
    if character == "\t":
        return 1 + _TAB - (column + 1) % _TAB
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1

"""A table of results, for notebooks and for pandas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from rnnviz_widget.reading.frames import pandas_module

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-untyped]

# Colours are the notebook's own, so that it is readable on a light and on a dark ground.
_CELL = (
    "text-align:left;padding:2px 12px 2px 0;background:transparent;color:inherit;white-space:pre"
)
_HEAD = f"{_CELL};font-weight:normal;opacity:0.7;border-bottom:1px solid rgba(128,128,128,0.35)"


class ResultTable(Sequence[dict[str, Any]]):
    """Rows with the same columns; a notebook shows them as a table.

    `table[n]` is a row as a dict, `table["score"]` a column as a list.

    Args:
        columns: The names of the columns.
        rows: The rows.
        words: What the rows are, in words, above the table.
    """

    def __init__(
        self, columns: Sequence[str], rows: Sequence[dict[str, Any]], words: str = ""
    ) -> None:
        self.columns, self._rows, self.words = tuple(columns), tuple(rows), words

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, key: Any) -> Any:
        """A row, several rows, or a column by its name.

        Raises:
            IndexError, KeyError: If there is no such row or column.
        """
        if not isinstance(key, str):
            return self._rows[key]
        if key not in self.columns:
            raise KeyError(f"there is no column {key!r}; expected one of {', '.join(self.columns)}")
        return [row[key] for row in self._rows]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ResultTable):
            return NotImplemented
        return (self.columns, self._rows) == (other.columns, other._rows)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        lines = [self.columns, *([_plain(row[c]) for c in self.columns] for row in self._rows)]
        widths = [max(len(line[n]) for line in lines) for n in range(len(self.columns))]
        said = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) for line in lines]
        return "\n".join([*([self.words] if self.words else []), *(one.rstrip() for one in said)])

    def _repr_html_(self) -> str:
        heads = "".join(f'<th style="{_HEAD}">{escape(name)}</th>' for name in self.columns)
        body = "".join(
            "<tr>"
            + "".join(f'<td style="{_CELL}">{escape(_plain(row[c]))}</td>' for c in self.columns)
            + "</tr>"
            for row in self._rows
        )
        style = "border-collapse:collapse;font-size:12px;margin:6px 0;color:inherit"
        table = f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody>"
        words = f'<div style="font-size:13px">{escape(self.words)}</div>'
        return f'{words}<table style="{style}">{table}</table>'

    def to_dict(self) -> dict[str, list[Any]]:
        """The columns by name."""
        return {name: self[name] for name in self.columns}

    def to_frame(self) -> DataFrame:
        """The table as one of pandas.

        Raises:
            ImportError: If pandas is not installed.
        """
        return pandas_module().DataFrame(list(self._rows), columns=list(self.columns))


def _plain(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)

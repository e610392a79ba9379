"""What of a widget is numbers: connectivity, a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnviz_widget.explorer import Explorer
from rnnviz_widget.reading import Connectivity, to_frame

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-untyped]


class Numbers:
    """The part of the widget that gives its numbers to Python."""

    _explorer: Explorer

    def connectivity(self, name: str | None = None) -> Connectivity:
        """All rows of a model, as `rv.connectivity` gives them.

        They are the rows that the widget has, where it has all (`bake()` sees to that); else they
        are computed now.

        Args:
            name: The model; may be left out where there is one.

        Raises:
            ValueError: If there is no such model, or several and none is named.
            FloatingPointError: If a score is not finite.
            RuntimeError: If the widget was closed.
        """
        return self._explorer.connectivity_of(name)

    def to_frame(self) -> DataFrame:
        """All scores of all models as one tidy pandas table; see `reading.frames`.

        Raises:
            ImportError: If pandas is missing.
            ValueError: If there is half of a surrogate pair in a text.
            FloatingPointError, RuntimeError: As `connectivity` does.
        """
        return to_frame(self._explorer.connectivity())

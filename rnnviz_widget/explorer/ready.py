"""An explorer of rows that are there already."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rnnviz_widget.reading import ReadyReading

from .explorer import KEPT_LIMIT, Explorer
from .kept_rows import KeptRows


class ReadyExplorer(Explorer):
    """Answers hovers from ready-made rows; there is no model behind.

    Args:
        readings: The rows by the names that the page shows, all over one text.
    """

    def __init__(self, readings: Mapping[str, ReadyReading]) -> None:
        self._readings = dict(readings)
        first = next(iter(self._readings.values())).facet
        super().__init__({}, first.text, measure=first.measure.name)

    def _make_facets(self) -> list[KeptRows]:
        limit = KEPT_LIMIT // len(self._readings)
        return [KeptRows(name, reading, limit) for name, reading in self._readings.items()]

    def refresh(self) -> None:
        """There is nothing to read anew.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(
            "these rows are ready-made: there is no model whose weights could have changed. "
            "Show new rows with rv.from_rows"
        )

    def prepare(self, text: str) -> Callable[[], None]:
        """There is nothing that could read.

        Raises:
            ValueError: Always.
        """
        del text
        raise ValueError(
            "these rows are ready-made: there is no model that could read another text. Show other "
            "rows with rv.from_rows, or models with rv.explore"
        )

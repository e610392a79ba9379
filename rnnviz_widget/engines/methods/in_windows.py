"""A method's rows where each output is of a window of its own: each computed in its window."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from torch import Tensor

from rnnviz_widget.engines.explained import Explained
from rnnviz_widget.engines.texts import Windows

from .row_method import Row, RowMethod


class InWindows:
    """Computes each row as another way does on its window alone; zero before that.

    Args:
        windows: The window of each output.
        make: Makes that way for the ids of a window, (L,).

    Raises:
        ImportError, ValueError: If it can't serve the network.
    """

    def __init__(self, windows: Windows, make: Callable[[Tensor], RowMethod]) -> None:
        self._windows, self._make = windows, make
        first = make(windows.of([windows.longest]).ids[0])
        self.name, self.reason = first.name, f"{first.reason}, in each window by itself"

    def blocks(
        self, rows: Sequence[int], targets: Sequence[Explained]
    ) -> Iterator[tuple[float, list[Row]]]:
        """See `RowMethod.blocks`."""
        for place, (row, target) in enumerate(zip(rows, targets, strict=True)):
            window = self._windows.of([row])
            way = self._make(window.ids[0])
            ((_, scores, error),) = [
                found for _, part in way.blocks(window.at, [target]) for found in part
            ]
            spread = self._windows.spread([row], scores[None])[0]
            yield (place + 1) / len(rows), [Row(place, spread, error)]

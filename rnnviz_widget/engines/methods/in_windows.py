"""A method on a network that reads a window for each output: each row is computed in its window."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from torch import Tensor

from rnnviz_widget.engines.autograd.output_texts import WindowTexts
from rnnviz_widget.engines.engine import RowBlock
from rnnviz_widget.engines.explained import Explained

from .row_method import RowMethod


class InWindows:
    """Computes each row with a method on its window alone; scores before the window are zero.

    Args:
        windows: The window of each output.
        make: Makes the method for the ids of a window, (L,).
    """

    def __init__(self, windows: WindowTexts, make: Callable[[Tensor], RowMethod]) -> None:
        self._windows, self._make = windows, make
        first = make(windows.of([windows.longest]).ids[0])
        self.name, self.reason = first.name, f"{first.reason}, in each window by itself"

    def blocks(self, rows: Sequence[int], targets: Sequence[Explained]) -> Iterator[RowBlock]:
        """See `RowMethod.blocks`."""
        for place, (row, target) in enumerate(zip(rows, targets, strict=True)):
            window = self._windows.of([row])
            blocks = self._make(window.ids[0]).blocks(window.at, [target])
            (found,) = [each for each in blocks if each.places]
            spread = self._windows.spread([row], found.scores)
            yield RowBlock([place], spread, accuracy=found.accuracy)

"""A bar in the running cell while large models read the text, before there is a widget to show."""

from __future__ import annotations

from types import TracebackType
from typing import Never, Self

from tqdm.auto import tqdm

from rnnviz_widget.explorer import ModelSource
from rnnviz_widget.scene.replies import Progress

_ROW = "explaining the character shown"


class OpeningBar:
    """Shows which model reads the text, and that the shown row is computed after that.

    There is no bar for small models. It is shown before the first pass, and removed at the end.

    Args:
        source: The models and the text.
    """

    def __init__(self, source: ModelSource) -> None:
        self._source = source
        self._bar: tqdm[Never] | None = None
        self._done = self._total = 0

    def __enter__(self) -> Self:
        self._source.progress.tell = self._reads
        return self

    def _reads(self, progress: Progress | None) -> None:
        if progress is None:
            return
        if self._bar is None:
            self._total = progress.total + 1
            self._bar = tqdm(total=self._total, leave=False, bar_format="{desc} {bar}")
        self._show(self._bar, progress.message, progress.done)

    def explains(self) -> None:
        """All models have read the text; what is left is the row of the character shown."""
        if self._bar is not None:
            self._show(self._bar, _ROW, self._total - 1)

    def _show(self, bar: tqdm[Never], words: str | None, done: int) -> None:
        bar.set_description_str(words)
        bar.update(done - self._done)
        self._done = done

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            # Tqdm leaves a bar that has not reached its end in the cell, in red.
            self._bar.update(self._total - self._done)
            self._bar.close()

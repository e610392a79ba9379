"""Callbacks for when the fill's thread has something to publish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnnviz_widget.scene.replies import Progress

from .instrument import nobody
from .pending_rows import Answer, PendingRows, PreviewedRows


@dataclass
class Listener:
    """Functions that the fill's thread calls.

    Attributes:
        on_rows: There are more rows to publish: called with the epoch, and whether the fill is
            done.
        on_progress: How far the fill is, a few times a second: called with the epoch.
        on_answer: There is more of the rows at a position that was answered in part: called with
            the epoch, the position and what `rows_at` would return now.
        on_reading: Which model reads another text now, or explains the character shown first, where
            that takes long; None: it is over. Called from the thread that does it, or a third.
        on_whole_rows: Rows that were put off, or came in part, are whole.
        on_reads: What each output reads is known now, which had been put off.
        on_preview: There is more of a preview that came in part.
    """

    on_rows: Callable[[int, bool], None] = nobody
    on_progress: Callable[[int, Progress], None] = nobody
    on_answer: Callable[[int, int, Answer], None] = nobody
    on_reading: Callable[[Progress | None], None] = nobody
    on_whole_rows: Callable[[], object] = nobody
    on_reads: Callable[[], object] = nobody
    on_preview: Callable[[PreviewedRows], None] = nobody

    def tell_answer(self, pending: PendingRows) -> None:
        """Say that there is more of rows that were answered in part, or all."""
        self.on_answer(pending.epoch, pending.position, pending.answer)
        if not pending.in_part:
            self.on_whole_rows()

    def tell_reading(self, progress: Progress | None) -> None:
        """Call `on_reading`, whatever that is then."""
        self.on_reading(progress)

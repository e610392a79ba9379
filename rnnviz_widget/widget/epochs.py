"""Beginning epochs: other weights, another target, measure or text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rnnviz_widget.explorer import Explorer
from rnnviz_widget.models import as_target

from .epoch_change import EpochChange
from .page_link import PageLink
from .publisher import Publisher
from .shown_place import ShownPlace


class Epochs:
    """Begins epochs, and has the publisher show them.

    Attributes:
        changes: By trait, what happens when it is set.
    """

    def __init__(
        self, explorer: Explorer, link: PageLink, publisher: Publisher, place: ShownPlace
    ) -> None:
        self._explorer = explorer
        self._link = link
        self._publisher = publisher
        self._place = place
        changes = explorer.changes
        self.changes: dict[str, EpochChange[Any]] = {
            "target": EpochChange(
                as_target, lambda: explorer.target, changes.prepare_target, self._begin
            ),
            "measure": EpochChange(
                str, lambda: explorer.measure, changes.prepare_measure, self._begin
            ),
            "text": EpochChange(str, lambda: explorer.text, self._prepare_text, self._begin),
        }

    def show(self) -> None:
        """Show the current epoch."""
        self._publisher.show_epoch()
        # If no measure was named, another target may have another default.
        if self._explorer.caches:
            self._link.set("measure", self._explorer.measure)

    def refresh(self) -> None:
        """Read the text again with the models' current weights."""
        # Not under the lock: hovers are answered while the models read.
        filling = self._publisher.filling
        self._explorer.changes.refresh()
        self.show()
        if filling:
            self._explorer.fill()

    def _begin(self, begin: Callable[[], None]) -> None:
        # Under the lock, the fill's thread can't publish rows of the new epoch before its scene.
        with self._link.lock:
            filling, before = self._publisher.filling, self._explorer.epoch
            try:
                begin()
            finally:  # An observer of the position may fail, but the epoch has begun.
                if self._explorer.epoch != before:
                    self.show()
        if filling:
            self._explorer.fill()

    def _prepare_text(self, text: str) -> Callable[[], None]:
        begin = self._explorer.changes.prepare_text(text)

        def begin_there() -> None:
            begin()
            self._place.follow_text()

        return begin_there

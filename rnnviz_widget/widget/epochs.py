"""Beginning epochs: other weights, another text or question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rnnviz_widget.explorer import Explorer, as_interventions
from rnnviz_widget.explorer.turns import TURNS
from rnnviz_widget.models import as_target
from rnnviz_widget.scene.asks import CHOICES

from .epoch_change import EpochChange
from .page_link import PageLink
from .publisher import Publisher
from .shown_place import ShownPlace


def as_number(value: Any) -> int:
    """A whole number; a TypeError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"expected the number of a checkpoint; got {value!r}")
    return value


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
        explorer.listener.on_reads = self.correct_reads
        self.changes: dict[str, EpochChange[Any]] = {
            "target": EpochChange(
                as_target,
                lambda: explorer.target,
                lambda target: changes.prepare_question(target=target),
                self._begin,
            ),
            **{name: self._choice(name) for name in CHOICES},
            "interventions": EpochChange(
                as_interventions,
                lambda: dict(changes.now.interventions),
                changes.prepare_interventions,
                self._begin,
            ),
            "text": EpochChange(str, lambda: explorer.text, self._prepare_text, self._begin),
            "checkpoint": EpochChange(
                as_number, lambda: changes.now.checkpoint, changes.prepare_checkpoint, self._begin
            ),
        }

    @property
    def start(self) -> dict[str, Any]:
        """The values of the traits that begin epochs, at first."""
        explorer = self._explorer
        now = explorer.changes.now
        values = {"text": now.text, "target": explorer.target, "checkpoint": now.checkpoint}
        return values | explorer.chosen

    def show(self, *, opening: bool = False) -> None:
        """Show the current epoch; when the widget is made, the rows of large models come later."""
        with self._link.together():
            self._show(opening=opening)
        self._publisher.send_strips()

    def _show(self, *, opening: bool = False) -> None:
        self._publisher.show_epoch(opening=opening)
        # If no measure was named, another target may have another default.
        if self._explorer.caches:
            for name, value in self._explorer.chosen.items():
                self._link.set(name, value)
            # What begins beyond the end of another text is dropped.
            self._link.set("interventions", dict(self._explorer.changes.now.interventions))

    def refresh(self) -> None:
        """Read the text again with the models' current weights."""
        # Not under the lock: hovers are answered while the models read.
        filling = self._publisher.filling
        self._explorer.changes.refresh()
        self.show()
        if filling:
            self._explorer.fill()

    def each_checkpoint(self) -> Iterator[None]:
        """Show each checkpoint of the models, that which is shown now last; once without any."""
        axis, shown = self._explorer.changes.axis, self._explorer.changes.now.checkpoint
        try:
            for checkpoint in range(len(axis.labels)) if axis is not None else ():
                if checkpoint != shown:
                    self._link.set("checkpoint", checkpoint)
                    yield
        finally:
            if axis is not None:
                self._link.set("checkpoint", shown)
        yield

    def correct_reads(self) -> None:
        """Show what each output reads, where it is not what was assumed when the text was shown."""
        changes = self._explorer.changes
        if changes.reads_differ:
            self._begin(changes.correct_reads)

    def _begin(self, begin: Callable[[], None]) -> None:
        # Under the lock, the fill's thread can't publish rows of the new epoch before its scene.
        with self._link.lock:
            filling, before = self._publisher.filling, self._explorer.epoch
            with self._link.together():
                try:
                    begin()
                finally:  # An observer of the position may fail, but the epoch has begun.
                    if self._explorer.epoch != before:
                        self._show()
            if filling and self._explorer.epoch != before:
                TURNS.page_draws()
            self._publisher.send_strips()
        if filling:
            self._explorer.fill()

    def _choice(self, name: str) -> EpochChange[str]:
        explorer = self._explorer
        return EpochChange(
            str,
            lambda: explorer.chosen[name],
            lambda value: explorer.changes.prepare_question(**{name: value}),
            self._begin,
        )

    def _prepare_text(self, text: str) -> Callable[[], None]:
        begin = self._explorer.changes.prepare_text(text)

        def begin_there() -> None:
            begin()
            self._place.follow_text()

        return begin_there

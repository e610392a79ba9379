"""Checks: what the models predict at a character without their strongest inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rnnviz_widget.evaluation.faithfulness.check_output import check_output
from rnnviz_widget.picture import check_position
from rnnviz_widget.scene.asks import AskCheck
from rnnviz_widget.scene.output_check import OutputCheck, OutputChecks
from rnnviz_widget.scene.replies import LaterReply
from rnnviz_widget.scene.rows import Failure, Part

from .background_fill import BackgroundFill
from .changes import Changes
from .checked_position import CheckedPosition
from .epoch import Epoch
from .instrument import nobody
from .row_cache import RowCache, in_words
from .turns import TURNS

_READY_MADE = "its rows are ready-made: there is no model that could be run again"
_KIND = "check"
# The most characters whose checks are kept.
_KEPT = 64

Checked = OutputCheck | Failure


class PendingCheck:
    """The checks of all models at one character, computed step by step, one model after the other.

    Args:
        epoch: The epoch that they belong to.
        position: The character.
        serial: Returned with the checks.
        caches: The models' rows.
        tell: Called with this object, from the fill's thread, when more models are done.

    Attributes:
        found: The checks of the models that are done.
    """

    def __init__(
        self,
        epoch: int,
        position: int,
        serial: int,
        caches: Sequence[RowCache],
        tell: Callable[[PendingCheck], None],
    ) -> None:
        self.epoch, self.position, self.serial = epoch, position, serial
        self._left = iter([_steps(cache, position) for cache in caches])
        self._now: Iterator[Checked | None] | None = next(self._left, None)
        self.found: list[Checked] = []
        self._tell, self._reported = tell, 0

    @property
    def in_part(self) -> bool:
        """Whether a model is not done."""
        return self._now is not None

    def advance(self) -> None:
        """Do the next step."""
        if self._now is None:
            return
        done = next(self._now)
        if done is not None:
            self.found.append(done)
            self._now = next(self._left, None)

    def tell(self) -> None:
        """Report the models that are done, if they are more than before."""
        if len(self.found) > self._reported:
            self._reported = len(self.found)
            self._tell(self)

    @property
    def reply(self) -> OutputChecks:
        """What is done."""
        return OutputChecks(self.epoch, self.position, self.serial, list(self.found))


def _steps(cache: RowCache, position: int) -> Iterator[Checked | None]:
    """Check one model: yields None after each step, and finally the check or what went wrong."""
    reading = cache.model_reading
    if reading is None:
        yield Failure(_READY_MADE)
        return
    try:
        s = cache.facet.tokens.at(position)
        row = cache.advance(s)
        while isinstance(row, Part):
            yield None
            row = cache.advance(s)
        checking = check_output(reading, s, row)
        while True:
            try:
                next(checking)
            except StopIteration as ended:
                yield ended.value
                return
            yield None
    except ValueError as error:
        yield Failure(str(error))
    except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
        yield Failure(in_words(error))


@dataclass(frozen=True)
class Place:
    """A character in an epoch."""

    epoch: int
    position: int


class Checks:
    """Computes checks, in the background for a page or at once, and keeps the latest.

    A check goes on after hovered rows and previews, and before the fill; the newest takes the place
    of the one before it.

    Attributes:
        on_reply: Called from the fill's thread when more models are done.
    """

    def __init__(self, changes: Changes, background: BackgroundFill) -> None:
        self._changes, self._background = changes, background
        self._kept: dict[Place, list[Checked]] = {}
        self.on_reply: Callable[[LaterReply], None] = nobody

    def ask(self, ask: AskCheck) -> OutputChecks | None:
        """See `Instrument.ask`."""
        if ask.position is not None:
            return self.begin(ask.position, ask.serial)
        self.end()
        return None

    def begin(self, position: int, serial: int) -> OutputChecks | None:
        """Begin to check a character; `on_reply` is called as models are done.

        Returns:
            The check, if it was made before.
        """
        self.end()
        now = self._open_at(position)
        kept = self.kept(now.number, position)
        if kept is not None:
            return OutputChecks(now.number, position, serial, kept)
        self._background.finish(_KIND, self._pending(now, position, serial, self._report))
        return None

    def end(self) -> None:
        """Do not finish the check any more."""
        self._background.drop(_KIND)

    def at(self, position: int) -> CheckedPosition:
        """Check a character now; background fills wait meanwhile.

        Raises:
            ValueError: If there is no such character.
            RuntimeError: If the explorer was closed.
        """
        now = self._open_at(position)
        found = self.kept(now.number, position)
        if found is None:
            pending = self._pending(now, position, 0, lambda _: None)
            with TURNS.hover():
                while pending.in_part:
                    pending.advance()
            self._keep(pending)
            found = pending.found
        names = [cache.name for cache in now.caches]
        return CheckedPosition(position, dict(zip(names, found, strict=True)))

    def kept(self, epoch: int, position: int) -> list[Checked] | None:
        """The check of a character, if it was made."""
        return self._kept.get(Place(epoch, position))

    def _open_at(self, position: int) -> Epoch:
        now = self._changes.open()
        check_position(position, now.text)
        return now

    def _pending(
        self, now: Epoch, position: int, serial: int, tell: Callable[[PendingCheck], None]
    ) -> PendingCheck:
        return PendingCheck(now.number, position, serial, now.caches, tell)

    def _report(self, pending: PendingCheck) -> None:
        if not pending.in_part:
            self._keep(pending)
        self.on_reply(pending.reply)

    def _keep(self, pending: PendingCheck) -> None:
        epoch = self._changes.now.number
        kept = self._kept | {Place(pending.epoch, pending.position): pending.found}
        current = [(at, each) for at, each in kept.items() if at.epoch == epoch]
        self._kept = dict(current[-_KEPT:])

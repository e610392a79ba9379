"""The explorer: rows on demand, the rest in the background."""

from __future__ import annotations

import time
from dataclasses import replace

from rnnviz_widget.models import CheckedTarget, SequenceModel, Target, as_target
from rnnviz_widget.picture import DEFAULT_OPTIONS, DrawOptions, Picture, check_position
from rnnviz_widget.reading import Connectivity, Question, Reading
from rnnviz_widget.scene.replies import FoundClass, Strip
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.scene.swaps import InputSwaps

from .all_classes import likeliest_of, strips_of
from .background_fill import BackgroundFill
from .changes import Changes
from .checkpoint_axis import CheckpointAxis
from .checks import Checks
from .epoch import Epoch
from .instrument import Instrument
from .link_curves import LinkCurvesForPage
from .listener import Listener
from .pending_rows import READY_MADE, Answer, PendingPreview, PendingRows, PreviewedRows, rows_of
from .picture import picture_of
from .randomised_rows import RandomisedRows
from .row_cache import RowCache
from .sources import Source, snapshots
from .state_maps import MapsForPage
from .states import StatesForPage
from .swaps import SwapsForPage, swaps_of
from .turns import TURNS
from .unit_searches import UnitSearches

# A hovered row that takes longer, in seconds, is answered in part and finished later.
_ANSWER_WITHIN = 0.04
# The same of the first row after a change, from when that was asked for, with reading the text.
_SHOW_WITHIN = 0.03


class Explorer:
    """Answers hovers over one text for several models, and fills in the other rows meanwhile.

    A hover takes precedence: the fill, on a thread of its own, pauses between two short steps while
    a hover is answered, and then continues. A slow row is answered with its nearest inputs; the
    fill's thread finishes it, unless the pointer has moved on. If several explorers fill, the
    newest goes first.

    Attributes:
        listener: Called when there is something to publish.
        background: The fill, on its thread.
        changes: Changes that begin another epoch: weights, text or question.
        checks: Checks of what the models predict without their strongest inputs.
        randomised: Rows with random weights and of random classes.
        states, maps: The units' states, and maps of states and of token embeddings, for the page.
        searches: Searches for places where units are on.
        link_curves: Links over the checkpoints of a training.
        instruments: By the kind of their asks what answers those of the page's instruments.

    Raises:
        TypeError, ValueError, FloatingPointError: As `connectivity`.
    """

    def __init__(
        self, source: Source, axis: CheckpointAxis | None = None, start: Epoch | None = None
    ) -> None:
        self.listener = Listener()
        self._source = source
        self.background = BackgroundFill(self.listener)
        self.changes = Changes(source, self.background, axis, start)
        source.progress.tell = self.listener.tell_reading
        self.listener.on_reads = self._correct_reads
        self.checks = Checks(self.changes, self.background)
        self.randomised = RandomisedRows(self.changes)
        self.searches = UnitSearches(self.changes)
        self.states = StatesForPage(self.changes, self.background)
        self.maps = MapsForPage(self.changes, self.background)
        self.link_curves = LinkCurvesForPage(self.changes, source, self.background)
        self.instruments: dict[str, Instrument] = {
            "check": self.checks,
            "link_curve": self.link_curves,
            "map": self.maps,
            "randomised": self.randomised,
            "states": self.states,
            "swaps": SwapsForPage(self.changes, self.background),
        }

    @property
    def models(self) -> dict[str, SequenceModel]:
        """The models by name; empty if rows are ready-made."""
        return self._source.models

    @property
    def snapshots(self) -> dict[str, SequenceModel]:
        """The models with the weights that are shown: those of the start or the last `refresh`."""
        return snapshots(self.changes.open())

    @property
    def epoch(self) -> int:
        """The epoch's number, which grows with every change of weights, text or question."""
        return self.changes.now.number

    @property
    def text(self) -> str:
        """The text that is shown."""
        return self.changes.now.text

    @property
    def caches(self) -> list[RowCache]:
        """The rows of each model, in order; empty once the explorer was closed."""
        return self.changes.now.caches

    @property
    def target(self) -> CheckedTarget:
        """The target that is explained."""
        return self.changes.now.question.target

    @property
    def question(self) -> Question:
        """What is explained, and how."""
        return self.changes.now.question

    @property
    def chosen(self) -> dict[str, str]:
        """What holds for all models that have none of their own; see `Source.chosen`."""
        return self._source.chosen(self.changes.open())

    @property
    def choices(self) -> dict[str, list[list[str]]]:
        """What there is to choose from instead; see `Source.choices`."""
        return self._source.choices()

    @property
    def editable(self) -> bool:
        """Whether another text could be read: there are models, and the target is no list."""
        return self._source.editable(self.changes.now)

    def rows_at(self, position: int, *, changed: bool = False) -> Answer:
        """For each facet its output at a character, and that output's row or what went wrong.

        Once a fill was begun, a slow row may come in part; `listener.on_answer` gets the rest.

        Args:
            position: A character.
            changed: Whether they are the first after a change, which has taken time already.
        """
        now = self.changes.now
        self.background.hover(position)
        pending = rows_of(now.number, position, now.caches, self.listener.tell_answer)
        late = self.changes.asked + _SHOW_WITHIN if changed else None
        answer = self._within_patience(pending, late)
        if pending.in_part:
            self.background.finish_rows(pending)
        return answer

    def preview(self, position: int, target: Target, serial: int = 0) -> PreviewedRows:
        """Explain another target at one character, without keeping its rows or changing the epoch.

        A slow row may come in part, as in `rows_at`; `listener.on_preview` gets the rest, until
        another target is previewed.

        Args:
            position: A character.
            target: The target, no list. The measure is the explorer's own if one was named, else
                the target's default; the quantity likewise.
            serial: Returned with the preview.

        Raises:
            TypeError, ValueError: If it is no target, or there is no such character.
        """
        now = self._open_at(position)
        meant = as_target(target)
        if isinstance(meant, list):
            raise TypeError("a preview explains one target at one character, not a list of them")
        self.end_preview()
        if all(cache.model_reading is None for cache in now.caches):
            raise ValueError(READY_MADE)
        pending = PendingPreview(
            now.number,
            position,
            now.caches,
            question=replace(now.question, target=meant),
            serial=serial,
            tell=self.listener.on_preview,
        )
        self._within_patience(pending)
        preview = pending.preview
        if pending.in_part:
            self.background.finish_preview(pending)
        return preview

    def end_preview(self) -> None:
        """Do not finish the preview any more."""
        self.background.previewed = None

    def swaps(self, position: int, at: int, name: str | None = None) -> InputSwaps:
        """One model's swaps, computed now; see `ExplorerWidget.swaps`."""
        now = self._open_at(position)
        check_position(at, now.text)
        with TURNS.hover():
            return swaps_of(self._cache_of(name), position, at)

    def likeliest(self, position: int, prefix: str, most: int) -> list[FoundClass]:
        """The classes of all models whose names begin with `prefix`, best first at a character.

        For a model that gives one number, that number takes the place of a probability.

        Returns:
            Names with each model's probability, sorted by the largest of them.
        """
        return likeliest_of(self._open_at(position).caches, position, prefix, most)

    def strips(self, position: int) -> list[Strip | Failure]:
        """For each facet the strip of all classes at a character, or what went wrong."""
        with TURNS.hover():
            return strips_of(self.caches, position)

    def _within_patience(self, pending: PendingRows, late: float | None = None) -> Answer:
        with TURNS.hover():
            usual = time.monotonic() + _ANSWER_WITHIN
            late = usual if late is None else min(late, usual)
            pending.advance()
            while pending.in_part and not (self.background.displayed and time.monotonic() > late):
                pending.advance()
        return pending.answer

    def find_reads(self) -> None:
        """Find out now what each output reads, where that was put off."""
        with TURNS.hover():
            self.changes.find_reads()
        self.listener.on_reads()

    def _correct_reads(self) -> None:
        if self.changes.reads_differ:
            self.changes.correct_reads()
            self.background.fill()

    def picture(self, position: int, options: DrawOptions = DEFAULT_OPTIONS) -> Picture:
        """What the page draws at a character, with complete rows; the widget is not changed."""
        self.find_reads()
        return picture_of(self._open_at(position), position, options)

    def picture_at_once(self, position: int, options: DrawOptions, *, with_rows: bool) -> Picture:
        """The same where what the outputs read may still be assumed, and rows may be left out."""
        return picture_of(self._open_at(position), position, options, with_rows=with_rows)

    def kept(self) -> tuple[int, int]:
        """How many rows are kept, over all models, and how many there are in all."""
        caches = self.caches
        return sum(len(one.rows) for one in caches), sum(len(one.reading) for one in caches)

    def connectivity(self) -> list[Connectivity]:
        """All scores of each model: the kept rows if all are there, else computed again."""
        self.find_reads()
        return [cache.connectivity() for cache in self.changes.open().caches]

    def connectivity_of(self, name: str | None = None) -> Connectivity:
        """All scores of one model; see `ExplorerWidget.connectivity`."""
        self.find_reads()
        return self._cache_of(name).connectivity()

    def reading_of(self, name: str | None = None) -> Reading:
        """One model's reading of the text; a ValueError if its rows are ready-made."""
        cache = self._cache_of(name)
        if cache.model_reading is None:
            raise ValueError(f"{cache.name}: {READY_MADE}")
        return cache.model_reading

    def _cache_of(self, name: str | None) -> RowCache:
        caches = self.changes.open().caches
        found = [cache for cache in caches if cache.name == name]
        if name is None and len(caches) == 1:
            found = caches
        if not found:
            known = ", ".join(repr(cache.name) for cache in caches)
            raise ValueError(f"name one of the models: {known}; got {name!r}")
        return found[0]

    def fill(self) -> None:
        """Compute the remaining rows in the background, nearest to the last hover first."""
        self.background.fill()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the fill has ended; returns whether it has."""
        return self.background.join(timeout)

    def close(self) -> None:
        """Stop the fill and drop rows and models."""
        self.background.close()
        self.randomised.close()
        self.searches.close()
        self.changes.close()

    def _open_at(self, position: int) -> Epoch:
        now = self.changes.open()
        check_position(position, now.text)
        return now

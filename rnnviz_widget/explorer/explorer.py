"""Rows on demand, the rest in the background."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from rnnviz_widget.engines import TOLERANCE, EngineName, Named, any_measure
from rnnviz_widget.models import (
    TRUTH,
    CheckedTarget,
    SequenceModel,
    Target,
    as_target,
    check_classes,
    renewed,
)
from rnnviz_widget.picture import DEFAULT_OPTIONS, DrawOptions, Picture, check_position
from rnnviz_widget.reading import Connectivity, Reading, measure_for, strip_of
from rnnviz_widget.scene.replies import Strip
from rnnviz_widget.scene.rows import Failure

from .background_fill import TURNS, BackgroundFill
from .fill import FILL_LIMIT
from .kept_rows import KeptRows, in_words
from .names import named, read_by_all
from .pending_rows import READY_MADE, Answer, Look, PendingPreview, PendingRows, rows_of
from .picture import picture_of

KEPT_LIMIT = 2 * FILL_LIMIT
"""How many numbers are kept in all, over all models: 4 bytes each in single precision."""

# A hovered row that takes longer is answered with what there is of it, and finished after that.
_ANSWER_WITHIN = 0.04

_NO_ODDS = "its rows are ready-made: there is no model that could tell how likely all classes are"
_NUMBER = "it gives one number: there are no classes that could be likely"
_ONE_BY_ONE = (
    "its targets were chosen one by one for the text that is shown, and do not fit another; "
    "explain the truth, the top prediction or a class first"
)


class Explorer(BackgroundFill):
    """Answers hovers over one text for several models and fills in the rest meanwhile.

    A hover goes first: the fill, on a thread of its own, pauses between two small parts of its
    work while a hover is answered, and goes on where it was. A row that takes long is answered
    from its nearest inputs backwards, and finished by the fill's thread, unless the pointer has
    moved on. Of several explorers that fill, the newest goes first.

    Args:
        models: The models by the names that the page shows.
        text: The text.
        target: What is explained; see `connectivity`.
        measure: How, where a model has no measure of its own; see `connectivity`.
        tolerance: How far the fill's scores may be off; see `connectivity`. Hovered rows are exact.
        engine: What computes them; see `connectivity`.

    Attributes:
        text: The text that is read now.
        models: As given.
        target: What is explained now.
        facets: One for each model, in order.
        epoch: Grows by one with every refresh, every other target and every other text.
        on_rows: Called from the fill's thread when more rows are there to publish, with the epoch
            and whether all that will be filled are.
        on_answer: Called from the fill's thread when there is more of the rows at a position that
            was answered in part: with the epoch, the position and what `rows_at` would give.
        on_look: The same of a look.
        on_progress: Called from the fill's thread, a few times a second, with the epoch.

    Raises:
        TypeError, ValueError, FloatingPointError: As `connectivity` does.
    """

    def __init__(
        self,
        models: Mapping[str, SequenceModel],
        text: str,
        *,
        target: Target = TRUTH,
        measure: Named | None = None,
        tolerance: float = TOLERANCE,
        engine: EngineName = "auto",
    ) -> None:
        self.models = dict(models)
        self.target: CheckedTarget = as_target(target)
        self._measure, self._tolerance, self._engine = measure, tolerance, engine
        self.on_answer: Callable[[int, int, Answer], None] = lambda *_: None
        self.on_look: Callable[[Look], None] = lambda *_: None
        # Held while weights, target or text change: of two that change, the later sees the earlier.
        self._changing = threading.RLock()
        super().__init__(text, self._make_facets)

    def _make_facets(self) -> list[KeptRows]:
        return self._facets_by({name: model.snapshot() for name, model in self.models.items()})

    def _facets_by(self, models: Mapping[str, SequenceModel]) -> list[KeptRows]:
        limit = KEPT_LIMIT // len(models)
        return [KeptRows(name, self._read(one, self.text), limit) for name, one in models.items()]

    def _read(self, model: SequenceModel, text: str) -> Reading:
        return Reading(
            model,
            text,
            self.target,
            self._measure,
            tolerance=self._tolerance,
            engine=self._engine,
        )

    @property
    def snapshots(self) -> dict[str, SequenceModel]:
        """The models with the weights that are shown: those of the start or the last `refresh`."""
        facets = self._open()
        readings = [(facet.name, facet.reading) for facet in facets]
        return {name: each.model for name, each in readings if isinstance(each, Reading)}

    @property
    def editable(self) -> bool:
        """Whether the models could read another text: there are some, and targets for any text."""
        return bool(self.models) and not isinstance(self.target, list)

    @property
    def measure(self) -> str:
        """The measure of all models that have none of their own, by name."""
        first = self._open()[0].facet.measure
        return measure_for(self.target, self._measure).name if self.models else first.name

    def rows_at(self, position: int) -> Answer:
        """For each facet its output at a character, and that output's row or what went wrong.

        Once a fill was begun a row that takes long may come in part; `on_answer` tells more of it.
        """
        self._focus = position
        self._wanted = None
        looking = self._looking
        if looking is not None and looking.position != position:
            self._looking = None
        asked = rows_of(self.epoch, position, self.facets, self._tell_answer)
        answer = self._within_patience(asked)
        if asked.in_part:
            # From here on the fill's thread goes on with it.
            self._wanted = asked
            self._start()
        return answer

    def look(self, position: int, target: Target, serial: int = 0) -> Look:
        """Explain another class at one character, for now: what is kept and filled stays.

        A row that takes long may come in part, as in `rows_at`; `on_look` tells more of it, until
        something else is looked at.

        Args:
            position: A character.
            target: What to explain there, not a list. The measure is the explorer's own if one
                was named, else what the target asks for.
            serial: Comes back with the look.

        Raises:
            TypeError, ValueError: If that is no target, or there is no such character.
        """
        facets = self._open_at(position)
        meant = as_target(target)
        if isinstance(meant, list):
            raise TypeError("a look explains one target at one character, not a list of them")
        self._looking = None
        if not any(isinstance(facet.reading, Reading) for facet in facets):
            raise ValueError(READY_MADE)
        looking = PendingPreview(
            self.epoch,
            position,
            facets,
            target=meant,
            measure=self._measure,
            serial=serial,
            tell=self._tell_look,
        )
        self._within_patience(looking)
        look = looking.look
        if looking.in_part:
            self._looking = looking
            self._start()
        return look

    def look_away(self) -> None:
        """Nothing is looked at any more."""
        self._looking = None

    def likeliest(self, position: int, prefix: str, most: int) -> list[tuple[str, list[float]]]:
        """The classes of all models whose names begin so, by their probability at a character.

        The number of a model that gives one stands for a probability.

        Returns:
            Names with each model's probability, the likeliest by any of them first.
        """
        found = []
        for rows in self._open_at(position):
            reading, facet = rows.reading, rows.facet
            if not isinstance(reading, Reading):
                return []
            s = facet.tokens.at(position)
            found.append(dict(reading.likeliest(s, prefix, len(facet.classes))))
        common = [name for name in found[0] if all(name in each for each in found)]
        odds = [(name, [each[name] for each in found]) for name in common]
        return sorted(odds, key=lambda each: -max(each[1]))[:most]

    def strips(self, position: int) -> list[Strip | Failure]:
        """For each facet the probabilities of all classes at a character, or what went wrong."""
        found: list[Strip | Failure] = []
        # The fill waits meanwhile, as for a hover.
        with TURNS.hover():
            for rows in self.facets:
                reading, facet = rows.reading, rows.facet
                if not isinstance(reading, Reading):
                    found.append(Failure(_NO_ODDS))
                    continue
                if facet.unit is not None:
                    found.append(Failure(_NUMBER))
                    continue
                try:
                    odds = reading.odds(facet.tokens.at(position))
                    found.append(strip_of(odds, facet.classes))
                except Exception as error:  # noqa: BLE001 - a model may raise anything
                    found.append(Failure(in_words(error)))
        return found

    def _within_patience(self, asked: PendingRows) -> Answer:
        with TURNS.hover():
            late = time.monotonic() + _ANSWER_WITHIN
            asked.advance()
            while asked.in_part and not (self._displayed and time.monotonic() > late):
                asked.advance()
        return asked.answer

    def _tell_answer(self, asked: PendingRows) -> None:
        self.on_answer(asked.epoch, asked.position, asked.answer)

    def _tell_look(self, look: Look) -> None:
        self.on_look(look)

    def picture(self, position: int, options: DrawOptions = DEFAULT_OPTIONS) -> Picture:
        """What the page draws at a character, every row whole; hovers and the fill go on as before.

        Raises:
            ValueError: If there is no such character.
            RuntimeError: If the explorer was closed.
        """
        facets = self._open_at(position)
        asked = rows_of(self.epoch, position, facets, lambda _: None)
        with TURNS.hover():
            asked.advance()
            while asked.in_part:
                asked.advance()
        return picture_of(position, [each.facet for each in facets], asked.rows, options)

    def connectivity(self) -> list[Connectivity]:
        """All scores of each model: the rows that are there when all are, else computed anew.

        Raises:
            FloatingPointError: If a score is not finite.
            RuntimeError: If the explorer was closed.
        """
        return [facet.connectivity() for facet in self._open()]

    def connectivity_of(self, name: str | None = None) -> Connectivity:
        """All scores of one model; see `connectivity`.

        Args:
            name: The model; may be left out where there is one.

        Raises:
            ValueError: If there is no such model, or several and none is named.
            FloatingPointError, RuntimeError: As `connectivity`.
        """
        facets = self._open()
        found = [facet for facet in facets if facet.name == name]
        if name is None and len(facets) == 1:
            found = facets
        if not found:
            known = ", ".join(repr(facet.name) for facet in facets)
            raise ValueError(f"name one of the models: {known}; got {name!r}")
        return found[0].connectivity()

    def _open(self) -> list[KeptRows]:
        if not self.facets:
            raise RuntimeError(
                "this explorer was closed and has no rows any more; make a new one with rv.explore"
            )
        return self.facets

    def _open_at(self, position: int) -> list[KeptRows]:
        facets = self._open()
        # Not the explorer's own text, which may be another by now.
        check_position(position, facets[0].facet.tokens.text)
        return facets

    def _renew(self) -> None:
        super()._renew()
        self._changing = threading.RLock()

    def close(self) -> None:
        """Stop the fill and let go of rows and models."""
        super().close()
        self.models = {}

    def refresh(self) -> None:
        """Read the text anew with the models' weights as they are now.

        All of it is done before anything changes: the models are renewed, then the text is read.
        Until then, and where a model or its module was refreshed elsewhere, rows, other targets,
        measures and texts are of the weights that are shown.

        Raises:
            RuntimeError, FloatingPointError: If a model fails; what was there stays, weights too.
        """
        with self._changing:
            self._open()
            snapshots, take = renewed(self.models)
            facets = self._facets_by(snapshots)
            take()
            self._displayed = False
            self._begin_anew(facets, self.text)

    def read(self, text: str) -> None:
        """Read another text, by all models or by none, with the same weights and target.

        A new epoch begins: the rows there were belong to the text before.

        Args:
            text: The text.

        Raises:
            TypeError: If it is no text.
            UnknownSymbolError: If models do not know something in it; the message names them.
            ValueError: If it is empty or a model can't make tokens of it, the targets are a list,
                or the rows are ready-made.
            RuntimeError, FloatingPointError: If a model fails, which the message names, or the
                explorer was closed. Whatever is raised, all stays as it was.
        """
        with self._changing:
            self.prepare(text)()

    def prepare(self, text: str) -> Callable[[], None]:
        """Read another text and go on showing this one until what is returned is called.

        Raises:
            TypeError, ValueError, RuntimeError, FloatingPointError: See `read`.
        """
        with self._changing:
            epoch, facets = self.epoch, self._facets_of(text)

        def begin() -> None:
            with self._changing:
                self._open()
                # Where weights or target have changed since, what was read is out of date.
                now = facets if epoch == self.epoch else self._facets_of(text)
                self._begin_anew(now, text)

        return begin

    def _facets_of(self, text: str) -> list[KeptRows]:
        limit = KEPT_LIMIT // len(self._open())
        if isinstance(self.target, list):
            raise ValueError(_ONE_BY_ONE)  # noqa: TRY004 - the list is one, the text does not fit
        # As while a hover is answered: the fills keep still.
        with TURNS.hover():
            readings = read_by_all(self.snapshots, text, self._read)
        return [KeptRows(name, reading, limit) for name, reading in readings.items()]

    def check(self, target: Target) -> None:
        """Refuse what not every model can explain.

        Raises:
            TypeError: If it is no target.
            ValueError: If it does not fit a model, which the message names.
        """
        meant = as_target(target)
        for facet in self._open():
            with named(facet.name):
                reading = facet.reading
                if not isinstance(reading, Reading):
                    raise ValueError(READY_MADE)  # noqa: TRY004 - not of the target's type
                check_classes(meant, reading.model.classes)
                if isinstance(meant, list) and len(meant) != len(reading):
                    raise ValueError(
                        f"a list of targets needs one for each token: {len(reading)} expected, "
                        f"{len(meant)} came"
                    )

    def explain(self, target: Target) -> None:
        """Explain something else, in all models or in none; the text is not read again.

        A new epoch begins: the rows there were explain what was. The measure is the one that was
        named, else what the target asks for.

        Raises:
            TypeError: If it is no target.
            ValueError: If it does not fit a model, which the message names; all stays as it was.
            RuntimeError: If the explorer was closed.
        """
        with self._changing:
            meant = as_target(target)
            self.check(meant)
            facets = self._explaining(meant, self._measure)
            self.target = meant
            self._begin_anew(facets, self.text)

    def _explaining(self, target: CheckedTarget, measure: Named | None) -> list[KeptRows]:
        """The same readings with something else explained, or by another measure."""
        limit, facets = KEPT_LIMIT // len(self._open()), []
        for facet in self._open():
            if isinstance(facet.reading, Reading):
                reading = facet.reading.explaining(target, measure)
                facets.append(KeptRows(facet.name, reading, limit))
        return facets

    def prepare_measure(self, measure: Named) -> Callable[[], None]:
        """Measure otherwise, by all models or by none, once what is returned is called.

        The text is not read again, and models that have a measure of their own keep it. A new
        epoch begins then.

        Raises:
            ValueError, ImportError: If there is no such measure, or it can't serve a model, which
                the message names; or rows are ready-made.
            RuntimeError: If the explorer was closed.
        """
        with self._changing:
            self._open()
            if not self.models:
                raise ValueError(READY_MADE)
            any_measure(measure)
            epoch, facets = self.epoch, self._measured(measure)

        def begin() -> None:
            with self._changing:
                self._open()
                now = facets if epoch == self.epoch else self._measured(measure)
                self._measure = measure
                self._begin_anew(now, self.text)

        return begin

    def _measured(self, measure: Named) -> list[KeptRows]:
        # As while a hover is answered: the fills keep still.
        with TURNS.hover():
            return self._explaining(self.target, measure)

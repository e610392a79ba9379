"""What is done with each copy of the weights: stored, measured, shown; and what is said of it."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from typing import Any, Protocol

from rnnviz_widget.explorer import Explorer
from rnnviz_widget.scene.training_curves import CurvePoint, TrainingCurves

from .checkpoint_folder import TrainingCheckpoint
from .checkpoint_writer import CheckpointWriter, difference
from .copied_weights import CopiedWeights, not_finite, shapes_of
from .measure_checkpoint import CheckpointMeasuring, Figures
from .newest_source import NewestCheckpointSource
from .seen_losses import SeenLosses, mean_of
from .time_budget import TimeBudget

# How many seconds are between two updates of the page, and how many checkpoints it draws.
_TELL_EVERY = 2.0
_MOST_POINTS = 400
# By the names of the page what is drawn of a checkpoint's figures.
_DRAWN = {
    "reach": "reach",
    "effective": "effective characters",
    "before": "share before the word",
    "check": "check",
}


class ShowsNewest(Protocol):
    """The widget that shows the newest checkpoint."""

    def refresh(self) -> None:
        """Show the weights that the source has now."""
        ...


class DrawsCurves(Protocol):
    """The widget that draws the curves."""

    def show(self, curves: TrainingCurves) -> None:
        """Draw other curves."""
        ...


class CheckpointWork:
    """Stores, measures and shows copies of weights; what goes wrong is said, and raised nowhere.

    Args:
        writer: Where checkpoints are stored.
        tensors: The shape and type of each of the module's tensors.
        measuring: Measures them.
        source: What the explorer shows.
        explorer: The explorer, and the widget that shows it.
        picture: The widget of the explorer.
        curves: The widget of the curves.
        losses: The losses that were seen.
        budget: How much time may be spent, for what is said.

    Attributes:
        notes: What went wrong, in words, by what it is about.
        step: The newest step of the training.
        shown: The step whose picture is shown.
    """

    def __init__(
        self,
        *,
        writer: CheckpointWriter,
        tensors: Mapping[str, Any],
        measuring: CheckpointMeasuring,
        source: NewestCheckpointSource,
        explorer: Explorer,
        picture: ShowsNewest,
        curves: DrawsCurves,
        losses: SeenLosses,
        budget: TimeBudget,
    ) -> None:
        self.writer, self._tensors, self._measuring = writer, tensors, measuring
        self._source, self._explorer, self._picture = source, explorer, picture
        self._curves, self._losses, self._budget = curves, losses, budget
        self.notes: dict[str, str] = {}
        known = writer.folder.checkpoints
        self.step = self.shown = known[-1].step if known else 0
        self._reported_at = 0.0
        if writer.folder.warnings:
            self.notes["folder"] = " ".join(writer.folder.warnings)

    def steps(self, copied: CopiedWeights) -> Generator[None, None, None]:
        """Work on a copy, in short steps."""
        try:
            yield from self._steps(copied)
        except Exception as error:  # noqa: BLE001 - a module may raise anything; the training goes on
            self.notes["measure"] = (
                f"Step {copied.step:,} could not be measured: {type(error).__name__}: {error}."
            )
        self.tell()

    def _steps(self, copied: CopiedWeights) -> Generator[None, None, None]:
        tensors = copied.on_cpu()
        yield
        words = difference(self._tensors, shapes_of(tensors))
        if words:
            self.notes["shape"] = (
                f"The module has another shape since step {copied.step:,}: {words}. Its "
                "checkpoints can't stand beside the others, so that none is taken; make a new "
                "rv.watch of it."
            )
            return
        self.notes.pop("shape", None)
        bad = not_finite(tensors)
        yield
        self._losses.read()
        made = self._store(copied, tensors)
        yield
        if bad:
            self.notes.setdefault(
                "finite",
                f"At step {copied.step:,} {bad}. The picture is that of step {self.shown:,}.",
            )
            return
        measured = yield from self._measuring.measure(tensors, self._explorer.changes.now)
        self._note(made, measured.figures)
        yield
        self._source.newest = measured
        self._picture.refresh()
        self.shown = copied.step
        for kind in ("measure", "finite"):
            self.notes.pop(kind, None)

    def _store(self, copied: CopiedWeights, tensors: Mapping[str, Any]) -> TrainingCheckpoint:
        losses = self._losses.since_checkpoint()
        try:
            made = self.writer.add(
                tensors,
                step=copied.step,
                loss=mean_of(losses or self._losses.points[-1:]),
                losses=losses,
                when=copied.when,
            )
        except OSError as error:
            self._not_stored(copied.step, error)
            made = self.writer.folder.checkpoints[-1]
        else:
            self.notes.pop("disk", None)
        return made

    def _note(self, made: TrainingCheckpoint, figures: Figures) -> None:
        try:
            self.writer.note(made.number, figures)
        except OSError as error:
            self._not_stored(made.step, error)

    def _not_stored(self, step: int, error: OSError) -> None:
        self.notes["disk"] = f"Step {step:,} is not stored in full: {error}. The training goes on."

    def idle(self) -> None:
        """Tell the page what is new, unless it was told just before."""
        if time.monotonic() - self._reported_at > _TELL_EVERY:
            self.tell()

    def tell(self) -> None:
        """Tell the page what is new."""
        self._reported_at = time.monotonic()
        self._losses.read()
        if self._losses.not_finite is not None:
            words = f"The loss was NaN or infinite at step {self._losses.not_finite:,}."
            self.notes.setdefault("loss", words)
        self._curves.show(self.curves())

    def curves(self) -> TrainingCurves:
        """What is drawn."""
        known = self.writer.folder.checkpoints
        points = _some(known)
        losses = self._losses.points
        return TrainingCurves(
            name=self._measuring.model.name,
            step=self.step,
            shown=self.shown,
            loss_steps=[step for step, _ in losses],
            losses=[loss for _, loss in losses],
            points=[_point(one) for one in points],
            kept=len(known),
            state=self._state(),
            notes=list(self.notes.values()),
        )

    def _state(self) -> str:
        if self._budget.running:
            share, most = 100 * self._budget.spent_share, 100 * self._budget.share
            return f"watching takes {share:.1f} % of the loop's time, of {most:.3g} % at most"
        return "the loop is not running"


def _some(points: list[TrainingCheckpoint]) -> list[TrainingCheckpoint]:
    """At most so many as are drawn, evenly, the newest among them."""
    apart = -(-len(points) // _MOST_POINTS)
    return points[:: -max(1, apart)][::-1]


def _point(one: TrainingCheckpoint) -> CurvePoint:
    figures = {key: one.figures.get(name) for key, name in _DRAWN.items()}
    return CurvePoint(step=one.step, loss=one.loss, **figures)

"""The watch of a training: what the training's loop calls, and what is shown of it."""

from __future__ import annotations

import numbers
import time
from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from rnnviz_widget.widget import ExplorerWidget
from rnnviz_widget.widget.training_curves import (
    TrainingCurvesWidget,
    after_each_cell,
    show_stacked,
)

from . import callbacks
from .background_measuring import BackgroundMeasuring
from .checkpoint_folder import CheckpointFolder, TrainingCheckpoint
from .checkpoint_work import CheckpointWork
from .copied_weights import CopiedWeights
from .measure_checkpoint import FIGURES
from .seen_losses import SeenLosses
from .time_budget import TimeBudget


class TrainingWatch:
    """Follows a training; made by `rv.watch`. In a notebook it shows the curves and the picture.

    Attributes:
        explorer: The picture of the newest checkpoint that was measured, as `rv.explore` shows it.
        curves: The curves.
        steps: How many steps were taken, or the number of the last one.
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        work: CheckpointWork,
        losses: SeenLosses,
        budget: TimeBudget,
        explorer: ExplorerWidget,
        curves: TrainingCurvesWidget,
        every: float,
    ) -> None:
        self.explorer, self.curves = explorer, curves
        self._module, self._work, self._losses, self._budget = module, work, losses, budget
        self._every = every
        self._background = BackgroundMeasuring(work.steps, work.idle, budget)
        self.steps = self._copied = work.step
        self._due = time.perf_counter() + every
        after_each_cell(self._loop_ended)

    def step(self, loss: float | Tensor | None = None, *, step: int | None = None) -> None:
        """Say that a step of the training is done; call it after `optimizer.step()`.

        Now and then it copies the weights, which are measured in the background. What goes wrong
        there is said in the widget and never raised here.

        Args:
            loss: The step's loss, a number or a tensor with one; on a GPU it is not waited for.
            step: The step's number; default: one more than the last.

        Raises:
            TypeError: If `loss` is no number.
        """
        budget = self._budget
        start = budget.begin_step()
        self.steps = self.steps + 1 if step is None else step
        self._work.step = self.steps
        if loss is not None:
            self.loss(loss)
        if start >= self._due and not self._background.busy and budget.debt <= 0:
            self._copy()
        budget.end_step(start)

    def loss(self, loss: float | Tensor, *, step: int | None = None) -> None:
        """Note a loss, where it is known later than `step` is called.

        Args:
            loss: A number, or a tensor with one.
            step: The step that it belongs to; default: the last one.

        Raises:
            TypeError: If it is no number.
        """
        given: Any = loss
        one = isinstance(given, Tensor) and given.numel() == 1
        if not one and not isinstance(given, numbers.Real):
            raise TypeError(
                "loss must be a number, or a tensor with one, such as what cross_entropy returns; "
                f"got {loss!r:.80}"
            )
        self._losses.take(self.steps if step is None else step, loss, time.perf_counter())

    def finish(self, timeout: float | None = None) -> bool:
        """Say that the loop has ended: the last weights are copied, and measured without a budget.

        After each cell of a notebook, also an interrupted one, that is done without waiting.

        Args:
            timeout: How many seconds to wait until they are measured; None: as long as it takes.

        Returns:
            Whether they are measured.
        """
        self._loop_ended()
        done = self._background.join(timeout)
        self._work.tell()
        return done

    def _loop_ended(self) -> None:
        if not self._budget.running:
            return
        self._budget.end()
        if self._copied != self.steps:
            self._copy()
        self._background.wake()

    def _copy(self) -> None:
        self._due = time.perf_counter() + self._every
        if self._background.stopped:
            return
        try:
            copied = CopiedWeights.of(self._module, self.steps, time.time())
        except Exception as error:  # noqa: BLE001 - whatever it is, the training goes on
            self._work.notes["copy"] = (
                f"The weights of step {self.steps:,} could not be copied: {error}."
            )
            return
        self._copied = self.steps
        self._background.offer(copied)

    @property
    def folder(self) -> CheckpointFolder:
        """The folder of the checkpoints."""
        return self._work.writer.folder

    @property
    def checkpoints(self) -> Sequence[TrainingCheckpoint]:
        """All checkpoints in order, with what was measured."""
        return tuple(self.folder.checkpoints)

    @property
    def notes(self) -> list[str]:
        """What went wrong, in words, as the widget says it."""
        return list(self._work.notes.values())

    @property
    def share(self) -> float:
        """The share of the loop's time that watching has taken so far, as measured."""
        return self._budget.spent_share

    def weights(self, number: int = -1) -> dict[str, Tensor]:
        """The weights of a checkpoint, for `module.load_state_dict`.

        They are rounded to half precision. The state of the optimizer is not kept. See
        `CheckpointFolder.weights` for arguments and errors.
        """
        return self.folder.weights(number)

    def table(self) -> dict[str, list[Any]]:
        """The checkpoints as columns, for instance for `pandas.DataFrame`."""
        known = self.checkpoints
        return {
            "step": [one.step for one in known],
            "loss": [one.loss for one in known],
            **{name: [one.figures.get(name) for one in known] for name in FIGURES},
        }

    def close(self) -> None:
        """Stop watching and close the widgets; the folder stays."""
        self._background.stop()
        self._background.join(5)
        self._work.writer.close()
        self.explorer.close()
        self.curves.close()

    lightning_callback = callbacks.lightning_callback
    transformers_callback = callbacks.transformers_callback
    skorch_callback = callbacks.skorch_callback
    attach_to_ignite = callbacks.attach_to_ignite

    def __repr__(self) -> str:
        shown = f"step {self._work.shown:,} shown" if self.folder.checkpoints else "no checkpoint"
        return f"TrainingWatch({self.steps:,} steps, {len(self.folder):,} checkpoints, {shown})"

    def _ipython_display_(self, **_: Any) -> None:
        self._work.tell()
        show_stacked(self.curves, self.explorer)

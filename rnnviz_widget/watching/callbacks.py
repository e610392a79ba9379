"""Callbacks with which training frameworks tell a watch of their steps.

None of the frameworks is imported before its callback is made.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from torch import Tensor

if TYPE_CHECKING:
    from .training_watch import TrainingWatch


def lightning_callback(watch: TrainingWatch) -> Any:
    """A callback for Lightning: `Trainer(callbacks=[watch.lightning_callback()])`.

    Of `lightning` or `pytorch_lightning`, whichever is imported. It counts steps of the optimizer,
    and only in the process of rank 0.

    Raises:
        ImportError: If neither is installed.
    """
    if "lightning.pytorch" in sys.modules or "pytorch_lightning" not in sys.modules:
        try:
            from lightning.pytorch import Callback  # type: ignore[import-not-found,unused-ignore]
        except ModuleNotFoundError:
            from pytorch_lightning import Callback  # type: ignore[import-not-found,unused-ignore]
    else:
        from pytorch_lightning import Callback  # type: ignore[import-not-found,unused-ignore]

    class WatchingCallback(Callback):  # type: ignore[misc,unused-ignore]
        def on_train_batch_end(self, trainer: Any, _: Any, outputs: Any, *__: Any) -> None:
            if trainer.is_global_zero and trainer.global_step != watch.steps:
                loss = outputs["loss"] if isinstance(outputs, dict) else outputs
                watch.step(loss, step=trainer.global_step)

        def on_train_end(self, trainer: Any, _: Any) -> None:
            if trainer.is_global_zero:
                watch.finish()

    return WatchingCallback()


def transformers_callback(watch: TrainingWatch) -> Any:
    """A callback for the Trainer of transformers: `Trainer(callbacks=[...])`.

    The Trainer tells losses when it logs them: every `logging_steps`.

    Raises:
        ImportError: If transformers is not installed.
    """
    from transformers import TrainerCallback  # noqa: PLC0415

    class WatchingTrainerCallback(TrainerCallback):
        def on_step_end(self, _: Any, state: Any, __: Any, **___: Any) -> None:
            if state.is_world_process_zero:
                watch.step(step=state.global_step)

        def on_log(
            self, _: Any, state: Any, __: Any, logs: Any = None, **___: Any
        ) -> None:
            if state.is_world_process_zero and logs and "loss" in logs:
                watch.loss(logs["loss"], step=state.global_step)

        def on_train_end(self, _: Any, state: Any, __: Any, **___: Any) -> None:
            if state.is_world_process_zero:
                watch.finish()

    return WatchingTrainerCallback()


def skorch_callback(watch: TrainingWatch) -> Any:
    """A callback for skorch: `NeuralNet(..., callbacks=[watch.skorch_callback()])`.

    The watch follows a module that skorch is given as an instance, and does not copy.

    Raises:
        ImportError: If skorch is not installed.
    """
    from skorch.callbacks import Callback  # noqa: PLC0415

    class WatchingSkorchCallback(Callback):  # type: ignore[misc,unused-ignore]
        def on_batch_end(self, _: Any, training: bool = False, **given: Any) -> None:
            if training:
                watch.step(given.get("loss"))

        def on_train_end(self, *_: Any, **__: Any) -> None:
            watch.finish()

    return WatchingSkorchCallback()


def attach_to_ignite(
    watch: TrainingWatch, trainer: Any, loss: Any = None
) -> None:
    """Follow a trainer of Ignite.

    Args:
        watch: The watch.
        trainer: The `ignite.engine.Engine` that trains.
        loss: Makes the loss of `engine.state.output`; default: the output itself, if it is a number.

    Raises:
        ImportError: If ignite is not installed.
    """
    from ignite.engine import Events  # noqa: PLC0415

    def step(engine: Any) -> None:
        found = engine.state.output if loss is None else loss(engine.state.output)
        number = isinstance(found, (int, float)) or (
            isinstance(found, Tensor) and found.numel() == 1
        )
        watch.step(found if number else None, step=engine.state.iteration)

    def finish(_: Any) -> None:
        watch.finish()

    trainer.add_event_handler(Events.ITERATION_COMPLETED, step)
    trainer.add_event_handler(Events.COMPLETED, finish)

"""Callbacks with which training frameworks tell a watch of their steps.

None of the frameworks is imported before its callback is made.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
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
    names = ("lightning.pytorch", "pytorch_lightning")
    name = next((name for name in names if name in sys.modules), names[0])
    try:
        base: Any = importlib.import_module(name).Callback
    except ModuleNotFoundError:
        base = importlib.import_module(names[1]).Callback

    class LightningCallback(base):  # type: ignore[misc]
        def on_train_batch_end(self, trainer: Any, _: Any, outputs: Any, *__: Any) -> None:
            if trainer.is_global_zero and trainer.global_step != watch.steps:
                loss = outputs["loss"] if isinstance(outputs, dict) else outputs
                watch.step(loss, step=trainer.global_step)

        def on_train_end(self, trainer: Any, _: Any) -> None:
            if trainer.is_global_zero:
                watch.finish()

    return LightningCallback()


def transformers_callback(watch: TrainingWatch) -> Any:
    """A callback for transformers: `Trainer(callbacks=[watch.transformers_callback()])`.

    The Trainer tells losses when it logs them: every `logging_steps`.

    Raises:
        ImportError: If transformers is not installed.
    """
    base: Any = importlib.import_module("transformers").TrainerCallback

    class TransformersCallback(base):  # type: ignore[misc]
        def on_step_end(self, _: Any, state: Any, *__: Any, **___: Any) -> None:
            if state.is_world_process_zero:
                watch.step(step=state.global_step)

        def on_log(self, _: Any, state: Any, *__: Any, logs: Any = None, **___: Any) -> None:
            if state.is_world_process_zero and logs and "loss" in logs:
                watch.loss(logs["loss"], step=state.global_step)

        def on_train_end(self, _: Any, state: Any, *__: Any, **___: Any) -> None:
            if state.is_world_process_zero:
                watch.finish()

    return TransformersCallback()


def skorch_callback(watch: TrainingWatch) -> Any:
    """A callback for skorch: `NeuralNet(module, callbacks=[watch.skorch_callback()])`.

    Give skorch the module itself, an instance, so that it trains the one that is watched.

    Raises:
        ImportError: If skorch is not installed.
    """
    base: Any = importlib.import_module("skorch.callbacks").Callback

    class SkorchCallback(base):  # type: ignore[misc]
        def on_batch_end(self, _: Any, *, training: bool = False, **given: Any) -> None:
            if training:
                watch.step(given.get("loss"))

        def on_train_end(self, *_: Any, **__: Any) -> None:
            watch.finish()

    return SkorchCallback()


def attach_to_ignite(
    watch: TrainingWatch, trainer: Any, loss: Callable[[Any], float | Tensor] | None = None
) -> None:
    """Follow a trainer of Ignite.

    Args:
        watch: The watch.
        trainer: The `ignite.engine.Engine` that trains.
        loss: Finds the loss in `engine.state.output`; default: the output is the loss, if it is a
            number.

    Raises:
        ImportError: If ignite is not installed.
    """
    events = importlib.import_module("ignite.engine").Events

    def step(engine: Any) -> None:
        found = engine.state.output if loss is None else loss(engine.state.output)
        one = isinstance(found, Tensor) and found.numel() == 1
        known = one or isinstance(found, (int, float))
        watch.step(found if known else None, step=engine.state.iteration)

    trainer.add_event_handler(events.ITERATION_COMPLETED, step)
    trainer.add_event_handler(events.COMPLETED, lambda _: watch.finish())

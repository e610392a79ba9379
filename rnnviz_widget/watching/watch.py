"""`rv.watch`: makes the watch of a training."""

from __future__ import annotations

import copy
import math
import os
import tempfile
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines import Named
from rnnviz_widget.explorer import Explorer, ModelSource
from rnnviz_widget.models import TRUTH, SequenceModel, Target, as_target
from rnnviz_widget.reading import Question
from rnnviz_widget.widget import ExplorerWidget
from rnnviz_widget.widget.training_curves import TrainingCurvesWidget

from .checkpoint_folder import CheckpointFolder, TrainingCheckpoint
from .checkpoint_work import CheckpointWork
from .checkpoint_writer import CheckpointWriter, difference
from .copied_weights import CopiedWeights, shapes_of
from .measure_checkpoint import CheckpointMeasuring
from .newest_source import NewestCheckpointSource
from .seen_losses import SeenLosses
from .stored_weights import CheckpointError
from .time_budget import TimeBudget
from .training_watch import TrainingWatch

# Copied, on the CPU, as the base of deltas, the twin, and in the pictures before and after.
_COPIES = 6
# A longer text takes minutes at each checkpoint.
_MOST_TOKENS = 2000

_WATCHES: weakref.WeakValueDictionary[str, TrainingWatch] = weakref.WeakValueDictionary()


def watch(
    module: SequenceModel | nn.Module,
    text: str,
    *,
    folder: str | os.PathLike[str] | None = None,
    budget: float = 0.015,
    every: float = 1.0,
    disk: int = 10**9,
    memory: int = 4 * 10**9,
    device: str | torch.device = "cpu",
    target: Target = TRUTH,
    measure: Named | None = None,
    of: str | None = None,
    position: int | None = None,
    **model: Any,
) -> TrainingWatch:
    """Follow a training: its loss, reach, effective characters and a check, and the newest picture.

    Call `step(loss)` of what this returns after each step of your loop, or give a framework its
    callback. Weights are copied now and then, and stored and measured by a background thread.

    Args:
        module: The module that is trained, or a `SequenceModel` of it.
        text: The text that is read at each checkpoint, of at most 2,000 tokens.
        folder: Where checkpoints are kept. If it has some, the curves go on from them, with the
            newest in the picture. Default: a folder that is removed with the watch.
        budget: The share of the loop's time that watching may take: copying weights, and all
            seconds for which the background computes, times what steps lose for each of them. What
            a reader asks for in the page does not count.
        every: How many seconds are between two checkpoints at least.
        disk: The most bytes that weights may take in the folder. Beyond it weights are removed
            where checkpoints are closest; what was measured of them stays.
        memory: The most bytes that copies of the weights may take in memory, six of them.
        device: Where checkpoints are measured.
        target: What is explained; see `rv.explore`.
        measure: The measure; see `rv.explore`.
        of: Which number of the target is explained; see `rv.explore`.
        position: The character to start at; default: the last.
        model: The arguments of `SequenceModel`, such as `inputs`, if `module` is none.

    Returns:
        The watch; shown in a notebook it is a widget.

    Raises:
        TypeError: If `module` is no module, or its symbols are not given.
        ValueError: If an argument is out of range, the module can't be copied, the folder has
            checkpoints of another module or text, or text and model do not fit.
        BlockingIOError: If another process writes to the folder.
        OSError: If the folder can't be written.
    """
    _check(budget, every, disk, memory)
    given = _model_of(module, model)
    if len(given.tokens(text)) > _MOST_TOKENS:
        raise ValueError(
            f"the text has {len(given.tokens(text)):,} tokens, and a watched one has at most "
            f"{_MOST_TOKENS:,}, since all of its rows are computed at each checkpoint. Pass a part"
        )
    trained = given.network.options.original
    copied = CopiedWeights.of(trained, 0, time.time())
    tensors = shapes_of(copied.tensors)
    twin = _twin(given, copied.tensors, memory, device)
    path, temporary = _place(folder)
    writer = CheckpointWriter(path, {"text": text, "tensors": tensors}, disk)
    try:
        newest = _newest(writer.folder, twin)
        seen = given.snapshot(given.network.with_options(original=twin))
        question = Question(as_target(target), measure, of)
        time_budget = TimeBudget(budget)
        source = NewestCheckpointSource(ModelSource({seen.name: seen}, text, question))
        explorer = Explorer(source)
        at = len(text) - 1 if position is None else position
        picture = ExplorerWidget(explorer, position=at)
        # Packing all rows for the page takes as long as a piece of work.
        explorer.listener.on_rows = _counted(explorer.listener.on_rows, time_budget)
        curves = TrainingCurvesWidget()
        losses = SeenLosses(_losses(writer.folder.checkpoints))
        work = CheckpointWork(
            writer=writer,
            tensors=tensors,
            measuring=CheckpointMeasuring(seen, twin, text, question),
            source=source,
            explorer=explorer,
            picture=picture,
            curves=curves,
            losses=losses,
            budget=time_budget,
        )
        if newest is None:
            # Before the loop begins, so that its time is nobody's budget.
            for _ in work.steps(copied):
                pass
        else:
            work.shown = newest.step
            work.tell()
        made = TrainingWatch(
            trained,
            work=work,
            losses=losses,
            budget=time_budget,
            explorer=picture,
            curves=curves,
            every=every,
        )
    except BaseException:
        writer.close()
        raise
    if temporary is not None:
        weakref.finalize(made, temporary.cleanup)
    _WATCHES[os.path.realpath(path)] = made
    return made


def _counted(act: Callable[[int, bool], object], budget: TimeBudget) -> Callable[[int, bool], None]:
    def counted(epoch: int, complete: bool) -> None:
        with budget.piece():
            act(epoch, complete)

    return counted


def _check(budget: float, every: float, disk: int, memory: int) -> None:
    if not 0 < budget <= 1:
        raise ValueError(
            f"budget must be a share of the loop's time, such as 0.015; got {budget!r}"
        )
    if not 0 <= every < math.inf:
        raise ValueError(f"every must be a number of seconds, 0 or more; got {every!r}")
    for name, value in {"disk": disk, "memory": memory}.items():
        if value <= 0:
            raise ValueError(f"{name} must be a number of bytes above 0; got {value!r}")


def _model_of(module: SequenceModel | nn.Module, given: dict[str, Any]) -> SequenceModel:
    if isinstance(module, SequenceModel):
        if given:
            raise TypeError(
                f"{', '.join(given)}: arguments of a SequenceModel, and this is one already; leave "
                "them out"
            )
        return module
    if isinstance(module, nn.Module) and "inputs" not in given:
        raise TypeError(
            "say which symbols the module reads: rv.watch(module, text, inputs=...) with the "
            "arguments of rv.SequenceModel, or pass a SequenceModel"
        )
    return SequenceModel(module, given.pop("inputs", ""), given.pop("outputs", None), **given)


def _twin(
    given: SequenceModel,
    tensors: Mapping[str, Tensor],
    memory: int,
    device: str | torch.device,
) -> nn.Module:
    """A private copy of the module, into which the weights of each checkpoint are put."""
    size = sum(one.numel() * one.element_size() for one in tensors.values())
    if _COPIES * size > memory:
        raise ValueError(
            f"the weights take {size / 1e6:,.0f} MB, and watching holds up to {_COPIES} copies of "
            f"them, which is more than memory={memory:,} bytes; pass a larger memory="
        )
    own = given.network.module
    if own is given.network.options.original:
        raise ValueError(
            f"{type(own).__name__} can't be copied (copy.deepcopy fails), and watching needs a "
            "copy that the training does not change; see the notes of the model in rv.explore"
        )
    twin = copy.deepcopy(own).to(device)
    there = {name: one for name, one in twin.state_dict().items() if isinstance(one, Tensor)}
    words = difference(shapes_of(tensors), shapes_of(there))
    if words:
        raise ValueError(f"the module's copy has other weights: {words}")
    return twin


def _place(
    folder: str | os.PathLike[str] | None,
) -> tuple[Path, tempfile.TemporaryDirectory[str] | None]:
    """The folder; a watch of this process that writes to it already is closed."""
    if folder is None:
        temporary = tempfile.TemporaryDirectory(prefix="rnnviz-watch-", ignore_cleanup_errors=True)
        return Path(temporary.name), temporary
    before = _WATCHES.pop(os.path.realpath(folder), None)
    if before is not None:
        before.close()
    return Path(folder), None


def _newest(folder: CheckpointFolder, twin: nn.Module) -> TrainingCheckpoint | None:
    """Put the newest weights of a folder that can be read into the twin; None: there are none."""
    for number in reversed(range(len(folder))):
        if not folder.checkpoints[number].file:
            continue
        try:
            twin.load_state_dict(folder.weights(number), strict=False)
        except CheckpointError as error:
            folder.warnings.append(f"{error}; an older checkpoint is shown.")
            continue
        return folder.checkpoints[number]
    return None


def _losses(checkpoints: Sequence[TrainingCheckpoint]) -> list[tuple[int, float]]:
    return [point for one in checkpoints for point in one.losses]

"""Writes checkpoints into a folder, which one process at a time may do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from rnnviz_widget.evaluation.lock import lock_alone
from rnnviz_widget.files import append_whole, whole_file, write_whole

from .checkpoint_folder import ABOUT, KIND, LINES, CheckpointFolder, TrainingCheckpoint
from .copied_weights import not_finite
from .stored_weights import CheckpointError, StoredWeights

_LOCK = "writer.lock"


class CheckpointWriter:
    """Adds checkpoints to a folder, which is made if it is missing.

    Args:
        path: The folder.
        about: What is watched: "text", and "tensors", by name their shapes and types.
        limit: The most bytes that the files of weights may take. Beyond it weights are removed
            where checkpoints are closest in time; what was measured of them stays.

    Attributes:
        folder: The folder, with what was added.
        size: The bytes that the files of weights take.

    Raises:
        ValueError: If the folder has checkpoints of another text or of other shapes.
        BlockingIOError: If another process writes to it.
        OSError: If it can't be written.
    """

    def __init__(self, path: Path, about: Mapping[str, Any], limit: int) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._lock = (path / _LOCK).open("a+b")
        try:
            lock_alone(self._lock, "training")
            self.folder = CheckpointFolder(path)
            self._check(about)
        except BaseException:
            self._lock.close()
            raise
        self._limit = limit
        self._base: tuple[str, Mapping[str, Tensor]] | None = None
        self._sizes = {
            one.file: (path / one.file).stat().st_size
            for one in self.folder.checkpoints
            if one.file
        }
        # The base of each file, "" if it has none; of an earlier run's found when room is needed.
        self._bases: dict[str, str] = {}

    def close(self) -> None:
        """Let others write."""
        self._lock.close()

    @property
    def size(self) -> int:
        """The bytes that the files of weights take."""
        return sum(self._sizes.values())

    def _check(self, about: Mapping[str, Any]) -> None:
        known, path = self.folder.about, self.folder.path
        if not known:
            write_whole(path / ABOUT, json.dumps({"kind": KIND, **about}, indent=1) + "\n")
            return
        if known.get("text") != about["text"]:
            raise ValueError(
                f"{path} has the checkpoints of a training that was watched on another text, "
                f"{known.get('text')!r:.80}. Pass that text, or another folder"
            )
        words = difference(known.get("tensors", {}), about["tensors"])
        if words:
            raise ValueError(
                f"{path} has the checkpoints of another module: {words}. Pass another folder"
            )

    def add(
        self,
        weights: Mapping[str, Tensor] | None,
        *,
        step: int,
        loss: float | None,
        losses: Sequence[tuple[int, float]],
        when: float,
    ) -> TrainingCheckpoint:
        """Add a checkpoint; its number follows the last one's.

        Args:
            weights: The module's tensors, on the CPU; None: only what is known is written.
            step: The step of the training.
            loss: The mean loss since the checkpoint before.
            losses: Steps and losses since then.
            when: When it was taken.

        Raises:
            OSError: If something could not be written; the checkpoint is then kept in memory, with
                the weights if those were written.
        """
        known = self.folder.checkpoints
        number = known[-1].number + 1 if known else 0
        made = TrainingCheckpoint(number, step, loss, when, losses)
        known.append(made)
        if weights is not None:
            file = f"{number:08d}-step-{step}.safetensors"
            self._write(file, StoredWeights.of(weights, step, self._base))
            known[-1] = replace(made, file=file)
        append_whole(self.folder.path / LINES, made.as_line())
        self._make_room()
        return known[-1]

    def note(self, number: int, figures: Mapping[str, float | None]) -> None:
        """Write what was measured of a checkpoint.

        Raises:
            OSError: If it could not be written; it is kept in memory.
        """
        known = self.folder.checkpoints
        place = next(n for n in reversed(range(len(known))) if known[n].number == number)
        known[place] = replace(known[place], figures=dict(figures))
        line = json.dumps({"number": number, "figures": dict(figures)}) + "\n"
        append_whole(self.folder.path / LINES, line)

    def _write(self, file: str, stored: StoredWeights) -> None:
        content = stored.to_bytes()
        with whole_file(self.folder.path / file, alone=True) as opened:
            opened.write(content)
        self._sizes[file], self._bases[file] = len(content), stored.base
        if not stored.base:
            decoded = stored.decoded()
            if not not_finite(decoded):
                self._base = file, decoded

    def _make_room(self) -> None:
        """Remove weights, while they take too much, where checkpoints are closest in time."""
        known = self.folder.checkpoints
        while self.size > self._limit:
            there = [place for place, one in enumerate(known) if one.file]
            needed = {self._base_of(known[place].file) for place in there}
            if self._base is not None:
                needed.add(self._base[0])
            free = [n for n in range(1, len(there) - 1) if known[there[n]].file not in needed]
            if not free:
                return
            gap = {n: known[there[n + 1]].number - known[there[n - 1]].number for n in free}
            place = there[min(free, key=lambda n: (gap[n], n))]
            file = known[place].file
            (self.folder.path / file).unlink(missing_ok=True)
            self._sizes.pop(file, None)
            self._bases.pop(file, None)
            known[place] = replace(known[place], file="")

    def _base_of(self, file: str) -> str:
        if file not in self._bases:
            try:
                self._bases[file] = self.folder.stored(file).base
            except CheckpointError:
                self._bases[file] = ""
        return self._bases[file]


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """In words the first tensor that is not what it was; "" if all are."""
    for name in [*before, *now]:
        one, other = before.get(name), now.get(name)
        if one != other:
            was = "was not there" if one is None else f"was {_said(one)}"
            return f"{name} {was}, and {'is gone' if other is None else f'is {_said(other)}'}"
    return ""


def _said(tensor: Sequence[Any]) -> str:
    shape, dtype = tensor
    return f"({', '.join(map(str, shape))}) of {dtype}"

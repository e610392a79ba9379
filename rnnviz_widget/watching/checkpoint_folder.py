"""A folder of checkpoints: what is known of each, read at once; weights, read when asked for.

    watch.json                        the text, and the names, shapes and types of the tensors
    checkpoints.jsonl                 a line for each checkpoint, and one more when it is measured
    00000012-step-340.safetensors     the weights of number 12; see `stored_weights`

Numbers count from 0. Steps are those of the training, and may begin anew if that does. Nothing is
read of the files of weights until `weights` is called. What is damaged is named in `warnings` and
left out.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from .stored_weights import CheckpointError, StoredWeights

ABOUT, LINES = "watch.json", "checkpoints.jsonl"
KIND = "rnnviz_widget watched training 1"

_NAME = re.compile(r"(\d{8,})-step-(\d+)\.safetensors")


@dataclass(frozen=True)
class TrainingCheckpoint:
    """One checkpoint of a training, without its weights.

    Attributes:
        number: Its number in the folder, from 0.
        step: The step of the training.
        loss: The mean loss since the checkpoint before, or the last that is known; None: none is.
        when: When it was taken, in seconds since 1970; None: not known.
        losses: Steps and losses since the checkpoint before, a few of them.
        figures: What was measured of it: "reach", "effective characters", "share before the word",
            "check"; empty until it is measured.
        file: The name of the file of its weights; "": not stored, or removed to save room.
    """

    number: int
    step: int
    loss: float | None = None
    when: float | None = None
    losses: Sequence[tuple[int, float]] = ()
    figures: Mapping[str, float | None] = field(default_factory=dict)
    file: str = ""

    def as_line(self) -> str:
        """What `checkpoints.jsonl` has of it when it is taken."""
        names = ("number", "step", "loss", "when", "losses")
        return json.dumps({name: getattr(self, name) for name in names}) + "\n"


class CheckpointFolder:
    """The checkpoints in a folder; reading it changes nothing.

    Args:
        path: The folder.

    Attributes:
        path: The folder.
        about: What `watch.json` holds; empty if there is none.
        checkpoints: All checkpoints in order.
        warnings: What could not be read, in words.

    Raises:
        NotADirectoryError: If it is no folder.
        OSError: If it can't be read.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        if not self.path.is_dir():
            raise NotADirectoryError(f"{self.path} is no folder of checkpoints that rv.watch wrote")
        self.warnings: list[str] = []
        self.about = self._read_about()
        self.checkpoints = self._read_checkpoints()

    def __len__(self) -> int:
        """The number of checkpoints."""
        return len(self.checkpoints)

    def weights(self, number: int) -> dict[str, Tensor]:
        """The weights of a checkpoint, for `module.load_state_dict`.

        Args:
            number: The checkpoint's number; from the end if negative.

        Raises:
            IndexError: If there is no such checkpoint.
            CheckpointError: If its weights are not there, or can't be read; the message names the
                file.
        """
        found = self.checkpoints[number]
        if not found.file:
            raise CheckpointError(
                f"the weights of checkpoint {found.number} (step {found.step}) are not there: they "
                "were removed to save room, or could not be written"
            )
        stored = self.stored(found.file)
        base = None
        if stored.base:
            base = self.stored(stored.base).decoded()
        try:
            return stored.decoded(base)
        except (ValueError, RuntimeError) as error:
            raise CheckpointError(f"{found.file} does not fit its base: {error}") from error

    def stored(self, name: str) -> StoredWeights:
        """What a file holds; a CheckpointError names it if it can't be read."""
        return StoredWeights.read(self.path / name)

    def _read_about(self) -> dict[str, Any]:
        path = self.path / ABOUT
        if not path.exists():
            return {}
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            self.warnings.append(f"{ABOUT} can't be read and was skipped: {error}.")
            return {}
        return about if isinstance(about, dict) else {}

    def _read_checkpoints(self) -> list[TrainingCheckpoint]:
        found: dict[int, TrainingCheckpoint] = {}
        bad = 0
        for line in self._lines():
            try:
                self._read_line(found, json.loads(line))
            except (ValueError, TypeError, KeyError):
                bad += 1
        if bad:
            lines = "line was" if bad == 1 else "lines were"
            self.warnings.append(f"{bad} damaged {lines} skipped in {LINES}.")
        for entry in os.scandir(self.path):
            name = _NAME.fullmatch(entry.name)
            if name is not None:
                number, step = int(name[1]), int(name[2])
                known = found.get(number) or TrainingCheckpoint(number, step)
                found[number] = replace(known, file=entry.name)
        return [found[number] for number in sorted(found)]

    def _lines(self) -> list[bytes]:
        """All lines; one that a killed process began is no line yet."""
        path = self.path / LINES
        content = path.read_bytes() if path.exists() else b""
        return content[: content.rfind(b"\n") + 1].splitlines()

    @staticmethod
    def _read_line(found: dict[int, TrainingCheckpoint], line: dict[str, Any]) -> None:
        number = int(line["number"])
        if "figures" in line:
            found[number] = replace(found[number], figures=dict(line["figures"]))
            return
        losses = [(int(step), float(loss)) for step, loss in line["losses"]]
        known = {name: line[name] for name in ("loss", "when")}
        found[number] = TrainingCheckpoint(number, int(line["step"]), losses=losses, **known)

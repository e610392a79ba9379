"""Checkpoints of a training run: everything needed to resume it."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch

from rnnviz_widget.files import whole_file
from rnnviz_widget.training.settings import Settings

CHECKPOINT = "checkpoint.pt"
KIND = "rnnviz_widget training run 1"


def write(path: Path, content: dict[str, Any]) -> None:
    """Write a checkpoint completely or not at all.

    Raises:
        OSError: If it can't be written, for example on a full disk; the previous checkpoint is then
            unchanged.
    """
    try:
        with whole_file(path, alone=True) as file:
            torch.save({"kind": KIND, **content}, file)
    except (OSError, RuntimeError) as error:  # torch wraps some OSErrors
        before = "The previous one is unchanged" if path.exists() else "There is no previous one"
        raise OSError(
            f"could not write the checkpoint {path}: {error.__cause__ or error}. {before}. Free "
            f"some space or check the permissions; the same command then continues"
        ) from error


def read(path: Path) -> dict[str, Any]:
    """Read a checkpoint; its tensors are on the CPU.

    Raises:
        ValueError: If the file is damaged, or no checkpoint of a training run.
    """
    advice = "Delete it to start over, or pass another folder with --run"
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, OSError, EOFError, pickle.UnpicklingError) as error:
        raise ValueError(
            f"{path} cannot be read as a checkpoint of a training run; it may be cut off "
            f"({type(error).__name__}). {advice}"
        ) from error
    if not isinstance(content, dict) or content.get("kind") != KIND:
        came = content.get("kind") if isinstance(content, dict) else type(content).__name__
        raise ValueError(f"{path} is of the kind {came!r}, expected {KIND!r}. {advice}")
    return content


def settings_of(content: dict[str, Any]) -> Settings:
    """A checkpoint's settings, with defaults for those that it is too old to contain."""
    names = {field.name for field in fields(Settings)}
    kept = {name: value for name, value in content["settings"].items() if name in names}
    return Settings(**kept, characters=content["characters"])


def run_settings(folder: Path) -> Settings:
    """The settings that a run was last started with.

    Raises:
        FileNotFoundError: If the folder has no checkpoint.
        ValueError: If the checkpoint is damaged.
    """
    if not (folder / CHECKPOINT).is_file():
        raise FileNotFoundError(
            f"no training run with a checkpoint in {folder}: expected a folder written by the "
            f"train command"
        )
    return settings_of(read(folder / CHECKPOINT))


def check_settings(path: Path, theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    """Check that a checkpoint belongs to a run of the same settings.

    Args:
        path: The checkpoint, for the message.
        theirs: The checkpoint's settings, with defaults for those that it is too old to contain.
        ours: The settings of the run.

    Raises:
        ValueError: If any settings differ; the message lists them.
    """
    names = sorted(theirs.keys() | ours.keys())
    differing = [
        f"{name}: checkpoint {theirs.get(name)!r}, requested {ours.get(name)!r}"
        for name in names
        if theirs.get(name) != ours.get(name)
    ]
    if differing:
        raise ValueError(
            f"{path} belongs to a run with other settings ({'; '.join(differing)}). Use the same "
            f"settings, or another folder with --run"
        )


def moved(state: Any, device: torch.device) -> Any:
    """Move a recurrent state (a tensor, a tuple of them, or None) to a device."""
    if state is None:
        return None
    if isinstance(state, tuple):
        return tuple(moved(part, device) for part in state)
    return state.to(device)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Lock a folder, so that no other process trains in it while the block runs.

    The lock ends with the process. Windows and some file systems have no such locks; there a second
    process is not detected.

    Raises:
        RuntimeError: If another process is training in the folder.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl  # noqa: PLC0415 (not available on Windows)

    place = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RuntimeError(
                f"another process is training in {folder}: wait until it ends, or pass another "
                f"folder with --run"
            ) from error
        except OSError:  # a file system without locks
            pass
        yield
    finally:
        os.close(place)

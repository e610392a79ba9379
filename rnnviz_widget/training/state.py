"""Checkpoints of a training run: all that going on takes, written in one piece."""

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
    """Writes a checkpoint beside its place and moves it there, so that it is whole or absent.

    Raises:
        OSError: If it can't be written, such as on a full disk; the one of before is untouched.
    """
    try:
        with whole_file(path, alone=True) as file:
            torch.save({"kind": KIND, **content}, file)
    except (OSError, RuntimeError) as error:  # torch's writer wraps some of the system's errors
        before = "The one of before is untouched" if path.exists() else "There is none of before"
        raise OSError(
            f"could not write the checkpoint {path}: {error.__cause__ or error}. {before}; make "
            f"room there, or see that it may be written, and the same command goes on"
        ) from error


def read(path: Path) -> dict[str, Any]:
    """Reads a checkpoint, to the CPU.

    Raises:
        ValueError: If the file is cut off, or no checkpoint of a training run.
    """
    advice = "Delete it to start afresh, or give another --run folder"
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
    """A checkpoint's settings; what it is too old to have is as the default says."""
    names = {field.name for field in fields(Settings)}
    kept = {name: value for name, value in content["settings"].items() if name in names}
    return Settings(**kept, characters=content["characters"])


def run_settings(folder: Path) -> Settings:
    """The settings that a run was last started with.

    Raises:
        FileNotFoundError: If the folder holds no run.
    """
    if not (folder / CHECKPOINT).is_file():
        raise FileNotFoundError(
            f"no training run with a checkpoint in {folder}: expected a folder that the train "
            f"command wrote"
        )
    return settings_of(read(folder / CHECKPOINT))


def check_settings(path: Path, theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    """Makes sure that a checkpoint is of the run that is asked for.

    Args:
        path: The checkpoint, for the message.
        theirs: Its settings, with the default of each that it is too old to have.
        ours: The settings that are asked for.

    Raises:
        ValueError: With every setting that differs.
    """
    names = sorted(theirs.keys() | ours.keys())
    differing = [
        f"{name}: checkpoint {theirs.get(name)!r}, asked for {ours.get(name)!r}"
        for name in names
        if theirs.get(name) != ours.get(name)
    ]
    if differing:
        raise ValueError(
            f"{path} belongs to a run with other settings ({'; '.join(differing)}). Give the same "
            f"settings, or another --run folder"
        )


def moved(state: Any, device: torch.device) -> Any:
    """A recurrent state, a tensor or a tuple of such or None, on a device."""
    if state is None:
        return None
    if isinstance(state, tuple):
        return tuple(moved(part, device) for part in state)
    return state.to(device)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keeps other processes from training in a folder; a killed one no longer does.

    Raises:
        RuntimeError: If another one trains there.
    """
    if sys.platform == "win32":  # has no such locks: nothing keeps two processes apart
        yield
        return
    import fcntl  # noqa: PLC0415 (there is none on Windows)

    place = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RuntimeError(
                f"another process is training in {folder}: wait for its end, or give another --run "
                f"folder"
            ) from error
        except OSError:  # a file system without locks
            pass
        yield
    finally:
        os.close(place)

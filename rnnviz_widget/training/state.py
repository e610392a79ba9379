"""Checkpoints of a training run: all that going on takes, written in one piece."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch

KIND = "rnnviz_widget training run 1"


def write(path: Path, content: dict[str, Any]) -> None:
    """Writes a checkpoint beside its place and moves it there, so that it is whole or absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    torch.save({"kind": KIND, **content}, partial)
    partial.replace(path)


def read(path: Path) -> dict[str, Any]:
    """Reads a checkpoint.

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


def check_settings(path: Path, theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    """Makes sure that a checkpoint is of the run that is asked for.

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

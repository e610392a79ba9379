"""Writes a result of `rv.connectivity` to a file: a picture, or the scores."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnviz_widget.picture import SUFFIXES as PICTURES
from rnnviz_widget.picture import save

from . import tables

if TYPE_CHECKING:
    from .result import Connectivity


def save_scored(
    scored: Connectivity,
    path: str | os.PathLike[str],
    position: int | None,
    look: Mapping[str, Any],
) -> None:
    """See `Connectivity.save`."""
    kind = Path(path).suffix.lower()
    if kind in tables.SUFFIXES:
        if look or position is not None:
            raise ValueError(f"{kind} holds all scores: leave out the arguments of a picture")
        tables.save([scored], path)
    elif kind in PICTURES:
        save(scored.picture(position), path, **look)
    else:
        known = ", ".join((*PICTURES, *tables.SUFFIXES))
        raise ValueError(f"the file must end in one of {known}; got {os.fspath(path)!r}")

"""The stories that ship: the scripts of docs/stories, found and run.

A script NAME.py is a story if it defines `TITLE`, `explorer()`, which makes the widget, and
`NAME(widget)`, which returns the story on it, as docs/stories/memorization.py does. Other files of
the folder help those.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import rnnviz_widget as rv

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "stories"


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """The names of all stories of a folder, sorted."""
    return tuple(sorted(file.stem for file in folder.glob("*.py") if _tells(file)))


def _tells(file: Path) -> bool:
    """Whether a script has the form of a story."""
    body = ast.parse(file.read_text(encoding="utf-8")).body
    defined = {part.name for part in body if isinstance(part, ast.FunctionDef)}
    return {"explorer", file.stem} <= defined


def imported(name: str, folder: Path = FOLDER) -> ModuleType:
    """A script as a module, with what it imports from beside it.

    Args:
        name: The script's name, without its ending.
        folder: Where it is.
    """
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))


@contextlib.contextmanager
def made(name: str, folder: Path = FOLDER) -> Iterator[tuple[str, rv.Story]]:
    """Run a story's script; its title, and the story. Its widget is closed afterwards.

    Args:
        name: The script's name, without its ending.
        folder: Where it is, with what it imports from beside it.
    """
    script = imported(name, folder)
    widget = script.explorer()
    try:
        yield script.TITLE, getattr(script, name)(widget)
    finally:
        widget.close()

"""The page's built code."""

from __future__ import annotations

import os
from pathlib import Path

_STATIC = Path(__file__).parents[1] / "static"


def page_code(name: str) -> Path | str:
    """A file of the page, as text.

    Not as a path: anywidget would keep every widget that has one alive for good, so that none would
    ever be freed. It watches a path for changes, which helps to develop the page if ANYWIDGET_HMR
    is 1.
    """
    file = _STATIC / name
    return file if os.getenv("ANYWIDGET_HMR") == "1" else file.read_text(encoding="utf-8")

"""The page's built code."""

from __future__ import annotations

import os
from pathlib import Path

_STATIC = Path(__file__).parents[1] / "static"


def page_code(name: str) -> Path | str:
    """A file of the page, as text.

    To a path anywidget connects every widget for good, whether it watches the file or not: none
    would ever be freed. It watches files, for who develops the page, where ANYWIDGET_HMR is 1.
    """
    file = _STATIC / name
    return file if os.getenv("ANYWIDGET_HMR") == "1" else file.read_text(encoding="utf-8")

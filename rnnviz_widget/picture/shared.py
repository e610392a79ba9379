"""What Python and the page share, as JSON: sentences, numbers, scales and colours.

`wording.json`, `scales.json` and `numbers.json` are edited by hand, and built into the page's
scripts. `static/palettes.json` is written by the page's build from `js/src/core/color.ts`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


WORDING: dict[str, str] = _read(_HERE / "wording.json")
"""Sentences and parts of sentences, with the names of their values in braces."""

NUMBERS: dict[str, Any] = _read(_HERE / "numbers.json")
"""Thresholds and lengths."""

SCALES: dict[str, dict[str, str]] = _read(_HERE / "scales.json")
"""Each scale's label, its title and what its colours mean."""

PALETTES: dict[str, list[dict[str, Any]]] = _read(_HERE.parent / "static" / "palettes.json")
"""The palettes of each theme: for measures without signs, and for signed ones."""


def say(name: str, /, **values: object) -> str:
    """A sentence of `WORDING` with its values filled in."""
    return WORDING[name].format(**values)

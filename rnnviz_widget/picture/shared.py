"""What Python and the page share, written once as JSON: sentences, numbers, scales and colours.

`wording.json`, `scales.json` and `numbers.json` are edited by hand; the build of the page puts them
into its scripts. `static/palettes.json` is written by that build from `js/src/core/color.ts`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


WORDING: dict[str, str] = _read(_HERE / "wording.json")
"""Sentences and their parts, with the names of what goes into them in braces."""

NUMBERS: dict[str, Any] = _read(_HERE / "numbers.json")
"""Thresholds and lengths."""

SCALES: dict[str, dict[str, str]] = _read(_HERE / "scales.json")
"""How numbers become colour: each scale's label, its title and what its colours mean."""

PALETTES: dict[str, list[dict[str, Any]]] = _read(_HERE.parent / "static" / "palettes.json")
"""The palettes of each theme: of a measure without a sign, and of a signed one."""


def say(name: str, /, **values: object) -> str:
    """A sentence of `WORDING` with its values."""
    return WORDING[name].format(**values)

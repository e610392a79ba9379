"""Layers and kinds of units in words: "forget of layer 1 of cell" is "forget gate, layer 1".

The page says them by `js/src/state/unit-layer-words.ts`, with the same rules and words of
`layer_words.json`; both are tested with the cases of `tests/picture/units.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_WORDS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
_NAME = re.compile(_WORDS["name"], re.ASCII)
_KIND = re.compile(_WORDS["kind"], re.ASCII)


def layer_words(name: str, names: Sequence[str] | None = None) -> str:
    """A layer's name in words.

    Args:
        name: The name, as `layer_name` and `str(place)` give it; any other stays as it is.
        names: Those of all layers; the module is left out where all are of one. None: they are
            not known, and the module is said where the name has it.
    """
    found = _NAME.match(name)
    if found is None:
        return name
    kind, layer, module = found.groups()
    if names is None:
        # A module's own output is always named with its module.
        several, gated = True, module is None
    else:
        several = len({one[3] for one in map(_NAME.match, names) if one and one[3]}) > 1
        gated = any(one.startswith(("forget", "update")) for one in names)
    said: str = _WORDS["in_words"].format(
        kind=kind_words(kind, gated=gated),
        layer=_WORDS["all_layers"] if layer is None else _WORDS["layer"].format(layer=layer),
        module=_WORDS["module"].format(module=module) if several and module else "",
        side=_WORDS["right_to_left"] if _parts(kind)[2] else "",
    )
    return said


def kind_words(kind: str, *, gated: bool = True) -> str:
    """A kind of units in words: "forget" is "forget gate", "cell" is "cell state".

    Args:
        kind: The kind; its direction is not said.
        gated: Whether "output" is a gate, and not what a module returns.
    """
    level, plain, _ = _parts(kind)
    gate = plain in _WORDS["gates"] and (plain != "output" or gated)
    said: str = _WORDS["gate"].format(kind=plain) if gate else _WORDS["kinds"].get(plain, plain)
    if level is not None:
        return str(_WORDS["inner_level" if level else "inner"].format(level=level, kind=said))
    return said


def _parts(kind: str) -> tuple[str | None, str, str | None]:
    """The level of inner memories (None: of none, "": the first), the kind there, its direction."""
    found = _KIND.match(kind)
    assert found is not None
    level, plain, reverse = found.groups()
    return level, plain, reverse

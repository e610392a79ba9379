"""The page's modules: instruments that few readers open, whose code travels when they do."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]

MODULES: dict[str, str] = json.loads(
    (Path(__file__).parent / "modules.json").read_text(encoding="utf-8")
)
"""By name, who must be behind the page for the instrument to be of use.

"kernel": a kernel. "live": a kernel or models in the page; every live page carries it. "nobody":
the instrument shows what is saved; a page carries it where it was open. "anybody": both of these.
"""


_LIVE = ("live", "anybody")
_SAVED = ("nobody", "anybody")


@cache
def module_code(name: str) -> str:
    """A module's code, its style sheet in it: one JavaScript expression.

    Raises:
        RuntimeError: If the code could end the script element that a page puts it into.
    """
    file = _PACKAGE / "static" / f"module-{name}.js"
    return checked(file.read_text(encoding="utf-8").strip(), file.name)


def checked(code: str, name: str) -> str:
    """Code that is to stand inside a script element.

    Raises:
        RuntimeError: If it could end its element.
    """
    if "</script" in code.lower() or "<!--" in code:
        raise RuntimeError(f"static/{name} contains markup that would end its script element")
    return code


def check_names(names: object) -> tuple[str, ...]:
    """The names of modules that a page asks for, in the order of `MODULES`.

    Raises:
        ValueError: If one is not the name of a module.
    """
    given = list(names) if isinstance(names, (list, tuple)) else [names]
    for name in given:
        if not isinstance(name, str) or name not in MODULES:
            raise ValueError(f"a page has the modules {', '.join(MODULES)}; got {name!r}")
    return tuple(name for name in MODULES if name in given)


def carried(opened: object, *, live: bool) -> frozenset[str]:
    """The modules that a page without a kernel carries for one widget.

    Args:
        opened: What was open when it was saved: the trait `_opened`. In a notebook that somebody
            else has written it may be anything.
        live: Whether the page runs the widget's models.
    """
    known = opened if isinstance(opened, (list, tuple)) else ()
    return frozenset(
        name
        for name, behind in MODULES.items()
        if (behind in _LIVE and live) or (behind in _SAVED and name in known)
    )

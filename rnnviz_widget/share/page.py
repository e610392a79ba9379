"""Writes widgets as HTML that needs no kernel and no network: a file or a notebook output."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from .modules import carried, checked, module_code
from .state import to_json

_STATIC = Path(__file__).parents[1] / "static"
_DATA = '<script type="application/json">'

PageTheme = Literal["auto", "light", "dark"]
"""The ground of a page: "auto" is the one that the reader prefers."""

# Browsers that darken light pages by themselves leave those alone that are "only light".
SCHEMES: Mapping[PageTheme, str] = {"auto": "light dark", "light": "only light", "dark": "dark"}

# The page may run its own scripts and draw. It may fetch nothing, not even from its own origin.
_POLICY = "default-src 'none'; script-src {script}; style-src 'unsafe-inline'; img-src data:"
# A converted notebook may also contain pictures, sounds and fonts, but no forms and no base URL.
_NOTEBOOK_POLICY = (
    f"{_POLICY}; media-src data:; font-src data:; base-uri 'none'; form-action 'none'"
)
# Running models needs WebAssembly, and the same script in a worker.
_LIVE_POLICY = _POLICY.replace("{script}", "{script} 'wasm-unsafe-eval'") + "; worker-src blob:"
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="{schemes}">
<meta name="generator" content="rnnviz_widget">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
body {{ margin: 0 auto; max-width: 75rem; padding: 8px; }}
h1 {{ font: 600 1.2rem system-ui, sans-serif; overflow-wrap: anywhere; }}
.rnnviz-page + .rnnviz-page {{ margin-top: 2rem; }}
</style>
</head>
<body>
<main>
{heading}{body}
</main>
{script}
</body>
</html>
"""


@dataclass(frozen=True)
class Shared:
    """Everything that a page needs to show a widget without a kernel.

    Attributes:
        state: The traits that the page answers from; see `state.TRAITS`.
        standing: A static picture of the widget, as HTML that needs no script.
        words: The picture in words.
        live: The models that the page runs on other texts, made by `live.live_message`.
    """

    state: Mapping[str, Any]
    standing: str
    words: str
    live: Sequence[Mapping[str, Any]] = ()


def element(shared: Shared) -> str:
    """One widget as HTML: the static picture, and the data from which the script replaces it."""
    live = {"_live": list(shared.live)} if shared.live else {}
    data = f"{_DATA}{to_json({**shared.state, **live})}</script>"
    return f'<div class="rnnviz-page">{shared.standing}{data}</div>'


@cache
def code(*, live: bool = False) -> str:
    """The page's code, the text of a script element; a document needs it once for all widgets.

    Args:
        live: Whether a widget of the document runs models.

    Raises:
        RuntimeError: If the code contains markup that would end the script element.
    """
    name = "live-page.js" if live else "page.js"
    return checked((_STATIC / name).read_text(encoding="utf-8").strip(), name)


def modules_of(widgets: Iterable[Shared]) -> tuple[str, ...]:
    """The names of the modules that a document of these widgets carries, sorted."""
    found = [carried(one.state.get("_opened"), live=bool(one.live)) for one in widgets]
    return tuple(sorted(frozenset().union(*found)))


def _scripts(modules: Sequence[str], *, live: bool) -> tuple[str, ...]:
    """The texts of the script elements: those of the modules, which the page's code looks for."""
    put = "(self.rnnvizModules??={})"
    return (*(f'{put}["{name}"]={module_code(name)}' for name in modules), code(live=live))


def script(modules: Sequence[str] = (), *, live: bool = False) -> str:
    """The script elements that replace every `element` before them by a widget that answers.

    Args:
        modules: The names of the modules that the document carries.
        live: Whether a widget of the document runs models.
    """
    return "".join(f"<script>{text}</script>" for text in _scripts(modules, live=live))


def document(
    widgets: Sequence[Shared], *, title: str | None = None, theme: PageTheme = "auto"
) -> str:
    """A whole page: the widgets one below the other, and one copy of the code.

    Args:
        widgets: At least one.
        title: The page's heading, as text; default: no heading.
        theme: The page's ground.
    """
    live = any(shared.live for shared in widgets)
    modules = modules_of(widgets)
    said = title or widgets[0].words
    return _PAGE.format(
        policy=(_LIVE_POLICY if live else _POLICY).format(script=_hashed(modules, live=live)),
        schemes=SCHEMES[theme],
        title=html.escape(said),
        heading=f"<h1>{html.escape(title)}</h1>\n" if title else "",
        body="\n".join(map(element, widgets)),
        script=script(modules, live=live),
    )


def notebook_policy(modules: Sequence[str] | None) -> str:
    """The content security policy of a converted notebook: no request, and no script but ours.

    Args:
        modules: The names of the modules that its widgets need; None: it has no widget of ours, and
            no script at all is allowed.
    """
    return _NOTEBOOK_POLICY.format(
        script="'none'" if modules is None else _hashed(tuple(modules), live=False)
    )


@cache
def _hashed(modules: tuple[str, ...], *, live: bool) -> str:
    """The hashes by which a policy allows the page's code and that of its modules."""
    digests = [hashlib.sha256(text.encode()).digest() for text in _scripts(modules, live=live)]
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def output(shared: Shared) -> dict[str, str]:
    """A notebook output, by MIME type: one widget with its code, and the picture in words."""
    html = element(shared) + script(modules_of([shared]))
    return {"text/html": html, "text/plain": shared.words}

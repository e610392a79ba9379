"""An executed notebook as one HTML file in which every widget of ours is alive."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .page import Shared, element, script
from .state import of_notebook

_VIEW = "application/vnd.jupyter.widget-view+json"
_STATE = "application/vnd.jupyter.widget-state+json"
_RUN = "run it first, say with: jupyter execute --inplace {path}"

# nbconvert's own page without what it would fetch: require.js, MathJax, mermaid, the manager.
_TEMPLATE = """{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}<link rel="icon" href="data:,">{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
"""


@dataclass
class Page:
    """A notebook as HTML.

    Attributes:
        html: The whole page.
        widgets: How many widgets of ours are alive in it.
        warnings: What could not be taken along, in words.
    """

    html: str = ""
    widgets: int = 0
    warnings: list[str] = field(default_factory=list)


def notebook_page(path: str | os.PathLike[str]) -> Page:
    """Turn an executed notebook into a page that needs no kernel and no network.

    Widgets of ours come from the state that is saved in the notebook, or from frozen outputs; of
    other widgets the page shows what the notebook has beside them. Formulas stay as typed.

    Args:
        path: A notebook file of format 4.

    Raises:
        ImportError: If nbconvert is not installed.
        OSError: If the file can't be read.
        ValueError: If it is no notebook, or none that was run.
    """
    notebook = _read(Path(path))
    page = Page()
    outputs = [
        (number, output)
        for number, cell in enumerate(notebook["cells"], start=1)
        for output in cell.get("outputs", [])
    ]
    if not outputs:
        raise ValueError(f"{path} has no outputs; {_RUN.format(path=path)}")
    states = notebook["metadata"].pop("widgets", {}).get(_STATE, {}).get("state", {})
    for number, output in outputs:
        data = output.get("data", {})
        if _VIEW in data:
            _replace(data, states, f"cell {number}", page)
        elif isinstance(data.get("text/html"), str) and data["text/html"].endswith(script()):
            data["text/html"] = data["text/html"].removesuffix(script())
            page.widgets += 1
    html = _convert(notebook, Path(path))
    if page.widgets:
        html = f"{script()}\n</body>".join(html.rsplit("</body>", 1))
    page.html = html
    return page


def _read(path: Path) -> Any:
    try:
        import nbformat  # noqa: PLC0415
    except ImportError as error:
        raise ImportError(
            "turning a notebook into a page needs nbconvert: pip install nbconvert"
        ) from error
    try:
        notebook = nbformat.reads(  # type: ignore[no-untyped-call]
            path.read_text(encoding="utf-8"), as_version=4
        )
        nbformat.validate(notebook)
    except (ValueError, AttributeError, nbformat.ValidationError) as error:
        raise ValueError(
            f"{path} is no notebook, or was cut off: {str(error).splitlines()[0]}"
        ) from error
    return notebook


def _replace(data: dict[str, Any], states: dict[str, Any], where: str, page: Page) -> None:
    """Put our widgets in place of a view of them, or of a box that holds them."""
    view = data.pop(_VIEW)
    model = view.get("model_id") if isinstance(view, dict) else None
    if model not in states:
        page.warnings.append(
            f"{where}: the notebook was saved without the state of its widget; what it has beside "
            "the widget is shown. Freeze the widget (w.freeze()), or execute the notebook anew"
        )
        return
    html = []
    for saved in _ours(model, states):
        try:
            state = of_notebook(saved)
        except ValueError as error:
            page.warnings.append(f"{where}: {error}")
            continue
        words = str(data.get("text/plain", "")) or state["_scene"]["text"]
        html.append(element(Shared(state, str(data.get("text/html", "")), words)))
    if html:
        data["text/html"] = "\n".join(html)
        page.widgets += len(html)
    elif not any(_ours(model, states)):
        page.warnings.append(
            f"{where}: a widget that is not of rnnviz_widget; what the notebook has beside it is "
            "shown"
        )


def _ours(model: str, states: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A model if it is ours, or those that are among its children."""
    saved = states.get(model, {})
    traits = saved.get("state", {}) if isinstance(saved, dict) else {}
    if str(traits.get("_anywidget_id", "")).startswith("rnnviz_widget."):
        yield saved
    for child in traits.get("children", []):
        if isinstance(child, str) and child.startswith("IPY_MODEL_"):
            yield from _ours(child.removeprefix("IPY_MODEL_"), states)


def _convert(notebook: Any, path: Path) -> str:
    from jinja2 import DictLoader  # noqa: PLC0415
    from nbconvert.exporters import HTMLExporter  # noqa: PLC0415

    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="lab",
        template_file="offline.html.j2",
        extra_loaders=[DictLoader({"offline.html.j2": _TEMPLATE})],
        embed_images=True,
    )
    where = {"metadata": {"name": path.stem, "path": str(path.parent)}}
    html: str = exporter.from_notebook_node(notebook, resources=where)[0]
    return html

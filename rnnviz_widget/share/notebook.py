"""Converts an executed notebook to one HTML file in which every widget of ours answers."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnnviz_widget.surrogates import has_surrogates, without_surrogates

from .inert import FILE, inert, with_pictures
from .modules import carried
from .page import Shared, element, notebook_policy, script
from .saved_views import ours, states_of
from .state import of_notebook, of_page, to_json, without_damaged_rows

_VIEW = "application/vnd.jupyter.widget-view+json"
_FROZEN = '<div class="rnnviz-page">'
_DATA, _END = '<script type="application/json">', "</script>"
_RUN = "run it first, for example with: jupyter execute --inplace {path}"
# Any number of outputs may show one state, so a small notebook could make a page of any size.
_MOST_WIDGETS = 200
_LARGEST = 200_000_000

# nbconvert's page without what it fetches: require.js, MathJax, mermaid and the widget manager. The
# policy comes before any content of the notebook.
_TEMPLATE = """{%- extends 'lab/index.html.j2' -%}
{%- block html_head -%}{{ resources.rnnviz_policy }}{{ super() }}{%- endblock -%}
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
        widgets: How many widgets of ours it has.
        warnings: What was left out, one sentence each.
    """

    html: str = ""
    widgets: int = 0
    warnings: list[str] = field(default_factory=list)


def notebook_page(path: str | os.PathLike[str], *, trust: bool = False) -> Page:
    """Convert an executed notebook to a page that needs no kernel and no network.

    Widgets of ours are made from the state that is saved in the notebook, or from frozen outputs.
    For other widgets the page shows the static output that the notebook has with them. Formulas
    are shown as source. Pictures in the notebook's folder or below are embedded.

    No script of the notebook runs in the page, and nothing is fetched: a content security policy
    forbids both. What would run or fetch is removed, with a warning for each cell.

    Args:
        path: A notebook file of format 4.
        trust: Whether to keep the notebook's scripts, which can then fetch and send anything.

    Raises:
        ImportError: If nbconvert is not installed.
        OSError: If the file can't be read.
        ValueError: If it is no notebook, was never run, or is nested too deeply.
    """
    try:
        return _Conversion(Path(path), trust=trust).page()
    except RecursionError as error:
        raise ValueError(
            f"{path} is nested too deeply to be read: it has thousands of lists, elements or "
            "quotes inside each other"
        ) from error


class _Conversion:
    """The conversion of one notebook."""

    def __init__(self, path: Path, *, trust: bool) -> None:
        self._path, self._trust = path, trust
        self._page = Page()
        self._size = 0
        self._modules: set[str] = set()
        self._notebook = _read(path)
        self._states = states_of(self._notebook["metadata"])
        self._notebook["metadata"].pop("widgets", None)

    def page(self) -> Page:
        outputs = [
            (number, output)
            for number, cell in enumerate(self._notebook["cells"], start=1)
            for output in cell.get("outputs", [])
        ]
        if not outputs:
            raise ValueError(f"{self._path} has no outputs; {_RUN.format(path=self._path)}")
        for number, output in outputs:
            data = output.get("data", {})
            if _VIEW in data:
                self._replace(data, f"cell {number}")
            elif str(data.get("text/html", "")).startswith(_FROZEN):
                self._thaw(data, f"cell {number}")
        page, folder = self._page, self._path.resolve().parent
        modules = sorted(self._modules) if page.widgets else None
        html = _convert(self._notebook, self._path, "" if self._trust else _meta(modules))
        if self._trust:
            html = with_pictures(html, folder)
        else:
            kinds = [cell["cell_type"] for cell in self._notebook["cells"]]
            numbers = [n for n, kind in enumerate(kinds, start=1) if kind != "raw"]
            html, left_out = inert(html, folder, rendered=numbers)
            for cell, what in sorted(left_out.items()):
                page.warnings += _left_out(cell, what)
        html += f"{'' if modules is None else script(modules)}\n</body>\n</html>\n"
        if has_surrogates(html):
            page.warnings.append(
                "the notebook contains halves of surrogate pairs, which are no characters: each "
                "is shown as \ufffd"
            )
        page.html = without_surrogates(html)
        return page

    def _replace(self, data: dict[str, Any], where: str) -> None:
        """Replace a view of our widgets, or of a box that contains them, by the widgets."""
        page = self._page
        view = data.pop(_VIEW)
        model = view.get("model_id") if isinstance(view, Mapping) else None
        if not isinstance(model, str) or model not in self._states:
            page.warnings.append(
                f"{where}: the notebook was saved without the state of its widget, so the "
                "static output is shown. Freeze the widget (w.freeze()), or execute the notebook "
                "again"
            )
            return
        html: list[str] = []
        found = False
        for saved in ours(model, self._states):
            found = True
            if self._full(where):
                break
            try:
                state, damage = without_damaged_rows(of_notebook(saved))
                words = str(data.get("text/plain", "")) or state["_scene"]["text"]
                one = element(Shared(state, str(data.get("text/html", "")), words))
            except ValueError as error:
                page.warnings.append(f"{where}: {error}")
                continue
            if damage is not None:
                page.warnings.append(f"{where}: {damage}")
            self._count(one, state)
            html.append(one)
        if html:
            data["text/html"] = "\n".join(html)
        elif not found:
            page.warnings.append(
                f"{where}: the widget is not of rnnviz_widget, so its static output is shown"
            )

    def _thaw(self, data: dict[str, Any], where: str) -> None:
        """Remove a frozen output's own copy of the code: the page has one for all widgets."""
        html = data["text/html"]
        if self._trust and not html.endswith(script()):
            return  # It was frozen by another version, and keeps its code.
        if self._full(where):
            return
        standing, data_opens, rest = html.partition(_DATA)
        try:
            state, damage = without_damaged_rows(of_page(rest.partition(_END)[0]))
            html = f"{standing}{data_opens}{to_json(state)}{_END}</div>"
        except ValueError as error:
            self._page.warnings.append(f"{where}: {error}")
            return
        if damage is not None:
            self._page.warnings.append(f"{where}: {damage}")
        data["text/html"] = html
        self._count(html, state)

    def _full(self, where: str) -> bool:
        """Whether the page has as many widgets as it may have; then a warning is added."""
        full = self._page.widgets >= _MOST_WIDGETS or self._size >= _LARGEST
        if full:
            self._page.warnings.append(
                f"{where}: the page has {self._page.widgets} widgets of {self._size / 1e6:,.0f} MB "
                f"already, and the limit is {_MOST_WIDGETS} widgets or {_LARGEST / 1e6:,.0f} MB; "
                "the static output is shown"
            )
        return full

    def _count(self, html: str, state: Mapping[str, Any]) -> None:
        self._page.widgets += 1
        self._size += len(html)
        self._modules |= carried(state.get("_opened"), live=False)


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
    except (ValueError, AttributeError, TypeError, KeyError, nbformat.ValidationError) as error:
        raise ValueError(
            f"{path} is no notebook, or was cut off: {(str(error) or repr(error)).splitlines()[0]}"
        ) from error
    return notebook


def _meta(modules: Sequence[str] | None) -> str:
    policy = notebook_policy(modules)
    # The names of the machines that links lead to are not looked up either.
    return (
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta http-equiv="x-dns-prefetch-control" content="off">'
        '<meta name="referrer" content="no-referrer">\n'
    )


def _left_out(cell: int, what: Counter[str]) -> Iterator[str]:
    """Warnings about what was left out of a cell; 0 stands for everything outside the cells."""
    where = f"cell {cell}" if cell else "outside the cells"
    files = what.pop(FILE, 0)
    if what:
        many = ", ".join(f"{n} {kind}{'' if n == 1 else 's'}" for kind, n in sorted(what.items()))
        yield (
            f"{where}: left out {many}: nothing of a notebook runs or is fetched in its page. "
            "If you trust the notebook's author, --trust keeps it"
        )
    if files:
        yield (
            f"{where}: left out {files} file{'' if files == 1 else 's'}: only pictures in the "
            "notebook's folder are embedded"
        )


def _convert(notebook: Any, path: Path, policy: str) -> str:
    from jinja2 import DictLoader  # noqa: PLC0415
    from nbconvert.exporters import HTMLExporter  # noqa: PLC0415

    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="lab",
        template_file="offline.html.j2",
        extra_loaders=[DictLoader({"offline.html.j2": _TEMPLATE})],
    )
    where = {"metadata": {"name": path.stem, "path": ""}, "rnnviz_policy": policy}
    html: str = exporter.from_notebook_node(notebook, resources=where)[0]
    return html

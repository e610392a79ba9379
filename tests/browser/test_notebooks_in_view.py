"""Whoever runs a notebook cell by cell sees what each cell does to a widget, without scrolling.

JupyterLab scrolls with the cells: each is run as Shift+Enter does, with the next one selected.
"""

import pytest
from browser.notebook import Notebook
from browser.repository import FOLDER, open_in
from notebook_files import NAMES, read
from playwright.sync_api import TimeoutError as NeverSeen

pytestmark = pytest.mark.browser

# What makes a notebook quick to run, and changes nothing of what its cells show.
QUICK = {"train-your-own": {"characters": "40_000"}, "inside": {"num": "20"}}
# What train-your-own trains on.
TEXT = "The quick brown fox, the lazy dog; a hedgehog & 7 ducks saw them all. " * 700
# How long a view may take to come into sight once its cell is done.
IN_SIGHT = 5_000

# What a reader or a cell can set of each widget, and the weights that it shows.
WIDGETS = """
import zlib, anywidget
from ipywidgets.widgets.widget import _instances
def _states():
    shared = set(anywidget.AnyWidget.class_trait_names())
    return {
        id: zlib.crc32(
            repr(
                [getattr(w, "_scene", {}).get("epoch")]
                + [getattr(w, n) for n in sorted({*w.trait_names()} - shared) if n[0] != "_"]
            ).encode("utf-8", "surrogatepass")
        )
        for id, w in list(_instances.items())
        if isinstance(w, anywidget.AnyWidget)
    }
"""
# The views of a widget, each with whether it is painted, and whether half of it is in sight.
VIEWS = """(id) => {
    const { content } = jupyterapp.shell.currentWidget;
    const page = content.node.querySelector(".jp-WindowedPanel-outer").getBoundingClientRect();
    const mime = "application/vnd.jupyter.widget-view+json";
    return content.widgets
        .filter((cell) => cell.model.type === "code")
        .flatMap(({ outputArea }) =>
            outputArea.model.toJSON().map(({ data }, n) => [data, outputArea.widgets[n]]),
        )
        .filter(([data]) => data?.[mime]?.model_id === id)
        .map(([, output]) => {
            const view = output?.node.querySelector(".rnnviz-explorer");
            if (!view) return { painted: false, inSight: false };
            const { top, bottom, height } = view.getBoundingClientRect();
            const seen = Math.min(bottom, page.bottom) - Math.max(top, page.top);
            const inSight = seen >= Math.min(height, page.height) / 2;
            return { painted: view.dataset.ready === "true", inSight };
        });
}"""


def is_seen(page, widget):
    """Whether a view of a widget is in sight, once all of them are painted."""
    if not page.evaluate(VIEWS, widget):
        return False
    page.wait_for_function(f"(id) => ({VIEWS})(id).every((view) => view.painted)", arg=widget)
    in_sight = f"(id) => ({VIEWS})(id).some((view) => view.inSight)"
    try:
        page.wait_for_function(in_sight, arg=widget, timeout=IN_SIGHT)
    except NeverSeen:
        return False
    return True


def out_of_sight(notebook):
    """Run a notebook cell by cell; the cells after which a widget that they changed is not seen."""
    notebook.tell(WIDGETS)
    before, found = {}, []
    notebook.page.locator(".jp-Cell").first.click()
    for index, (kind, source) in enumerate(notebook.cells["cells"]):
        assert notebook.cells["active"] == index
        notebook.run_and_advance()
        if kind == "code":
            now = notebook.ask("_states()")
            changed = [name for name, state in now.items() if before.get(name) != state]
            if not all(is_seen(notebook.page, name) for name in changed):
                found.append(source)
            before = now
    return found


@pytest.mark.parametrize("name", NAMES)
def test_what_a_cell_changes_is_in_sight(name, lab, page):
    notebook = open_in(lab, page, read(name, **QUICK.get(name, {})), name)
    (lab.root / FOLDER / "my-text.txt").write_text(TEXT, encoding="utf-8")
    assert out_of_sight(notebook) == []


def test_a_change_out_of_sight_is_found(lab, page):
    sources = [
        "import rnnviz_widget as rv\nw = rv.explore(rv.load_pretrained('gru-small'), ' abc')\nw",
        "for n in range(80):\n    print(n)",
        "w.bars = True",
        "w.position",
        "w.bars = False\nw",
        "other = rv.explore(rv.load_pretrained('gru-small'), ' abc')",
    ]
    lab.write("out-of-sight.ipynb", *sources)
    notebook = Notebook(page, lab, "out-of-sight.ipynb")
    assert out_of_sight(notebook) == [sources[2], sources[5]]

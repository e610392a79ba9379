"""The quickstart, executed and saved without a browser, in the places where it is read."""

import copy
import json
import textwrap
import types
from pathlib import Path

import nbformat
import pytest
from browser import hosts
from browser.checks import check_colours, check_selection
from browser.kernel_numbers import KERNEL_NUMBERS, check_kernel_numbers
from browser.notebook import Notebook
from browser.picture import Picture
from browser.server import environment
from browser.standing import Standing
from nbclient import NotebookClient
from nbconvert.exporters import HTMLExporter
from playwright.sync_api import expect

from rnnviz_widget.share.__main__ import main

pytestmark = pytest.mark.browser

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "quickstart.ipynb"
# The widgets, by the outputs that show them. The second is left out: it keeps to weights that its
# model no longer has, so that nobody can tell its numbers.
OUTPUTS = ["w", None, "later", "frozen"]
# By widget: the character that its picture stands for, one to hover, one to pin, with the numbers.
NUMBERS = f"""{KERNEL_NUMBERS}
import json
numbers = {{}}
for name, widget in ("w", w), ("later", later), ("frozen", frozen):
    length = len(widget.text)
    places = {{"standing": widget.position, "hovered": length // 2, "pinned": length // 3}}
    numbers[name] = {{place: (s, kernel_numbers(widget, s)) for place, s in places.items()}}
with open("numbers.json", "w") as file:
    json.dump(numbers, file)
w.save_html("explorer.html")"""
MARIMO = """import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo

{cell}
    return mo, w


@app.cell
def _(mo, w):
    wrapped = mo.ui.anywidget(w)
    wrapped
    return (wrapped,)


@app.cell
def _(mo, wrapped):
    mo.md(f"position {{wrapped.position}}")
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The notebook as it is saved, the same with all widgets frozen, a page, and the numbers."""
    folder = tmp_path_factory.mktemp("saved")
    notebook = nbformat.read(NOTEBOOK, 4)
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}})
    with client.setup_kernel(env=environment(folder) | {"OMP_NUM_THREADS": "1"}):
        for i, cell in enumerate(notebook.cells):
            client.execute_cell(cell, i)
        client.set_widgets_metadata()
        live = copy.deepcopy(notebook)
        for source in (NUMBERS, "w.freeze()\nearly.freeze()\nlater.freeze()"):
            notebook.cells.append(nbformat.v4.new_code_cell(source))
            client.execute_cell(notebook.cells[-1], len(notebook.cells) - 1)
        client.set_widgets_metadata()
    nbformat.write(live, folder / "live.ipynb")
    nbformat.write(notebook, folder / "frozen.ipynb")
    numbers = json.loads((folder / "numbers.json").read_text())
    return types.SimpleNamespace(folder=folder, numbers=numbers)


def shown(names):
    """The places and names of the widgets whose numbers are known."""
    return [(nth, name) for nth, name in enumerate(names) if name is not None]


def check_answers(page, saved, *names):
    """The pictures of these widgets answer hover and pin with the colours the kernel computed."""
    expect(page.locator(".rnnviz-explorer")).to_have_count(len(names))
    for nth, name in shown(names):
        picture = Picture(page.locator(".rnnviz-explorer").nth(nth))
        picture.root.scroll_into_view_if_needed()
        picture.await_ready()
        facet = picture.names[0]
        position, expected = saved.numbers[name]["hovered"]
        picture.hover(facet, position)
        check_kernel_numbers(picture, expected, position)
        position, expected = saved.numbers[name]["pinned"]
        picture.span(facet, position).click()
        picture.await_pinned(position)
        check_kernel_numbers(picture, expected, position)
        picture.text(facet).press("Escape")
        picture.await_pinned(None)


def check_standing(root, position, expected):
    """A standing picture shows the colours that the kernel computed."""
    for name, numbers in expected.items():
        check_colours(Standing(root), name, numbers["row"], position)
        check_selection(Standing(root), name, position)


def reopened(saved, lab, page, name, *, trusted):
    """The notebook open in JupyterLab, not run."""
    notebook = nbformat.read(saved.folder / "live.ipynb", 4)
    notebook.metadata["name"] = name  # Trust is in the content: no two are the same.
    nbformat.write(notebook, lab.root / name)
    if trusted:
        lab.trust(name)
    return Notebook(page, lab, name)


def test_in_jupyterlab_trusted(saved, lab, page):
    reopened(saved, lab, page, "trusted.ipynb", trusted=True)
    check_answers(page, saved, *OUTPUTS)


def test_in_jupyterlab_untrusted(saved, lab, page):
    reopened(saved, lab, page, "untrusted.ipynb", trusted=False)
    outputs = page.locator(".jp-OutputArea-output[data-mime-type='text/html']")
    expect(outputs).to_have_count(len(OUTPUTS))
    for nth, name in shown(OUTPUTS):
        outputs.nth(nth).scroll_into_view_if_needed()
        check_standing(outputs.nth(nth), *saved.numbers[name]["standing"])
    expect(page.locator(".rnnviz-explorer")).to_have_count(0)


def test_as_one_page_by_the_command(saved, visit):
    path = saved.folder / "live.html"
    assert main([str(saved.folder / "live.ipynb"), "-o", str(path)]) == 0
    page, _ = visit(path.as_uri())
    page.goto(path.as_uri())
    check_answers(page, saved, *OUTPUTS)


def test_as_a_page_of_its_own(saved, visit):
    path = saved.folder / "explorer.html"
    page, _ = visit(path.as_uri())
    page.goto(path.as_uri())
    check_answers(page, saved, "w")


def test_frozen_and_converted(saved, visit):
    path = saved.folder / "frozen.html"
    path.write_text(HTMLExporter().from_filename(saved.folder / "frozen.ipynb")[0])
    page, guard = visit(path.as_uri())
    hosts.ConvertedPage.meet(page, guard)
    page.goto(path.as_uri())
    check_answers(page, saved, *OUTPUTS)


def app():
    """The notebook's first cell of code as a marimo app: its widget bare, wrapped, heard of."""
    cells = nbformat.read(NOTEBOOK, 4).cells
    source = next(cell.source for cell in cells if cell.cell_type == "code")
    # A page that is exported at once would lack rows that are read in the background.
    source = source.removesuffix("w") + "w.bake()\nmo.output.append(w)"
    return MARIMO.format(cell=textwrap.indent(source, "    "))


def test_in_marimo_run(saved, visit, tmp_path):
    with hosts.Marimo(tmp_path, app()) as server:
        page, guard = visit(server.base)
        hosts.MarimoPage.meet(page, guard)
        page.goto(server.base)
        check_answers(page, saved, "w", "w")
        picture = Picture(page.locator(".rnnviz-explorer").last)
        picture.hover("GRU", 12)
        expect(page.get_by_text("position 12", exact=True)).to_be_visible()
        picture.check_modules()


def test_in_marimo_export(saved, visit, tmp_path):
    path = hosts.marimo_export(tmp_path, app())
    page, guard = visit(path.as_uri())
    hosts.MarimoExport.meet(page, guard)
    page.goto(path.as_uri())
    check_answers(page, saved, "w", "w")

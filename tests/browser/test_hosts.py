"""The live widget in other programs than JupyterLab: drawn, hovered, and heard of in Python."""

import pytest
from browser import hosts, toys
from browser.checks import check_facet
from browser.notebook import Notebook
from browser.picture import Picture
from playwright.sync_api import expect

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

LAST = len(toys.TEXT) - 1
CELL = """import ipywidgets, toys
import rnnviz_widget as rv
w = rv.explore(toys.both(), toys.TEXT)
said = ipywidgets.Label()
w.observe(lambda change: setattr(said, "value", f"position {change.new}"), "position")
display(said)
w"""
PANEL = """import panel as pn
import toys
import rnnviz_widget as rv

pn.extension("ipywidgets")
w = rv.explore(toys.both(), toys.TEXT)
said = pn.pane.Str("")
w.observe(lambda change: setattr(said, "object", f"position {change.new}"), "position")
pn.Column(w, said).servable()
"""


@pytest.fixture(scope="module")
def numbers():
    return {name: rv.connectivity(model, toys.TEXT) for name, model in toys.both().items()}


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    with hosts.NotebookServer(tmp_path_factory.mktemp("notebook")) as server:
        (server.root / "toys.py").write_text(hosts.toys_source())
        server.write("live.ipynb", CELL)
        yield server


def the_picture(page):
    """The one picture in a page, painted."""
    picture = Picture(page.locator(".rnnviz-explorer"))
    picture.await_shown(LAST)
    return picture


def check_answers(picture, numbers):
    """Hovers and pins recolour both facets by the kernel's numbers."""
    for facet, position in (("GRU", 20), ("LSTM", 7)):
        picture.hover(facet, position)
        for name, c in numbers.items():
            check_facet(picture, name, c, position)
    picture.span("GRU", 31).click()
    picture.await_pinned(31)
    check_facet(picture, "LSTM", numbers["LSTM"], 31)
    picture.text("GRU").press("Escape")
    picture.await_pinned(None)


def await_heard(page, picture, position):
    """A hover reaches Python, which says so in the page."""
    picture.hover("GRU", position)
    expect(page.get_by_text(f"position {position}", exact=True)).to_be_visible()


def test_notebook_7(visit, notebooks, numbers):
    page, guard = visit(notebooks.base)
    hosts.NotebookPage.meet(page, guard)
    notebook = Notebook(page, notebooks, "live.ipynb")
    notebook.run_all()
    picture = the_picture(page)
    check_answers(picture, numbers)
    await_heard(page, picture, 12)
    picture.check_modules()


def test_voila(visit, notebooks, numbers):
    page, guard = visit(notebooks.base)
    hosts.VoilaPage.meet(page, guard)
    page.goto(notebooks.voila("live.ipynb"))
    picture = the_picture(page)
    check_answers(picture, numbers)
    await_heard(page, picture, 12)
    picture.check_modules()


def test_panel(visit, tmp_path, numbers):
    with hosts.Panel(tmp_path, PANEL) as server:
        page, guard = visit(server.base)
        hosts.PanelPage.meet(page, guard)
        page.goto(f"{server.base}/app")
        picture = the_picture(page)
        check_answers(picture, numbers)
        await_heard(page, picture, 12)
        picture.check_modules()

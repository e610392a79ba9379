"""One widget, several places: two outputs, Python, jslink, hidden tabs, another run, a reload."""

import pytest
from browser import toys
from browser.checks import check_facet
from browser.notebook import Notebook
from playwright.sync_api import expect

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

LAST = len(toys.TEXT) - 1
SHOW = "w = rv.explore(toys.both(), toys.TEXT)\nw"


def test_two_outputs_of_one_widget_stay_together(notebook):
    first = notebook.show(SHOW, LAST)
    second = notebook.show("w", LAST)
    first.hover("GRU", 31)
    second.await_shown(31)
    assert second.spans("LSTM") == first.spans("LSTM")
    second.span("LSTM", 12).click()
    second.await_pinned(12)
    first.await_pinned(12)
    assert second.spans("GRU") == first.spans("GRU")
    assert second.chips("GRU") == first.chips("GRU")
    second.page.keyboard.press("Escape")
    first.await_pinned(None)


def test_python_follows_and_leads(notebook):
    picture = notebook.show(SHOW, LAST)
    notebook.tell("seen = []\nw.observe(lambda change: seen.append(change.new), 'position')")
    picture.hover("GRU", 31)
    notebook.await_value("(w.position, seen)", [31, [31]])
    notebook.tell("w.position = 9")
    picture.await_shown(9)
    check_facet(picture, "LSTM", rv.connectivity(toys.lstm(), toys.TEXT), 9)
    notebook.tell("w.pinned = 25")
    picture.await_pinned(25)
    notebook.tell("w.position = 3")
    picture.hover("GRU", 25)
    notebook.tell("w.pinned = None")
    picture.await_pinned(None)
    picture.await_shown(3)
    with pytest.raises(Exception, match="must be a character of the text, 0 to 47; got 48"):
        notebook.tell("w.position = 48")
    assert picture.shown == 3


def test_jslink_to_a_slider(notebook):
    cell = notebook.run(
        "w = rv.explore(toys.both(), toys.TEXT)\n"
        "slider = ipywidgets.IntSlider(max=len(w.text) - 1)\n"
        "link = ipywidgets.jslink((slider, 'value'), (w, 'position'))\n"
        "ipywidgets.VBox([slider, w])"
    )
    picture = notebook.picture(cell)
    picture.await_ready()
    readout = notebook.page.locator(".jp-Cell").nth(cell).locator(".widget-readout")
    picture.hover("GRU", 31)
    expect(readout).to_have_text("31")
    readout.fill("14")
    readout.press("Enter")
    picture.await_shown(14)
    notebook.await_value("w.position", 14)


@pytest.mark.parametrize("shell", ["Tab", "Accordion"])
def test_first_shown_while_hidden_and_opened_later(notebook, shell):
    cell = notebook.run(
        "w = rv.explore(toys.both(), toys.TEXT)\n"
        f"box = ipywidgets.{shell}([ipywidgets.HTML('first'), w], titles=['one', 'two'],"
        " selected_index=0)\nbox"
    )
    area = notebook.page.locator(".jp-Cell").nth(cell)
    expect(area.get_by_text("first", exact=True)).to_be_visible()
    expect(area.locator(".rnnviz-explorer")).not_to_be_visible()
    area.get_by_text("two", exact=True).click()
    picture = notebook.picture(cell)
    picture.await_shown(LAST)
    picture.hover("LSTM", 31)
    for name, model in toys.both().items():
        check_facet(picture, name, rv.connectivity(model, toys.TEXT), 31)


def test_running_the_cell_again_starts_afresh(notebook):
    cell = notebook.run(SHOW)
    picture = notebook.picture(cell)
    picture.hover("GRU", 31)
    notebook.run(cell)
    picture.await_shown(LAST)
    expect(notebook.page.locator(".rnnviz-explorer")).to_have_count(1)
    picture.hover("LSTM", 8)
    check_facet(picture, "GRU", rv.connectivity(toys.gru(), toys.TEXT), 8)
    notebook.await_value("w.position", 8)


def test_a_reload_brings_the_picture_back(lab, page):
    lab.write("reload.ipynb", f"import toys\nimport rnnviz_widget as rv\n{SHOW}")
    notebook = Notebook(page, lab, "reload.ipynb")
    picture = notebook.show(0, LAST)
    picture.span("GRU", 31).click()
    picture.await_pinned(31)
    before = picture.spans("LSTM")
    notebook.save()
    page.goto(lab.address("reload.ipynb"))
    notebook.await_kernel()
    picture.await_pinned(31)
    assert picture.spans("LSTM") == before
    picture.text("LSTM").press("Escape")
    picture.await_pinned(None)
    picture.hover("LSTM", 20)
    check_facet(picture, "GRU", rv.connectivity(toys.gru(), toys.TEXT), 20)
    notebook.await_value("w.position", 20)

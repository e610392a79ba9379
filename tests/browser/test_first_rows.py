"""A model that takes long to read a text: text and predictions are painted before its row."""

import pytest
from browser import toys
from browser.checks import check_facet
from browser.notebook import PATIENCE
from playwright.sync_api import expect

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

LAST = len(toys.TEXT) - 1
# All models count as slow and large. By autograd, which meets the gate at every row.
OPEN = """from rnnviz_widget.engines.autograd import reads_search
from rnnviz_widget.explorer import first_rows
models = toys.both(toys.pass_gate)
usual = first_rows.PUT_OFF_FROM, reads_search.PUT_OFF_FROM
first_rows.PUT_OFF_FROM, reads_search.PUT_OFF_FROM = 0.0, 1
toys.gate.clear()
w = rv.explore(models, toys.TEXT, engine="autograd")
w"""
RESET = """toys.gate.set()
first_rows.PUT_OFF_FROM, reads_search.PUT_OFF_FROM = usual"""
INTERRUPT = "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()"


@pytest.fixture
def numbers():
    return {name: rv.connectivity(model, toys.TEXT) for name, model in toys.both().items()}


@pytest.fixture
def opened(notebook):
    """What the page shows while no backward pass gets through."""
    cell = notebook.run(OPEN)
    picture = notebook.picture(cell)
    expect(picture.progress()).to_contain_text("explaining the character shown", timeout=PATIENCE)
    yield picture
    notebook.tell(RESET)


def check(picture, numbers, position):
    picture.await_shown(position)
    for name, c in numbers.items():
        check_facet(picture, name, c, position)


def test_text_and_predictions_come_first_and_then_the_row(notebook, opened, numbers):
    for name in numbers:
        assert "".join(span.text for span in opened.spans(name)) == toys.TEXT.replace("\n", "↵")
        assert len([chip for chip in opened.chips(name) if chip["visible"]]) >= 3
        expect(opened.facet(name)).to_have_attribute("data-state", "computing")
        expect(opened.facet(name).locator(".rnnviz-facet-measure")).to_have_text("computing…")
    assert opened.shown is None
    expect(opened.progress()).to_have_attribute("role", "progressbar")
    # It is said for how long, so that the page does not take the kernel for gone.
    expect(opened.progress()).to_contain_text("explaining the character shown, 4 s")
    expect(opened.root).not_to_contain_text("No answer from the kernel")
    notebook.tell("toys.gate.set()")
    check(opened, numbers, LAST)
    opened.await_filled()
    expect(opened.progress()).to_be_empty()


def test_a_character_pointed_at_meanwhile_is_answered(notebook, opened, numbers):
    opened.point("GRU", 20)
    expect(opened.facet("GRU")).to_have_attribute("data-state", "computing")
    notebook.tell("toys.gate.set()")
    check(opened, numbers, 20)
    opened.hover("LSTM", LAST)
    check(opened, numbers, LAST)


def test_an_interrupted_kernel_goes_on_with_the_row(notebook, opened, numbers):
    notebook.page.evaluate(INTERRUPT)
    notebook.tell("toys.gate.set()")
    check(opened, numbers, LAST)

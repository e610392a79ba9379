"""The kernel is busy, restarts or meets an exception: the page goes on and says so."""

import pytest
from browser import toys
from browser.checks import check_facet
from playwright.sync_api import expect

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

LAST = len(toys.TEXT) - 1
SILENT = "No answer from the kernel"
JUPYTERLAB_RESTARTS = "^console warning: Connection lost, reconnecting in 0 seconds.$"
# By autograd, which meets the gate at every row; a sweep would meet it once.
GATED = """w = rv.explore(toys.both(toys.pass_gate), toys.TEXT, engine="autograd")
toys.gate.clear()
w"""


@pytest.fixture
def numbers():
    return {name: rv.connectivity(model, toys.TEXT) for name, model in toys.both().items()}


@pytest.fixture
def gate(notebook):
    """Rows are not computed while the gate is closed; it is open again after the test."""
    yield
    notebook.tell("toys.gate.set()")


@pytest.fixture
def main_thread_only(notebook):
    """No subshells, as in older JupyterLabs and other hosts."""
    notebook.comms_over_subshells("disabled")
    yield
    notebook.comms_over_subshells("perCommTarget")


@pytest.fixture
def flag(lab, request):
    """The name of a file that ends a cell."""
    name = f"{request.node.name}.flag"
    yield name
    (lab.root / name).touch()


def check(picture, numbers, position):
    for name, c in numbers.items():
        check_facet(picture, name, c, position)


def test_hovers_are_answered_while_a_cell_runs(notebook, numbers, flag):
    slow = 'w = rv.explore(toys.both(toys.Slow(0.1)), toys.TEXT, engine="autograd")\nw'
    picture = notebook.show(slow, LAST)
    notebook.start(f"for _ in toys.work_until({flag!r}): pass")
    for position in (5, 30):
        picture.hover("GRU", position)
        check(picture, numbers, position)
    assert notebook.busy
    notebook.let_go(flag)
    notebook.finish()
    notebook.await_value("w.position", 30)


def test_without_subshells_the_page_says_that_the_kernel_is_silent_and_recovers(
    notebook, main_thread_only, numbers, flag, gate
):
    picture = notebook.show(GATED, LAST)
    known = picture.spans("GRU")
    notebook.start(f"for _ in toys.work_until({flag!r}): pass\ntoys.gate.set()")
    picture.point("GRU", 5)
    expect(picture.root).to_contain_text(SILENT, timeout=20_000)
    assert picture.shown is None
    assert all(span.background is None for span in picture.spans("GRU"))
    picture.hover("LSTM", LAST)
    assert picture.spans("GRU") == known
    picture.point("LSTM", 6)
    assert notebook.busy
    notebook.let_go(flag)
    picture.await_shown(6)
    notebook.finish()
    check(picture, numbers, 6)
    expect(picture.root).not_to_contain_text(SILENT)
    picture.hover("GRU", 20)
    check(picture, numbers, 20)


def test_rows_at_hand_need_no_kernel(notebook, main_thread_only, numbers, flag):
    picture = notebook.show("w = rv.explore(toys.both(), toys.TEXT)\nw", LAST)
    picture.await_filled()
    notebook.start(f"for _ in toys.work_until({flag!r}): pass")
    for position in (0, 31, 12):
        picture.hover("LSTM", position)
        check(picture, numbers, position)
    assert notebook.busy
    expect(picture.root).not_to_contain_text(SILENT)
    notebook.let_go(flag)
    notebook.finish()


def test_after_a_restart_rows_at_hand_stay_and_a_new_run_brings_the_rest(
    notebook, numbers, gate, pages
):
    pages.guard(notebook.page).allow(JUPYTERLAB_RESTARTS)
    cell = notebook.run(GATED)
    picture = notebook.picture(cell)
    picture.await_shown(LAST)
    picture.span("GRU", LAST).scroll_into_view_if_needed()
    notebook.restart()
    picture.point("GRU", 20)
    expect(picture.root).to_contain_text(SILENT, timeout=20_000)
    picture.hover("LSTM", LAST)
    check(picture, numbers, LAST)
    notebook.tell("import ipywidgets, torch, toys\nimport rnnviz_widget as rv")
    notebook.run(cell)
    picture.await_shown(LAST)
    notebook.tell("toys.gate.set()")
    picture.hover("GRU", 20)
    check(picture, numbers, 20)
    expect(picture.root).not_to_contain_text(SILENT)


def test_an_exception_in_a_model_is_said_in_its_facet_and_the_other_goes_on(notebook, numbers):
    message = 'no gradient <img src=x onerror="window.hit=1"></script>'
    picture = notebook.show(
        f"failing = toys.gru(toys.Failing({{20, 30}}, {message!r}))\n"
        "w = rv.explore({'GRU': failing, 'LSTM': toys.lstm()}, toys.TEXT)\nw",
        LAST,
    )
    for position in (20, 30, 20):
        picture.hover("GRU", position)
        expect(picture.facet("GRU")).to_contain_text(f"RuntimeError: {message}")
        assert all(span.background is None for span in picture.spans("GRU"))
        check_facet(picture, "LSTM", numbers["LSTM"], position)
    expect(picture.facet("LSTM")).not_to_contain_text("RuntimeError")
    picture.hover("LSTM", 21)
    check(picture, numbers, 21)
    expect(picture.facet("GRU")).not_to_contain_text("RuntimeError")
    assert picture.root.locator("img").count() == 0
    assert notebook.page.evaluate("window.hit") is None

"""The kernel dies or can't be reached: the page says so and goes on with what it has."""

import os
import signal

import pytest
from browser import toys
from browser.checks import check_facet
from browser.guard import JUPYTERLAB_LOST_A_KERNEL
from browser.notebook import PATIENCE, Notebook
from playwright.sync_api import expect
from widgets import PAGE_IS_LOADED

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

LAST = len(toys.TEXT) - 1
SILENT = "No answer from the kernel: it is busy, gone or was never started."
CONNECTED = """() => {
  const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
  return kernel.connectionStatus === "connected";
}"""
UNCONNECTED = f"() => !({CONNECTED})()"
IMPORTS = "import ipywidgets, torch, toys\nimport rnnviz_widget as rv"
OPEN = "w = rv.explore(toys.both(), toys.TEXT)\nw"
# By autograd, which meets the gate at every row.
GATED = """w = rv.explore(toys.both(toys.pass_gate), toys.TEXT, engine="autograd")
toys.gate.clear()
w"""


@pytest.fixture(scope="module")
def numbers():
    return {name: rv.connectivity(model, toys.TEXT) for name, model in toys.both().items()}


@pytest.fixture
def mortal(notebook, pages):
    """The notebook, whose kernel may die; the next test finds one that lives."""
    pages.guard(notebook.page).allow(JUPYTERLAB_LOST_A_KERNEL)
    yield notebook
    notebook.tell(IMPORTS)


def kill(notebook):
    """End the kernel as the system does when memory is out, and take note of it in JupyterLab."""
    os.kill(notebook.ask("__import__('os').getpid()"), signal.SIGKILL)


def await_another_kernel(notebook):
    notebook.page.get_by_role("button", name="Ok").click()
    notebook.await_kernel()
    notebook.tell(IMPORTS)


def check(picture, numbers, position):
    for name, c in numbers.items():
        check_facet(picture, name, c, position)


def test_killed_while_hovering_the_rows_at_hand_stay_and_another_run_brings_the_rest(
    mortal, numbers
):
    cell = mortal.run(GATED)
    picture = mortal.picture(cell)
    picture.await_shown(LAST)
    picture.point("GRU", 20)
    kill(mortal)
    expect(picture.root).to_contain_text(SILENT)
    await_another_kernel(mortal)
    picture.hover("LSTM", LAST)
    check(picture, numbers, LAST)
    picture.point("GRU", 30)
    expect(picture.root).to_contain_text(SILENT)
    mortal.run(cell)
    picture.await_shown(LAST)
    mortal.tell("toys.gate.set()")
    picture.hover("GRU", 20)
    check(picture, numbers, 20)
    expect(picture.root).not_to_contain_text(SILENT)


def test_killed_while_typing_the_text_stays_and_what_is_chosen_is_said_to_wait(mortal, numbers):
    picture = mortal.show(OPEN, LAST)
    picture.await_filled()
    picture.edit()
    field = mortal.page.get_by_label("Type another text")
    expect(field).to_be_focused()
    # Its code has come.
    said = mortal.page.locator(".rnnviz-editor-said")
    expect(said).to_be_attached()
    kill(mortal)
    mortal.page.keyboard.press("Control+End")
    mortal.page.keyboard.type(" ab")
    expect(said).to_contain_text(f"{SILENT} What is typed waits for it; if it is gone, copy")
    await_another_kernel(mortal)
    mortal.page.keyboard.press("Escape")
    field.focus()
    mortal.page.keyboard.press("Control+End")
    mortal.page.keyboard.type("c")
    expect(field).to_have_value(f"{toys.TEXT} abc")
    picture.hover("GRU", 20)
    check(picture, numbers, 20)
    picture.facet("GRU").locator("[data-class]").first.click()
    expect(picture.root).to_contain_text(f"{SILENT} What you chose waits for it")
    picture.hover("GRU", 12)
    check(picture, numbers, 12)
    expect(field).to_have_value(f"{toys.TEXT} abc")
    # The code of what was never opened can't come any more.
    picture.controls().get_by_role("combobox", name="explain").focus()
    waiting = picture.root.locator(".rnnviz-waiting")
    expect(waiting).to_contain_text(f"{SILENT} This part of the page waits for it")


class Line:
    """The websocket of a page's kernels, which can be cut and mended."""

    def __init__(self, page):
        self._sockets = []
        self._whole = True
        page.route_web_socket("**/channels*", self._connect)

    def _connect(self, socket):
        if not self._whole:
            socket.close(code=1011, reason="cut")
            return
        self._sockets.append((socket, socket.connect_to_server()))

    def cut(self):
        """Close both ends, so that the server keeps for later what it has to say."""
        self._whole = False
        for socket, server in self._sockets:
            server.close(code=1011, reason="cut")
            socket.close(code=1011, reason="cut")
        self._sockets.clear()

    def mend(self):
        self._whole = True


def test_with_the_websocket_cut_hover_goes_on_and_is_answered_when_it_is_back(
    lab, page, guard, numbers
):
    guard.allow(JUPYTERLAB_LOST_A_KERNEL)
    line = Line(page)
    notebook = Notebook(page, lab, "empty.ipynb")
    notebook.tell(IMPORTS)
    notebook.clear()
    picture = notebook.show(GATED, LAST)
    # What is on its way when the line breaks is lost, and ipywidgets awaits it for ever: it comes
    # to rest first, and nothing is sent before the break is seen. What the page says last
    # is that it was loaded.
    notebook.await_value(PAGE_IS_LOADED, True)
    notebook.await_value("w.position", LAST)
    line.cut()
    page.wait_for_function(UNCONNECTED)
    picture.point("GRU", 20)
    expect(picture.root).to_contain_text(SILENT)
    picture.hover("LSTM", LAST)
    check(picture, numbers, LAST)
    line.mend()
    # JupyterLab tries again by itself. Told to, it may close a line that it has just opened, and
    # with it what the server had kept; ipywidgets would wait for that for ever.
    page.wait_for_function(CONNECTED, timeout=PATIENCE)
    notebook.tell("toys.gate.set()")
    for position in (20, 33):
        picture.hover("GRU", position)
        check(picture, numbers, position)
    expect(picture.root).not_to_contain_text(SILENT)
    notebook.await_value("w.position", 33)

"""A stranger's notebook as a page, in Chromium: nothing of it runs, nothing is asked for."""

import socket
import threading

import pytest
from browser.notebook import PATIENCE
from browser.picture import Picture
from playwright.sync_api import expect
from share.hostile import TEXT, explored, hostile_cells, saved_state, write

from rnnviz_widget.share import inert, notebook
from rnnviz_widget.share.notebook import notebook_page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def saved():
    widget = explored(position=9)
    widget.bake()
    yield saved_state(widget)
    widget.close()


class Listener:
    """A machine that pages might ask: it notes that somebody knocked, and hangs up."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.asked = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.asked.set()
            caller.close()

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(PATIENCE / 1000)


@pytest.fixture
def elsewhere():
    listener = Listener()
    yield listener
    listener.close()


def check_alive(page, path):
    """The widget answers, and nothing else has run or led elsewhere."""
    picture = Picture(page.locator(".rnnviz-explorer"))
    picture.root.scroll_into_view_if_needed()
    picture.await_ready()
    picture.hover("GRU", 5)
    expect(picture.root).to_have_attribute("data-shown", "5")
    picture.controls().get_by_role("button", name="in words").click()
    assert page.evaluate("window.hit") is None
    assert page.url == path.as_uri()


def test_nothing_runs_nothing_is_asked_and_the_widget_answers(saved, elsewhere, visit, tmp_path):
    source = write(tmp_path, hostile_cells(elsewhere.address), {"w": saved})
    path = tmp_path / "page.html"
    path.write_text(notebook_page(source).html, encoding="utf-8")
    page, _ = visit(path.as_uri())
    page.context.set_offline(False)  # Or it would be the network's doing, not the page's.
    page.goto(path.as_uri())
    check_alive(page, path)
    expect(page.get_by_text("[a chart, not in this page: ")).to_be_visible()
    expect(page.get_by_text("a cell of a table")).to_be_visible()
    assert TEXT in page.inner_text("body")
    assert not elsewhere.asked.is_set()


def test_the_policy_alone_holds_scripts_and_requests_back(
    saved, elsewhere, chromium, tmp_path, monkeypatch
):
    """Nothing is taken out but what leads elsewhere by itself, which no policy can forbid."""

    def led_nowhere(html, folder, *, rendered):
        del folder, rendered
        head, rest = inert._parted(html)
        for found, put in {"<meta": "&lt;", "<base": "&lt;", "<link": "&lt;"}.items():
            rest = rest.replace(found, put)
        return head + rest.replace("</body>", "").replace("</html>", ""), {}

    monkeypatch.setattr(notebook, "inert", led_nowhere)
    source = write(tmp_path, hostile_cells(elsewhere.address), {"w": saved})
    path = tmp_path / "page.html"
    html = notebook_page(source).html
    assert "window.hit=11" in html
    assert f"{elsewhere.address}/x.png" in html
    path.write_text(html, encoding="utf-8")
    # Without the guard: the browser tells of each thing that it holds back.
    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    page.set_default_timeout(PATIENCE)
    held_back = []
    page.on("requestfailed", lambda request: held_back.append(request.failure))
    page.goto(path.as_uri())
    check_alive(page, path)
    assert "csp" in held_back
    assert not elsewhere.asked.is_set()
    page.close()


def test_with_trust_the_notebooks_scripts_run_and_ask(elsewhere, chromium, tmp_path):
    """Or the tests above could not fail."""
    source = write(tmp_path, hostile_cells(elsewhere.address)[1:2])
    path = tmp_path / "page.html"
    path.write_text(notebook_page(source, trust=True).html, encoding="utf-8")
    page = chromium.new_page()
    page.goto(path.as_uri(), wait_until="commit")
    page.wait_for_function("window.hit !== undefined", timeout=PATIENCE)
    assert elsewhere.asked.wait(PATIENCE / 1000)
    page.close()

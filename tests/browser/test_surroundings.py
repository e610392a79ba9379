"""What happens to the page around the widget: hidden, scrolled away, zoomed, printed."""

import json

import pytest
from browser import toys
from browser.checks import check_colours, check_facet
from browser.notebook import Notebook
from playwright.sync_api import expect

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

LAST = len(toys.TEXT) - 1
OPEN = "w = rv.explore(toys.both(), toys.TEXT)\nw"
# By autograd, which meets the gate at every row.
GATED = """w = rv.explore(toys.both(toys.pass_gate), toys.TEXT, engine="autograd")
toys.gate.clear()
w"""
VIEWPORT = {"width": 1200, "height": 900}
# A tab that nobody sees gets no frames.
HIDE = """() => {
    const { requestAnimationFrame } = window;
    const held = [];
    const state = (name, get) => Object.defineProperty(document, name, { get, configurable: true });
    window.requestAnimationFrame = (act) => held.push(act);
    state("visibilityState", () => "hidden");
    state("hidden", () => true);
    document.dispatchEvent(new Event("visibilitychange"));
    window.showAgain = () => {
        window.requestAnimationFrame = requestAnimationFrame;
        delete document.visibilityState;
        delete document.hidden;
        document.dispatchEvent(new Event("visibilitychange"));
        for (const act of held) requestAnimationFrame(act);
    };
}"""
GO = """(index) => {
    const { content } = jupyterapp.shell.currentWidget;
    content.activeCellIndex = index;
    return content.scrollToItem(index);
}"""
# Everything that the widget says in one line where the page is seen, and how much of it is cut.
CUT = """(root) => Array.from(
    root.querySelectorAll(".rnnviz-after, .rnnviz-explains, .rnnviz-facet-explains, .rnnviz-text"),
    (el) => [el.scrollWidth - el.clientWidth, el.scrollHeight - el.clientHeight],
).flat()"""


@pytest.fixture(scope="module")
def numbers():
    return {name: rv.connectivity(model, toys.TEXT) for name, model in toys.both().items()}


def check(picture, numbers, position):
    for name, c in numbers.items():
        check_facet(picture, name, c, position)


def test_a_hidden_tab_takes_in_what_comes_and_shows_it_when_it_is_seen_again(notebook, numbers):
    picture = notebook.show(GATED, LAST)
    page = notebook.page
    page.evaluate(HIDE)
    notebook.tell("toys.gate.set()\nw.position = 30")
    notebook.await_value("w.get_state('_status')['_status']['state']", "done")
    assert picture.shown == LAST
    page.evaluate("() => window.showAgain()")
    picture.await_shown(30)
    picture.await_filled()
    check(picture, numbers, 30)
    picture.hover("LSTM", 12)
    check(picture, numbers, 12)


@pytest.fixture
def windowed(lab, visit):
    """A notebook of which JupyterLab keeps in the page what is seen."""
    path = lab.home / "settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"windowingMode": "full"}))
    page, _ = visit(lab.base)
    notebook = Notebook(page, lab, "empty.ipynb")
    path.unlink()
    notebook.tell("import ipywidgets, torch, toys\nimport rnnviz_widget as rv")
    notebook.clear()
    return notebook


def test_scrolled_away_and_back_the_widget_is_what_it_was_and_what_the_kernel_made_of_it(
    windowed, numbers
):
    picture = windowed.show(OPEN, LAST)
    picture.await_filled()
    picture.hover("GRU", 20)
    picture.span("GRU", 20).click()
    picture.await_pinned(20)
    last = [windowed.add("#\n" * 20) for _ in range(20)][-1]
    windowed.page.evaluate(GO, last)
    expect(picture.root).to_be_hidden()
    windowed.tell("w.position = 33")
    windowed.page.evaluate(GO, 0)
    expect(picture.root).to_be_visible()
    picture.await_pinned(20)
    check(picture, numbers, 20)
    windowed.page.evaluate(GO, last)
    expect(picture.root).to_be_hidden()
    windowed.tell("w.pinned = None")
    windowed.page.evaluate(GO, 0)
    picture.await_shown(33)
    picture.hover("LSTM", 12)
    check(picture, numbers, 12)


@pytest.fixture
def zoom(notebook):
    """Zooms the page as the browser's menu does: larger pixels, and less room."""
    page = notebook.page
    devtools = page.context.new_cdp_session(page)

    def zoom(factor):
        size = {side: int(length / factor) for side, length in VIEWPORT.items()}
        more = {"deviceScaleFactor": factor, "mobile": False}
        devtools.send("Emulation.setDeviceMetricsOverride", size | more)

    yield zoom
    devtools.send("Emulation.clearDeviceMetricsOverride")
    devtools.detach()
    page.set_viewport_size(VIEWPORT)


def test_zoomed_the_pointer_meets_its_character_and_nothing_is_cut(notebook, zoom, numbers):
    picture = notebook.show(OPEN, LAST)
    for factor, position in ((0.5, 20), (2, 31)):
        zoom(factor)
        notebook.page.wait_for_function("(by) => devicePixelRatio === by", arg=factor)
        picture.hover("GRU", position)
        check(picture, numbers, position)
        wide, room = picture.root.evaluate("(el) => [el.scrollWidth, el.clientWidth]")
        assert wide <= room


@pytest.fixture
def on_paper(notebook):
    """Shows the dark page as it is printed, as a browser does it."""
    page = notebook.page
    notebook.theme("Dark")

    def on_paper():
        page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")

    yield on_paper
    page.emulate_media(media="null")
    page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    notebook.theme("Light")


def test_printed_it_is_the_picture_alone_on_white_paper(notebook, on_paper, numbers):
    picture = notebook.show(OPEN, LAST)
    picture.hover("GRU", 20)
    picture.await_theme("dark")
    on_paper()
    picture.await_theme("light")
    check(picture, numbers, 20)
    for control in ("controls", "any", "acts", "freeze", "in-words"):
        expect(picture.root.locator(f".rnnviz-{control}")).to_be_hidden()
    style = "(el) => [getComputedStyle(el).backgroundColor, getComputedStyle(el).printColorAdjust]"
    assert picture.root.evaluate(style) == ["rgb(255, 255, 255)", "exact"]
    assert max(picture.root.evaluate(CUT)) <= 1


def test_a_long_text_is_printed_in_full_and_in_the_colours_of_paper(notebook, on_paper):
    text = " ".join([toys.TEXT] * 20)
    picture = notebook.show(
        f"w = rv.explore(toys.gru(), {text!r}, position={len(text) - 1})\nw", len(text) - 1
    )
    inside = picture.text("GRU").evaluate("(el) => el.scrollHeight - el.clientHeight")
    assert inside > 100
    on_paper()
    picture.await_theme("light")
    assert max(picture.root.evaluate(CUT)) <= 1
    scores = rv.connectivity(toys.gru(), text).scores
    check_colours(picture, "GRU", scores[-1], len(text) - 1)

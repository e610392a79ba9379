"""Selection, pin and keys: what is shown stays until the reader means something else."""

import pytest
from browser import toys

pytestmark = pytest.mark.browser

LAST = len(toys.TEXT) - 1
SHOW = "w = rv.explore(toys.both(), toys.TEXT)\nw"


@pytest.fixture
def picture(notebook):
    return notebook.show(SHOW, LAST)


def test_the_selection_stays_when_the_pointer_leaves(notebook, picture):
    picture.hover("GRU", 22)
    before = picture.spans("LSTM")
    picture.leave()
    notebook.await_value("(w.position, w.pinned)", [22, None])
    assert picture.shown == 22
    assert picture.spans("LSTM") == before


def test_a_click_pins_and_a_hover_does_not_override(notebook, picture):
    picture.span("GRU", 22).click()
    picture.await_pinned(22)
    pinned = picture.spans("LSTM")
    picture.point("GRU", 5)
    picture.point("LSTM", 40)
    notebook.await_value("(w.position, w.pinned)", [22, 22])
    assert picture.shown == 22
    assert picture.spans("LSTM") == pinned
    picture.page.keyboard.press("Escape")
    picture.await_pinned(None)
    assert picture.shown == 22
    notebook.await_value("w.pinned", None)
    picture.hover("LSTM", 40 - 1)
    notebook.await_value("(w.position, w.pinned)", [39, None])


def test_a_second_click_releases_and_a_click_elsewhere_moves_the_pin(notebook, picture):
    picture.span("GRU", 22).click()
    picture.await_pinned(22)
    picture.span("LSTM", 30).click()
    picture.await_pinned(30)
    notebook.await_value("w.pinned", 30)
    picture.span("GRU", 30).click()
    picture.await_pinned(None)
    assert picture.shown == 30
    picture.span("GRU", 8).click()
    picture.await_pinned(8)
    picture.root.locator(".rnnviz-release").click()
    picture.await_pinned(None)
    notebook.await_value("(w.position, w.pinned)", [8, None])


def test_keys_walk_and_pin_and_jupyterlab_does_not_see_them(notebook, picture):
    cells = notebook.cells
    press = picture.page.keyboard.press
    picture.hover("GRU", 20)
    picture.text("GRU").focus()
    for key, position in [
        ("ArrowRight", 21),
        ("ArrowRight", 22),
        ("ArrowLeft", 21),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("End", LAST),
        ("ArrowRight", LAST),
        ("ArrowUp", toys.TEXT.index("A Dog") + LAST - toys.TEXT.index("So it")),
        ("ArrowDown", LAST),
    ]:
        press(key)
        picture.await_shown(position)
    press("Enter")
    picture.await_pinned(LAST)
    press("ArrowLeft")
    picture.await_pinned(LAST - 1)
    press("Escape")
    picture.await_pinned(None)
    # In JupyterLab's command mode these add, cut, change and run cells, or move to another.
    for key in ("a", "b", "x", "m", "y", "j", "k", "d", "d", "ArrowUp", "ArrowDown"):
        press(key)
    assert notebook.cells == cells


def test_touch_looks_first_and_pins_with_a_second_tap(notebook, picture):
    picture.tap("LSTM", 17)
    picture.await_shown(17)
    assert not picture.pinned
    notebook.await_value("(w.position, w.pinned)", [17, None])
    picture.tap("LSTM", 17)
    picture.await_pinned(17)
    picture.tap("GRU", 17)
    picture.await_pinned(None)

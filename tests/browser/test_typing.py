"""Text typed into the widget: predictions and colours follow, suggestions are taken and undone."""

import re

import pytest
from browser.checks import check_colours
from playwright.sync_api import expect

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

TEXT = " context the formal study of grammar is an important part of education"
SHOW = f"""
import rnnviz_widget as rv
w = rv.explore({{"GRU": rv.load_pretrained("gru-small")}}, {TEXT!r}, position=12)
w
"""


@pytest.fixture(scope="module")
def model():
    return rv.load_pretrained("gru-small")


def check(picture, model, text, at=None):
    """The picture explains a character of a text, with the model's own numbers."""
    at = len(text) - 1 if at is None else at
    last = f'[data-p="{len(text) - 1}"]'
    expect(picture.root.locator(last).first).to_have_text(text[-1])
    picture.await_shown(at)
    c = rv.connectivity(model, text)
    best = [name for name, _ in c.predictions[at][:3]]
    expect(picture.root.locator(".rnnviz-chip:not(.rnnviz-chip-apart)")).to_have_count(3)
    assert [chip["name"] for chip in picture.chips("GRU") if not chip["apart"]] == best
    assert "".join(span.text for span in picture.spans("GRU")) == text
    check_colours(picture, "GRU", c.scores[at], at)
    return best


def opened(notebook):
    """The widget with its editor open and the caret at the end."""
    picture = notebook.show(SHOW, shown=12)
    picture.edit()
    picture.await_shown(12)
    field = notebook.page.get_by_label("Type another text")
    expect(field).to_be_focused()
    notebook.page.keyboard.press("Control+End")
    picture.await_shown(len(TEXT) - 1)
    return picture, field


def test_what_is_typed_is_read_and_what_is_suggested_is_taken_and_undone(notebook, model):
    picture, field = opened(notebook)
    keys = notebook.page.keyboard
    # A pointer at rest points at nothing new, however the picture changes under it.
    picture.root.locator('[data-p="5"]').first.hover()
    picture.await_shown(5)
    text = TEXT
    for letter in " adv":
        keys.type(letter)
        text += letter
        best = check(picture, model, text)
        expect(field).to_be_focused()
    strip = notebook.page.locator(".rnnviz-strip")
    expect(strip).to_have_attribute("aria-label", re.compile(f"the largest are {best[0]} "))
    keys.press("Tab")
    taken = f"{TEXT} {best[0]} "
    expect(field).to_have_value(taken)
    expect(field).to_be_focused()
    check(picture, model, taken)
    keys.press("Control+z")
    expect(field).to_have_value(text)
    check(picture, model, text)
    keys.press("Control+z")
    typed = field.input_value()
    assert len(typed) < len(text)
    check(picture, model, typed)
    # In the middle of a word, all of it is replaced.
    keys.press("Control+Home")
    for _ in range(4):
        keys.press("ArrowRight")
    best = check(picture, model, typed, 3)
    keys.press("ArrowDown")
    expect(picture.root.locator(".rnnviz-chip").first).to_be_focused()
    keys.press("ArrowRight")
    keys.press("Enter")
    taken = f" {best[1]} " + typed.split(" ", 2)[2]
    expect(field).to_have_value(taken)
    check(picture, model, taken, len(best[1]) + 1)
    notebook.await_value(f"w.text == {taken!r}", True)
    notebook.page.get_by_role("button", name="Reset").click()
    expect(field).to_have_value(TEXT)
    check(picture, model, TEXT, 12)


def test_a_burst_of_letters_ends_in_the_newest(notebook, model):
    picture, field = opened(notebook)
    burst = " of the young and the old alike"
    notebook.page.keyboard.type(burst)
    expect(field).to_have_value(TEXT + burst)
    check(picture, model, TEXT + burst)


def test_an_unknown_character_is_named_and_marked_and_the_picture_stays(notebook, model):
    picture, field = opened(notebook)
    keys = notebook.page.keyboard
    keys.type(" É a")
    said = notebook.page.locator(".rnnviz-editor-said")
    expect(said).to_contain_text("'É' at 71")
    expect(said).to_contain_text("The picture shows the last text that could be read.")
    expect(field).to_have_value(f"{TEXT} É a")
    expect(notebook.page.locator(".rnnviz-strange")).to_have_text(["É"])
    assert notebook.ask("w.text") == TEXT + " "
    assert "".join(span.text for span in picture.spans("GRU")) == TEXT + " "
    for _ in range(3):
        keys.press("Backspace")
    expect(said).to_be_empty()
    expect(notebook.page.locator(".rnnviz-strange")).to_have_count(0)
    check(picture, model, TEXT + " ")


def test_a_text_set_in_python_is_taken_into_the_field(notebook, model):
    picture, field = opened(notebook)
    other = " advanced learning"
    notebook.tell(f"w.text = {other!r}")
    expect(field).to_have_value(other)
    expect(field).to_be_focused()
    check(picture, model, other)

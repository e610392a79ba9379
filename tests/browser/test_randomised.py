"""Random weights and classes beside the picture: in JupyterLab, and in the page saved then."""

import pytest
from browser.picture import Picture
from browser.toys import TEXT, both
from playwright.sync_api import expect

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

AT = 20


def sentences(model, s):
    found = rv.randomised(model, TEXT)
    said = [found.sentence(s, what) for what in ("weights", "class")]
    return [f"{each[0].upper()}{each[1:]}." for each in said]


def test_the_picture_of_random_weights_follows_the_pointer_and_travels(notebook, lab, visit):
    picture = notebook.show(f"w = rv.explore(toys.both(), toys.TEXT, position={AT})\nw", shown=AT)
    picture.await_filled()
    assert picture.root.locator(".rnnviz-random-text").count() == 0
    picture.hover("GRU", AT)
    picture.text("GRU").focus()
    picture.page.keyboard.press("r")
    for name, model in both().items():
        words = picture.facet(name).locator(".rnnviz-random-words")
        expect(words).to_have_text(sentences(model, AT))
    picture.hover("GRU", 30)
    words = picture.facet("LSTM").locator(".rnnviz-random-words")
    expect(words).to_have_text(sentences(both()["LSTM"], 30))
    texts = picture.facet("GRU").locator(".rnnviz-random-text")
    expect(texts).to_have_count(2)
    notebook.tell('w.save_html("random.html")')
    address = (lab.root / "random.html").as_uri()
    page, _ = visit(address)
    page.goto(address)
    saved = Picture(page.locator(".rnnviz-explorer"))
    saved.await_shown(30)
    words = saved.facet("LSTM").locator(".rnnviz-random-words")
    expect(words).to_have_text(sentences(both()["LSTM"], 30))
    picture.text("GRU").focus()
    picture.page.keyboard.press("r")
    expect(texts).to_have_count(0)

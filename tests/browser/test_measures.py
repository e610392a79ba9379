"""The measure chosen in the page, and two of them beside each other."""

import pytest
from browser.checks import check_colours
from browser.toys import TEXT, both
from playwright.sync_api import expect

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

AT = 20
SHOW = f"w = rv.explore(toys.both(), toys.TEXT, position={AT})\nw"


def test_another_measure_is_chosen_in_the_page_and_from_python(notebook):
    picture = notebook.show(SHOW, shown=AT)
    choice = picture.controls().get_by_role("combobox", name="measure")
    expect(choice).to_have_value("norm")
    choice.select_option("embedding_norm")
    words = picture.root.locator(".rnnviz-legend-words")
    expect(words).to_contain_text("embedded input")
    picture.await_shown(AT)
    for name, model in both().items():
        c = rv.connectivity(model, TEXT, measure="embedding_norm")
        check_colours(picture, name, c.scores[AT], AT)
    notebook.await_value("w.measure", "embedding_norm")
    choice.select_option("occlusion")
    expect(words).to_contain_text("how far the logit falls")
    notebook.await_value("w.measure", "occlusion")

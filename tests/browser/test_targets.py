"""Choosing what is explained: a click on a prediction, with Shift two of them, and back."""

import pytest
from browser.checks import check_colours
from browser.toys import TEXT, both
from playwright.sync_api import expect

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

AT = 20
SHOW = f"w = rv.explore(toys.both(), toys.TEXT, position={AT})\nw"


def chip(picture, name, nth):
    return picture.facet(name).locator(".rnnviz-chip[data-class]").nth(nth)


def test_a_prediction_that_is_clicked_is_explained_by_all_models(notebook):
    picture = notebook.show(SHOW, shown=AT)
    wanted = chip(picture, "GRU", 1)
    name = wanted.get_attribute("data-class")
    wanted.click()
    expect(picture.root.locator(".rnnviz-header .rnnviz-explained")).to_have_text(name)
    picture.await_shown(AT)
    for model_name, model in both().items():
        c = rv.connectivity(model, TEXT, target=name)
        check_colours(picture, model_name, c.scores[AT], AT)
    notebook.await_told("w.target == " + repr(name), True)
    back = picture.root.get_by_role("button", name="chosen · back to the truth")
    back.click()
    expect(back).to_be_hidden()
    picture.await_shown(AT)
    for model_name, model in both().items():
        check_colours(picture, model_name, rv.connectivity(model, TEXT).scores[AT], AT)


def test_two_predictions_are_compared(notebook):
    picture = notebook.show(SHOW, shown=AT)
    chip(picture, "GRU", 0).click()
    first = chip(picture, "GRU", 0).get_attribute("data-class")
    expect(picture.root.locator(".rnnviz-header .rnnviz-explained")).to_have_text(first)
    second = chip(picture, "GRU", 1).get_attribute("data-class")
    chip(picture, "GRU", 1).click(modifiers=["Shift"])
    words = f"{first} rather than {second}"
    expect(picture.root.locator(".rnnviz-header .rnnviz-explained")).to_have_text(words)
    expect(picture.root.locator(".rnnviz-legend-words")).to_contain_text("times")
    ends = picture.root.locator(".rnnviz-legend-end").all_text_contents()
    assert ends[0].lstrip("≤ ").startswith("−")  # noqa: RUF001
    assert "+" in ends[1]
    c = rv.connectivity(both()["GRU"], TEXT, target=rv.Contrast(first, second))
    assert c.signed
    assert c.scores[AT].min() < 0 < c.scores[AT].max()

"""Choosing what is explained: a click on a prediction, with Shift two of them, and back."""

import re

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
    expect(picture.explained()).to_have_text(name)
    picture.await_shown(AT)
    for model_name, model in both().items():
        c = rv.connectivity(model, TEXT, target=name)
        check_colours(picture, model_name, c.scores[AT], AT)
    notebook.await_value("w.target == " + repr(name), True)
    back = picture.root.get_by_role("button", name="back to the truth")
    back.click()
    expect(back).to_be_hidden()
    picture.await_shown(AT)
    for model_name, model in both().items():
        check_colours(picture, model_name, rv.connectivity(model, TEXT).scores[AT], AT)


def test_two_predictions_are_compared(notebook):
    picture = notebook.show(SHOW, shown=AT)
    chip(picture, "GRU", 0).click()
    first = chip(picture, "GRU", 0).get_attribute("data-class")
    expect(picture.explained()).to_have_text(first)
    second = chip(picture, "GRU", 1).get_attribute("data-class")
    chip(picture, "GRU", 1).click(modifiers=["Shift"])
    words = f"{first} rather than {second}"
    expect(picture.explained()).to_have_text(words)
    expect(picture.root.locator(".rnnviz-legend-words")).to_contain_text("times")
    low, high = picture.root.locator(".rnnviz-legend-end").all()
    expect(low).to_have_text(re.compile("^(≤ )?−"))  # noqa: RUF001
    expect(high).to_contain_text("+")
    c = rv.connectivity(both()["GRU"], TEXT, target=rv.Contrast(first, second))
    assert c.signed
    assert c.scores[AT].min() < 0 < c.scores[AT].max()


def previewed(picture, name):
    """Wait until all models explain a class that is only looked at."""
    expect(picture.root).to_have_attribute("data-previewed", "true")
    expect(picture.explained()).to_have_text(name)
    picture.await_shown(AT)


def check(picture, **asked):
    """Both models show what `rv.connectivity` gives, asked so."""
    for model_name, model in both().items():
        c = rv.connectivity(model, TEXT, **asked)
        check_colours(picture, model_name, c.scores[AT], AT)


def test_a_prediction_is_explained_for_as_long_as_the_pointer_rests_on_it(notebook):
    picture = notebook.show(SHOW, shown=AT)
    check(picture)
    wanted = chip(picture, "LSTM", 2)
    name = wanted.get_attribute("data-class")
    wanted.hover()
    previewed(picture, name)
    check(picture, target=name)
    picture.leave()
    expect(picture.root).not_to_have_attribute("data-previewed", "true")
    check(picture)
    notebook.await_value("w.target == rv.TRUTH", True)


def test_any_class_is_found_looked_at_and_explained_by_keys(notebook):
    picture = notebook.show(SHOW, shown=AT)
    picture.leave()
    field = picture.controls().get_by_role("combobox", name="explain")
    field.focus()
    field.press_sequentially("M")
    option = picture.root.get_by_role("listbox").get_by_role("option")
    expect(option).to_have_count(1)
    expect(option.locator(".rnnviz-any-name")).to_have_text("M")
    for model_name, said in zip(both(), option.locator(".rnnviz-any-p").all(), strict=True):
        reading = rv.connectivity(both()[model_name], TEXT, target="M")
        p = reading.target_probabilities[AT]
        assert abs(float(said.inner_text().strip("<> ").split(" %")[0]) - 100 * p) <= 0.11
    field.press("ArrowDown")
    previewed(picture, "M")
    check(picture, target="M")
    field.press("Enter")
    notebook.await_value("w.target == 'M'", True)
    expect(picture.root).not_to_have_attribute("data-previewed", "true")
    picture.await_shown(AT)
    check(picture, target="M")
    expect(field).to_be_focused()
    # What no model knows is refused, and stays to be mended.
    field.press_sequentially("MM")
    expect(option).to_have_count(0)
    field.press("Enter")
    expect(picture.root.locator(".rnnviz-footer")).to_contain_text("MM")
    expect(field).to_have_value("MM")
    notebook.await_value("w.target == 'M'", True)
